"""Arrays."""
from .signals import Refused


def sequence_of_array(m, value): return None
def item_of_array(m, owner, index): raise Refused(f"{owner.describe()} cannot be indexed")
def set_item_of_array(m, owner, index, value): raise Refused(f"{owner.describe()} cannot be changed by index")
def augment_array(m, symbol, old, value): return None
def operate_arrays(m, symbol, x, y): return None
def unary_array(m, symbol, x): return None
def compare_arrays(m, predicate, x, y): return None
def map_operation(m, f, values): return None
def sum_of_array(m, v, s): return None
def is_array(v): return False
def length_of_array(m, v): return None
def array_of_argument(m, t): raise Refused("arrays")
def result_of_array(m, v): return None
def contents_of_argument(m, v): return None
