"""`int()`, `float()`, `bool()`, `round()` and the NumPy scalar types."""

from __future__ import annotations

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.arithmetic import float_to_int
from dsl.frontend.emit.scalar_ops import cast, fold, number
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.kinds.growing_lists import listed
from dsl.frontend.kinds.mixed_numbers import mixed_by
from dsl.frontend.protocols import iterate, static_items
from dsl.frontend.values.iterables import Generator
from dsl.frontend.values.mutable import List
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, Static, Tuple, Value, weak
from dsl.library import integers, lists, rounding
from dsl.passes.ir.limits import ROUND_DIGITS
from dsl.types import DType


def to_int(m: Interpreter, value: Value | None = None, base: Value | None = None) -> Value:
    """`int(x)`: truncation, checked."""
    if value is None:
        return weak(0)
    if isinstance(value, Static) and isinstance(value.value, str):
        try:
            return weak(int(value.value, *([base.python()] if isinstance(base, Scalar) else [])))
        except ValueError as error:
            return m.raise_now("ValueError", str(error))
    x = number(value, "int()")
    folded = fold(int, x)
    if folded is not None:
        return folded
    if x.dtype.kind != "float":
        return cast(m.builder, x, types.i64, True)
    return float_to_int(m.builder, x, types.i64, True)


def to_float(m: Interpreter, value: Value | None = None) -> Value:
    if value is None:
        return weak(0.0)
    if isinstance(value, Static) and isinstance(value.value, str):
        try:
            return weak(float(value.value))
        except ValueError as error:
            return m.raise_now("ValueError", str(error))
    return cast(m.builder, number(value, "float()"), types.f64, True)


def to_bool(m: Interpreter, value: Value | None = None) -> Value:
    return weak(False) if value is None else m.truth(value)


def to_dtype(dtype: DType):
    """`np.float32(x)` and the like."""
    def convert(m: Interpreter, value: Value | None = None) -> Value:
        if value is None:
            return Scalar(dtype, False, constant=dtype.numpy(0).item())
        x = number(value, f"np.{dtype.numpy_name}()")
        if x.is_constant:
            folded = fold(dtype.numpy, x)
            if folded is not None:
                return folded
        if x.dtype.kind == "float" and dtype.kind == "int":
            return float_to_int(m.builder, x, dtype, False)
        return cast(m.builder, x, dtype, False)

    return convert


def to_round(m: Interpreter, number: Value, ndigits: Value | None = None) -> Value:
    """`round`: half to even; with digits, of the exact decimal value."""
    x = scalar_ops.number(number, "round()")
    is_none = ndigits is None or (isinstance(ndigits, Static) and ndigits.value is None)
    digits = None if is_none or ndigits is None else scalar_ops.number(ndigits, "round()'s ndigits")
    folded = fold(round, x) if digits is None else fold(round, x, digits)
    if folded is not None:
        return folded
    if x.dtype.kind != "float":
        if digits is None or (digits.is_constant and digits.constant >= 0):
            return cast(m.builder, x, types.i64, True) if x.weak else x
        if not x.weak:
            raise Refused("round of a NumPy int to tens is not in the language", "convert it with int()")
        return m.call(Static(integers.round_to_tens), [scalar_ops.positive(m.builder, x), digits], {})
    if digits is None:
        whole = Scalar(x.dtype, x.weak, ssa=m.builder.apply("math.roundeven", m.builder.ssa(x)))
        return float_to_int(m.builder, whole, types.i64, True)
    if digits.dtype.kind == "float":
        raise Refused("round with a float as the number of digits", "convert it with int()")
    if not digits.is_constant:
        if x.dtype is not types.f64:
            raise Refused(f"round of {x.describe()} with a number of digits that is not known at compile time",
                          "write it as a constant")
        return rounded_by(m, rounding.round_digits, x, digits)
    n = int(digits.constant)
    if abs(n) > ROUND_DIGITS:
        raise Refused(f"round to {n} digits", f"use between {-ROUND_DIGITS} and {ROUND_DIGITS} digits")
    scale = Scalar(x.dtype, True, constant=10.0 ** abs(n))
    routine = rounding.round_up_to if n >= 0 else rounding.round_tens
    return rounded_by(m, routine, x, scale)


def rounded_by(m: Interpreter, routine, x: Scalar, how: Scalar) -> Value:
    """A float rounded by a program of the library: as Python's own as it was."""
    found = scalar_ops.number(m.call(Static(routine), [x, how], {}), "round()")
    return mixed_by(Scalar(found.dtype, x.weak, found.ssa, found.constant), x)


def to_tuple(m: Interpreter, value: Value | None = None) -> Value:
    return Tuple(tuple(static_items(m, value, "tuple()") if value is not None else ()))


def list_of(m: Interpreter, value: Value | None = None) -> Value:
    if isinstance(value, Generator):
        return m.call(Static(lists.list_of_items), [value], {})
    return listed(m, iterate(m, value)) if value is not None else List(m.store)


def floor_like(operation: str):
    """`math.floor`, `math.ceil`, `math.trunc`: to an int."""
    def convert(m: Interpreter, value: Value) -> Value:
        x = number(value, operation)
        if x.dtype.kind != "float":
            return cast(m.builder, x, types.i64, True)
        whole = m.builder.apply(operation, m.builder.ssa(x))
        return float_to_int(m.builder, Scalar(x.dtype, x.weak, ssa=whole), types.i64, True)

    return convert
