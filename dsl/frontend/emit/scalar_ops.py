"""Numbers: promotion as in NumPy 2, conversion, truth and comparison.

A Python number is weak: it takes the type of the NumPy number it meets (NEP 50). Two weak numbers follow CPython.
What is known at compile time is computed by CPython and NumPy themselves.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from dsl import types
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import FALSE, TRUE, Scalar, Static, Value, weak
from dsl.types import DType

from .builder import Builder

COMPARISONS = {"eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt,
               "ge": operator.ge}
SYMBOLS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def from_number(value) -> Scalar:
    """A Python or NumPy number as a constant."""
    if isinstance(value, np.generic):
        dtype = types.of_numpy(value.dtype)
        if dtype is None:
            raise Refused(f"numbers of type {value.dtype} are not in the language",
                          f"convert it to one of {types.NAMES}")
        return Scalar(dtype, False, constant=value.item())
    if isinstance(value, complex):
        raise Refused("complex numbers are not in the language", "keep real and imaginary parts as two floats")
    return weak(value)


def promote(a: Scalar, b: Scalar) -> tuple[DType, bool]:
    """The type of a result of both, and whether it is weak."""
    if a.weak and b.weak:
        return (a if a.dtype.rank >= b.dtype.rank else b).dtype, True
    if a.weak != b.weak:
        w, s = (a, b) if a.weak else (b, a)
        if w.dtype.rank <= s.dtype.rank or w.dtype.kind == "bool":
            return s.dtype, False
        return types.weak(w.dtype.kind), False
    if a.dtype is b.dtype:
        return a.dtype, False
    common: Any = types.of_numpy(np.result_type(a.dtype.numpy, b.dtype.numpy))
    return common, False


def fold(function, *scalars: Scalar) -> Scalar | None:
    """The result by CPython or NumPy where all operands are constants; None where it has to be computed."""
    if not all(s.is_constant for s in scalars):
        return None
    try:
        with np.errstate(all="ignore"):
            result = function(*[s.python() for s in scalars])
    except (ZeroDivisionError, OverflowError, ValueError, TypeError):
        return None
    return from_number(result)


def number(value: Value, what: str) -> Scalar:
    """The value as a number, or a refusal that says what wanted one."""
    if not isinstance(value, Scalar):
        raise Refused(f"{what} needs a number, found {value.describe()}")
    return value


def runtime(b: Builder, x: Scalar, dtype: DType):
    """The SSA value of `x` in a type it is promoted to."""
    return b.ssa(cast(b, x, dtype, x.weak))


def cast(b: Any, x: Scalar, dtype: DType, is_weak: bool) -> Scalar:
    """`x` in another type. Floats go to integers by truncation, unchecked; see conversions.py for `int()`."""
    if x.is_constant:
        return Scalar(dtype, is_weak, constant=cast_constant(x.constant, dtype, is_weak))
    if x.dtype is dtype:
        return Scalar(dtype, is_weak, ssa=x.ssa, range=x.range)
    if dtype.kind == "bool":
        return Scalar(dtype, is_weak, ssa=truth_of_scalar(b, x).ssa)
    name = cast_operation(x.dtype, dtype)
    return Scalar(dtype, is_weak, ssa=b.apply(name, b.ssa(x), result=b.scalar_types[dtype]))


def as_numpy(x: Scalar) -> Scalar:
    """The same number as NumPy's scalar."""
    return Scalar(x.dtype, False, x.ssa, x.constant, x.range)


def cast_constant(value, dtype: DType, is_weak: bool):
    if dtype.kind == "bool":
        return bool(value)
    if dtype.kind == "float":
        return float(value) if dtype is types.f64 else float(dtype.numpy(value))
    if not is_weak and not -(2 ** (dtype.bits - 1)) <= int(value) < 2 ** (dtype.bits - 1):
        raise Refused(f"the integer {int(value)} does not fit in {dtype.bits} bits")
    return int(value)


def cast_operation(source: DType, target: DType) -> str:
    if source.kind == "bool":
        return "arith.uitofp" if target.kind == "float" else "arith.extui"
    if source.kind == "int":
        if target.kind == "float":
            return "arith.sitofp"
        return "arith.extsi" if target.bits > source.bits else "arith.trunci"
    if target.kind == "int":
        return "arith.fptosi"
    return "arith.extf" if target.bits > source.bits else "arith.truncf"


def truth_of_scalar(b: Builder, value: Value) -> Scalar:
    """`bool(value)`."""
    if isinstance(value, Scalar):
        if value.is_constant:
            return weak(bool(value.constant))
        if value.dtype is types.bool_:
            return Scalar(types.bool_, True, ssa=value.ssa)
        is_float = value.dtype.kind == "float"
        zero = b.constant(value.dtype, 0)
        return boolean(b.compare("ne", b.ssa(value), zero, is_float))
    if isinstance(value, Static):
        return weak(bool(value.value))
    raise Refused(f"a condition needs a number, found {value.describe()}")


def boolean(ssa, is_weak: bool = True) -> Scalar:
    return Scalar(types.bool_, is_weak, ssa=ssa)


def logical_not(b: Builder, x: Scalar) -> Scalar:
    if x.is_constant:
        return FALSE if x.constant else TRUE
    return boolean(b.apply("arith.xori", b.ssa(x), b.constant(types.bool_, 1)))


