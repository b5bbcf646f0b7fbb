"""Binary operators on numbers, with CPython's meaning for Python numbers and NumPy's for NumPy numbers.

An operation that CPython would stop at is checked: `dsl.fail` reports it and a harmless operand takes its place.
Float division by zero is IEEE's, and so are powers, unless a `try` around them catches what CPython raises. Python ints
that do not fit in 64 bits fail, NumPy's wrap.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from dsl import types
from dsl.frontend.values.ranges import of_binary
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, weak
from dsl.passes.ir.limits import LARGEST_CONSTANT_BITS
from dsl.passes.ir.ops import FLOAT_TOO_LARGE, TOO_LARGE
from dsl.types import DType

from . import scalar_ops
from .builder import Builder
from .scalar_ops import cast, fold, promote, runtime

LEAST = -(2**63)
PYTHON: dict[str, Callable] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "|": operator.or_, "^": operator.xor,
}


def binary(b: Builder, symbol: str, x: Scalar, y: Scalar) -> Scalar:
    """`x symbol y`."""
    folded = None if unsafe_to_fold(symbol, x, y) else fold(PYTHON[symbol], x, y)
    return folded if folded is not None else OPERATORS[symbol](b, x, y)


def unsafe_to_fold(symbol: str, x: Scalar, y: Scalar) -> bool:
    """Constants whose result NumPy would invent (division by zero) or that CPython would take forever over."""
    if not (x.is_constant and y.is_constant):
        return True
    if symbol in ("//", "%") and y.dtype.kind != "float" and y.constant == 0:
        return True
    if symbol in ("<<", "**") and x.dtype.kind == "int" and y.dtype.kind == "int" and y.constant > 0:
        bits = y.constant if symbol == "<<" else max(abs(x.constant), 1).bit_length() * y.constant
        return bits > LARGEST_CONSTANT_BITS
    return False


def integers(b: Builder, symbol: str, x: Scalar, y: Scalar):
    """Both operands as integers of one type."""
    dtype, is_weak = promote(x, y)
    if dtype.kind == "float":
        found = (x if x.dtype.kind == "float" else y).describe()
        raise Refused(f"{symbol} needs ints, found {found}", "convert it with int()")
    if dtype.kind == "bool":
        refuse_small(symbol, is_weak)
        dtype = types.i64
    return dtype, is_weak, runtime(b, x, dtype), runtime(b, y, dtype)


def refuse_small(symbol: str, is_weak: bool) -> None:
    if not is_weak:
        raise Refused(f"{symbol} of two bools is an int8 in NumPy, which is not in the language",
                      "convert them with int() or astype(int)")


def simple(symbol: str, float_operation: str, int_operation: str, bool_operation: str | None):
    def emit(b: Builder, x: Scalar, y: Scalar) -> Scalar:
        dtype, is_weak = promote(x, y)
        if dtype.kind == "bool" and is_weak:
            dtype = types.i64
        operation = {"float": float_operation, "int": int_operation, "bool": bool_operation}[dtype.kind]
        if operation is None:
            raise Refused(f"NumPy has no {symbol} for two bools", "convert them with int()")
        a, c = runtime(b, x, dtype), runtime(b, y, dtype)
        may_overflow = is_weak and dtype.kind == "int" and of_binary(symbol, x.extent, y.extent) is None
        return Scalar(dtype, is_weak, ssa=(b.exact if may_overflow else b.apply)(operation, a, c))

    return emit


def bitwise(symbol: str, operation: str):
    def emit(b: Builder, x: Scalar, y: Scalar) -> Scalar:
        dtype, is_weak = promote(x, y)
        if dtype.kind == "bool":
            return scalar_ops.boolean(b.apply(operation, b.ssa(x), b.ssa(y)), is_weak)
        dtype, is_weak, a, c = integers(b, symbol, x, y)
        return Scalar(dtype, is_weak, ssa=b.apply(operation, a, c))

    return emit


def true_divide(b: Builder, x: Scalar, y: Scalar) -> Scalar:
    dtype, is_weak = promote(x, y)
    whole = dtype.kind != "float"
    dtype = types.f64 if whole else dtype
    divisor = runtime(b, y, dtype)
    if is_weak and (whole or b.catches("ZeroDivisionError")):
        divisor = nonzero(b, y, divisor, dtype, "division by zero" if whole else "float division by zero")
    return Scalar(dtype, is_weak, ssa=b.apply("arith.divf", runtime(b, x, dtype), divisor))


def nonzero(b: Builder, y: Scalar, divisor, dtype, message: str):
    """The divisor, after a check; where it is zero, one."""
    if y.is_constant and y.constant != 0:
        return divisor
    is_zero = b.compare("eq", divisor, b.constant(dtype, 0), dtype.kind == "float")
    b.fail(is_zero, "ZeroDivisionError", message)
    return b.select(is_zero, b.constant(dtype, 1), divisor)


def floor_divide(b: Builder, x: Scalar, y: Scalar) -> Scalar:
    return quotient_and_remainder(b, x, y)[0]


def quotient_and_remainder(b: Builder, x: Scalar, y: Scalar) -> tuple[Scalar, Scalar]:
    """`divmod(x, y)`."""
    quotient, remainder = divide_and_modulo(b, x, y)
    if quotient.weak and quotient.dtype.kind == "int":
        least_by_minus_one(b, x, y)
    return quotient, remainder


def least_by_minus_one(b: Builder, x: Scalar, y: Scalar) -> None:
    """The one quotient of Python ints that does not fit in 64 bits."""
    low, high = y.extent or (-1, -1)
    if b.overflow_check and low <= -1 <= high and (x.extent is None or x.extent[0] == LEAST):
        is_least = b.compare("eq", runtime(b, x, types.i64), b.constant(types.i64, LEAST), False)
        by_minus_one = b.compare("eq", runtime(b, y, types.i64), b.constant(types.i64, -1), False)
        b.fail(b.apply("arith.andi", is_least, by_minus_one), "OverflowError", TOO_LARGE)


def modulo(b: Builder, x: Scalar, y: Scalar) -> Scalar:
    return divide_and_modulo(b, x, y, "integer modulo by zero", "float modulo by zero")[1]


def divide_and_modulo(b: Builder, x: Scalar, y: Scalar, whole_message: str = "integer division or modulo by zero",
                      float_message: str = "float floor division by zero") -> tuple[Scalar, Scalar]:
    """The quotient rounded down, the remainder with the divisor's sign."""
    dtype, is_weak = promote(x, y)
    if dtype.kind == "float":
        divisor = runtime(b, y, dtype)
        if is_weak:
            divisor = nonzero(b, y, divisor, dtype, float_message)
        dividend = runtime(b, x, dtype)
        quotient, remainder = float_divmod(b, dtype, dividend, divisor)
        if not (is_weak or (y.is_constant and y.constant != 0)):
            quotient = quotient_by_zero(b, dtype, dividend, divisor, quotient)
    else:
        dtype, is_weak, dividend, divisor = integers(b, "//", x, y)
        divisor = nonzero(b, y, divisor, dtype, whole_message)
        quotient, remainder = int_divmod(b, dtype, dividend, divisor, y)
    return Scalar(dtype, is_weak, ssa=quotient), Scalar(dtype, is_weak, ssa=remainder)


