"""The language's library: which Python functions are operations of the IR, and which are programs of their own.

A file of the library holds one line for each operation, `operation("math.sin", math.sin, np.sin)`; its derivative
stands in the file of the same name in `dsl.passes.rules`. Everything else is plain Python that a kernel inlines.
"""

from . import floats, integers, lists, math, rounding, sequences
from .entries import Operation, lookup, operations

__all__ = ["Operation", "floats", "integers", "lists", "lookup", "math", "operations", "rounding", "sequences"]