def logical_and(b: Builder, x: Scalar, y: Scalar) -> Scalar:
    """Of two bools, both computed."""
    if x.is_constant:
        return y if x.constant else FALSE
    if y.is_constant:
        return x if y.constant else FALSE
    return boolean(b.apply("arith.andi", b.ssa(x), b.ssa(y)))


def logical_or(b: Builder, x: Scalar, y: Scalar) -> Scalar:
    if x.is_constant:
        return x if x.constant else y
    if y.is_constant:
        return y if y.constant else x
    return boolean(b.apply("arith.ori", b.ssa(x), b.ssa(y)))


def compare_scalars(b: Builder, predicate: str, x: Scalar, y: Scalar) -> Scalar:
    """One comparison of two numbers."""
    folded = fold(COMPARISONS[predicate], x, y)
    if folded is not None:
        return folded
    dtype, is_weak = promote(x, y)
    if is_weak and {x.dtype.kind, y.dtype.kind} == {"int", "float"} and not (_is_exact(x) or _is_exact(y)):
        return compare_mixed(b, predicate, x, y)
    if dtype is types.bool_ and predicate not in ("eq", "ne"):
        dtype = types.i64
    if is_weak and dtype.kind == "int" and (beyond := is_beyond(x) or is_beyond(y)):
        above = beyond if is_beyond(y) else -beyond  # where y lies, seen from x
        return weak(COMPARISONS[predicate](0, above))
    a, c = runtime(b, x, dtype), runtime(b, y, dtype)
    return boolean(b.compare(predicate, a, c, dtype.kind == "float"), is_weak)


def is_beyond(x: Scalar) -> int:
    """1 or -1 where a constant is above or below all ints of 64 bits, else 0."""
    return (x.constant >= 2**63) - (x.constant < -(2**63)) if x.is_constant else 0


def _is_exact(x: Scalar) -> bool:
    """Whether it is a constant that is told from every int as a float too, and, an int, from every float."""
    return x.is_constant and abs(x.constant) < 2**53


def compare_mixed(b: Builder, predicate: str, x: Scalar, y: Scalar) -> Scalar:
    """A Python int with a Python float, exact even where the int has no float: on a tie as floats, ints decide."""
    if x.dtype.kind == "float":
        flipped = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}.get(predicate, predicate)
        return compare_mixed(b, flipped, y, x)
    f, real = runtime(b, x, types.f64), b.ssa(y)
    plain = b.compare(predicate, f, real, True)
    tie = b.compare("eq", f, real, True)
    fits = b.compare("lt", real, b.constant(types.f64, 2.0**63), True)
    both = b.apply("arith.andi", tie, fits)
    whole = b.apply("arith.fptosi", b.select(both, real, b.constant(types.f64, 0.0)), result=b.i64)
    exact = b.compare(predicate, b.ssa(x), whole, False)
    beyond = b.constant(types.bool_, predicate in ("ne", "lt", "le"))
    return boolean(b.select(tie, b.select(fits, exact, beyond), plain))


def negate(b: Builder, x: Scalar) -> Scalar:
    folded = fold(operator.neg, x)
    if folded is not None:
        return folded
    if x.dtype.kind == "float":
        return Scalar(x.dtype, x.weak, ssa=b.apply("arith.negf", b.ssa(x)))
    x = positive(b, x, "-")
    subtract = b.exact if x.weak else b.apply
    return Scalar(x.dtype, x.weak, ssa=subtract("arith.subi", b.constant(x.dtype, 0), b.ssa(x)))


def positive(b: Builder, x: Scalar, symbol: str = "+") -> Scalar:
    """Unary plus: a bool becomes an int."""
    if x.dtype.kind == "bool":
        if not x.weak:
            raise Refused(f"NumPy has no unary {symbol} for bools", "use `not` or convert it with int()")
        return cast(b, x, types.i64, True)
    return x


def invert(b: Builder, x: Scalar) -> Scalar:
    folded = fold(operator.invert, x) if not (x.weak and x.dtype.kind == "bool") else None
    if folded is not None:
        return folded
    if x.dtype.kind == "float":
        raise Refused("~ needs an int, found a float")
    if x.dtype.kind == "bool" and not x.weak:
        return Scalar(x.dtype, False, ssa=b.apply("arith.xori", b.ssa(x), b.constant(types.bool_, 1)))
    x = positive(b, x)
    if x.is_constant:
        return weak(~x.constant)
    return Scalar(x.dtype, x.weak, ssa=b.apply("arith.xori", b.ssa(x), b.constant(x.dtype, -1)))


def absolute(b: Builder, x: Scalar) -> Scalar:
    folded = fold(abs, x)
    if folded is not None:
        return folded
    if x.dtype.kind == "float":
        return Scalar(x.dtype, x.weak, ssa=b.apply("math.absf", b.ssa(x)))
    if x.dtype.kind == "bool" and not x.weak:
        return x
    x = positive(b, x)
    value = b.ssa(x)
    negative = b.compare("lt", value, b.constant(x.dtype, 0), False)
    return Scalar(x.dtype, x.weak, ssa=b.select(negative, b.ssa(negate(b, x)), value))