def int_divmod(b: Builder, dtype, x, divisor, y: Scalar):
    """Floor of the quotient and its remainder; the divisor is not zero. A divisor of -1 overflows in hardware."""
    zero = b.constant(dtype, 0)
    by_minus_one, safe = None, divisor
    if not y.is_constant or y.constant == -1:
        by_minus_one = b.compare("eq", divisor, b.constant(dtype, -1), False)
        safe = b.select(by_minus_one, b.constant(dtype, 1), divisor)
    quotient, remainder = b.apply("arith.divsi", x, safe), b.apply("arith.remsi", x, safe)
    if y.is_constant and y.constant > 0:
        down = b.compare("lt", remainder, zero, False)
    else:
        opposite = b.compare("lt", b.apply("arith.xori", remainder, safe), zero, False)
        down = b.apply("arith.andi", b.compare("ne", remainder, zero, False), opposite)
    one_less = b.apply("arith.subi", quotient, b.apply("arith.extui", down, result=quotient.type))
    remainder = b.apply("arith.addi", remainder, b.select(down, safe, zero))
    if by_minus_one is not None:
        one_less = b.select(by_minus_one, b.apply("arith.subi", zero, x), one_less)
    return one_less, remainder


def float_divmod(b: Builder, dtype, x, y):
    """CPython's float_divmod: from the exact C remainder, so that x == y*q + r as nearly as floats allow."""
    zero, one = b.constant(dtype, 0.0), b.constant(dtype, 1.0)
    remainder = b.apply("arith.remf", x, y)
    quotient = b.apply("arith.divf", b.apply("arith.subf", x, remainder), y)
    nonzero_remainder = b.compare("ne", remainder, zero, True)
    y_negative, r_negative = b.compare("lt", y, zero, True), b.compare("lt", remainder, zero, True)
    adjust = b.apply("arith.andi", nonzero_remainder, b.apply("arith.xori", y_negative, r_negative))
    remainder = b.select(adjust, b.apply("arith.addf", remainder, y), remainder)
    # a zero takes the sign of y; by adding zeros, as a constant in its place would have no derivative
    plus, minus = b.apply("arith.addf", zero, remainder), b.apply("arith.negf", b.apply("arith.subf", zero, remainder))
    remainder = b.select(nonzero_remainder, remainder, b.select(y_negative, minus, plus))
    quotient = b.select(adjust, b.apply("arith.subf", quotient, one), quotient)
    down = b.apply("math.floor", quotient)
    off = b.compare("gt", b.apply("arith.subf", quotient, down), b.constant(dtype, 0.5), True)
    down = b.select(off, b.apply("arith.addf", down, one), down)
    signed_zero = b.apply("math.copysign", zero, b.apply("arith.divf", x, y))
    return b.select(b.compare("ne", quotient, zero, True), down, signed_zero), remainder


