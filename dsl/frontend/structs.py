"""Dataclasses and NamedTuples."""
def struct_from_python(m, value): return None
def truth_of_struct(m, value): return None
def attribute_of_struct(m, owner, name): return None
def set_attribute_of_struct(m, owner, name, value):
    from .signals import Refused
    raise Refused("attribute assignment")
def operate_structs(m, symbol, x, y): return None
def unary_struct(m, symbol, x): return None
def compare_structs(m, predicate, x, y): return None
def call_struct(m, f, a, k): return None
def construct_struct(m, cls, a, k): return None
def call_method(m, v, name, args): return None
def make_struct(m, cls, fields): return None
