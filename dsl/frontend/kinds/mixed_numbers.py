"""Floats that are ints in CPython on some paths: computed as floats, and what is computed of them and ints is such a
number too.

Their values are those of CPython as long as its ints are below 2**53 (docs/language.md). What depends on the type is
refused: where ints are needed they are floats, and nobody is told a class.
"""

from __future__ import annotations

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.protocols import operate, unary
from dsl.frontend.values.joined import Mixed
from dsl.frontend.values.mutable import List
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, Tuple, Value

from .numbers import operate_numbers, unary_number


@operate.of(Mixed, first=True)
def operate_mixed_numbers(m: Interpreter, symbol: str, x: Value, y: Value) -> Value | None:
    if symbol == "*" and any(isinstance(other, Tuple | List | PooledList) for other in (x, y)):
        raise Refused(f"a list or a tuple repeated {x.describe() if isinstance(x, Mixed) else y.describe()}",
                      "convert the number with int()")
    found = operate_numbers(m, symbol, x, y)
    return mixed_by(found, x, y) if isinstance(found, Scalar) and symbol != "/" else found


@unary.of(Mixed, first=True)
def unary_mixed_number(m: Interpreter, symbol: str, x: Mixed) -> Scalar:
    return mixed_by(unary_number(m, symbol, x), x)


def mixed_by(found: Scalar, *operands: Value) -> Scalar:
    """The result of operands that are ints in CPython, or may be: it may be one, too."""
    may_be_ints = all(isinstance(x, Scalar) and (isinstance(x, Mixed) or x.dtype.kind != "float") for x in operands)
    if not may_be_ints or found.dtype.kind != "float" or all(x.dtype.kind != "float" for x in operands):
        return found
    return Mixed(found.dtype, found.weak, found.ssa, found.constant)