def quotient_by_zero(b: Builder, dtype, x, y, otherwise):
    """NumPy's `x // y` where y is zero: an infinity, or NaN for a zero; `otherwise` where y is not."""
    ratio = b.apply("arith.divf", x, y)
    is_zero = b.compare("eq", y, b.constant(dtype, 0.0), True)
    is_infinite = b.apply("arith.andi", is_zero, b.compare("eq", ratio, ratio, True))
    return b.select(is_infinite, b.apply("math.copysign", b.constant(dtype, float("inf")), ratio), otherwise)


def shift(symbol: str, operation: str):
    def emit(b: Builder, x: Scalar, y: Scalar) -> Scalar:
        dtype, is_weak, value, count = integers(b, symbol, x, y)
        zero, width = b.constant(dtype, 0), b.constant(dtype, dtype.bits)
        if not (y.is_constant and y.constant >= 0):
            b.fail(b.compare("lt", count, zero, False), "ValueError", "negative shift count")
        if y.is_constant and 0 <= y.constant < dtype.bits:
            apply = b.exact if symbol == "<<" and is_weak else b.apply
            return Scalar(dtype, is_weak, ssa=apply(operation, value, count))
        below = b.compare("lt", count, width, False)
        inside = b.apply("arith.andi", below, b.compare("ge", count, zero, False))
        last = b.constant(dtype, dtype.bits - 1)
        safe = b.select(inside, count, last)
        if symbol == "<<" and is_weak and b.overflow_check:
            too_far = b.apply("arith.andi", b.compare("ge", count, width, False), b.compare("ne", value, zero, False))
            b.fail(too_far, "OverflowError", TOO_LARGE)
        shifted = (b.exact if symbol == "<<" and is_weak else b.apply)(operation, value, safe)
        if symbol == "<<":
            shifted = b.select(inside, shifted, zero)
        return Scalar(dtype, is_weak, ssa=shifted)

    return emit


def raise_to_power(b: Builder, x: Scalar, y: Scalar) -> Scalar:
    """`x ** y`: small constant exponents by multiplication, whole numbers by squaring, the rest by `math.powf`."""
    dtype, is_weak = promote(x, y)
    if dtype.kind != "float":
        return int_power(b, x, y)
    base, exponent = runtime(b, x, dtype), runtime(b, y, dtype)
    if is_weak and b.catches("ZeroDivisionError"):
        is_zero = b.compare("eq", base, b.constant(dtype, 0.0), True)
        is_pole = b.apply("arith.andi", is_zero, b.compare("lt", exponent, b.constant(dtype, 0.0), True))
        b.fail(is_pole, "ZeroDivisionError", "0.0 cannot be raised to a negative power")
    if y.is_constant and y.constant in (0, 1, 2, 3, 4, -1):
        result = small_power(b, cast(b, x, dtype, is_weak), int(y.constant))
    else:
        result = Scalar(dtype, is_weak, ssa=b.apply("math.powf", base, exponent))
    if is_weak and b.catches("OverflowError") and not result.is_constant:
        fail_on_overflow(b, [base, exponent], b.ssa(result), dtype)
    return result


def fail_on_overflow(b: Builder, operands: list, result, dtype: DType) -> None:
    """Where a function of finite floats is infinite."""
    size = lambda value: b.apply("math.absf", value)
    infinity = b.constant(dtype, float("inf"))
    found = b.compare("eq", size(result), infinity, True)
    for value in operands:
        found = b.apply("arith.andi", found, b.compare("lt", size(value), infinity, True))
    b.fail(found, "OverflowError", "(34, 'Numerical result out of range')")


def small_power(b: Builder, x: Scalar, n: int) -> Scalar:
    one = Scalar(x.dtype, x.weak, constant=1.0)
    if n == 0:
        return one
    if n == -1:
        return Scalar(x.dtype, x.weak, ssa=b.apply("arith.divf", b.ssa(one), b.ssa(x)))
    value = b.ssa(x)
    square = b.apply("arith.mulf", value, value) if n > 1 else value
    result = {1: lambda: value, 2: lambda: square, 3: lambda: b.apply("arith.mulf", square, value),
              4: lambda: b.apply("arith.mulf", square, square)}[n]()
    return Scalar(x.dtype, x.weak, ssa=result)


def int_power(b: Builder, x: Scalar, y: Scalar) -> Scalar:
    dtype, is_weak = promote(x, y)
    if dtype.kind == "bool":
        refuse_small("**", is_weak)
        dtype = types.i64
    base = cast(b, x, dtype, is_weak)
    if not y.is_constant:
        raise NeedsLoop
    if y.constant < 0:
        if not is_weak:
            raise Refused("NumPy does not raise integers to negative integer powers", "convert the base with float()")
        real = nonzero(b, base, runtime(b, base, types.f64), types.f64, "zero to a negative power")
        return raise_to_power(b, Scalar(types.f64, True, ssa=real), weak(float(y.constant)))
    result, square, n = None, b.ssa(base), int(y.constant)
    multiply = b.exact if is_weak else b.apply
    while n:
        if n & 1:
            result = square if result is None else multiply("arith.muli", result, square)
        n >>= 1
        if n:
            square = multiply("arith.muli", square, square)
    return Scalar(dtype, is_weak, constant=1) if result is None else Scalar(dtype, is_weak, ssa=result)


class NeedsLoop(Exception):
    """An int to the power of a run-time int: the caller inlines the library's loop."""


OPERATORS = {
    "+": simple("+", "arith.addf", "arith.addi", "arith.ori"),
    "-": simple("-", "arith.subf", "arith.subi", None),
    "*": simple("*", "arith.mulf", "arith.muli", "arith.andi"),
    "/": true_divide, "//": floor_divide, "%": modulo, "**": raise_to_power,
    "<<": shift("<<", "arith.shli"), ">>": shift(">>", "arith.shrsi"),
    "&": bitwise("&", "arith.andi"), "|": bitwise("|", "arith.ori"), "^": bitwise("^", "arith.xori"),
}


def float_to_int(b: Builder, x: Scalar, dtype: DType, is_weak: bool) -> Scalar:
    """A float to an integer type, towards zero; NaN, infinities and what does not fit fail."""
    value = b.ssa(cast(b, x, types.f64, True)) if x.dtype is types.f16 else b.ssa(x)
    kind = types.f64 if x.dtype is types.f16 else x.dtype
    is_nan = b.compare("uno", value, value, True)
    b.fail(is_nan, "ValueError", "cannot convert float NaN to integer")
    bound = b.constant(kind, 2.0 ** (dtype.bits - 1))
    least = b.compare("ge", value, b.constant(kind, -(2.0 ** (dtype.bits - 1))), True)
    fits = b.apply("arith.andi", b.compare("lt", value, bound, True), least)
    outside = b.apply("arith.xori", fits, b.constant(types.bool_, 1))
    is_infinite = b.compare("eq", b.apply("math.absf", value), b.constant(kind, float("inf")), True)
    b.fail(is_infinite, "OverflowError", "cannot convert float infinity to integer")
    b.fail(outside, "OverflowError", FLOAT_TOO_LARGE.replace("64", str(dtype.bits)), [value])
    safe = b.select(fits, value, b.constant(kind, 0.0))
    return Scalar(dtype, is_weak, ssa=b.apply("arith.fptosi", safe, result=b.scalar_types[dtype]))
