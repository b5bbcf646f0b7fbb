"""Numbers, as the protocols see them: Python's, and NumPy's scalars."""

from __future__ import annotations

import numpy as np

from dsl import types
from dsl.frontend.emit import arithmetic, scalar_ops
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.protocols import compare, constant, get_attribute, operate, truth, unary
from dsl.frontend.values import ranges
from dsl.frontend.values.value import Native, Scalar, Static, Tuple, Value, weak
from dsl.library import floats, integers

METHODS = {("int", "bit_length"): integers.bit_length, ("int", "bit_count"): integers.bit_count,
           ("bool", "bit_length"): integers.bit_length, ("bool", "bit_count"): integers.bit_count,
           ("float", "is_integer"): floats.is_integer}
UNARY = {"-": scalar_ops.negate, "+": scalar_ops.positive, "~": scalar_ops.invert}


@constant.of(bool, int, float, complex, np.generic)
def constant_number(m: Interpreter, value) -> Scalar:
    return scalar_ops.from_number(value)


@operate.of(Scalar)
def operate_numbers(m: Interpreter, symbol: str, x: Value, y: Value) -> Value | None:
    if symbol == "@" or not (isinstance(x, Scalar) and isinstance(y, Scalar)):
        return None
    try:
        result = arithmetic.binary(m.builder, symbol, x, y)
    except arithmetic.NeedsLoop:
        exponent = y if y.dtype.kind == "int" else scalar_ops.cast(m.builder, y, types.i64, True)
        return m.call(Static(integers.power), [x, exponent], {})
    if result.dtype.kind == "int" and not result.is_constant:
        result.range = ranges.of_binary(symbol, x.extent, y.extent)
    return result


@unary.of(Scalar)
def unary_number(m: Interpreter, symbol: str, x: Scalar) -> Scalar:
    return UNARY[symbol](m.builder, x)


@compare.of(Scalar)
def compare_numbers(m: Interpreter, predicate: str, x: Value, y: Value) -> Scalar | None:
    if not (isinstance(x, Scalar) and isinstance(y, Scalar)):
        return None
    return scalar_ops.compare_scalars(m.builder, predicate, x, y)


@truth.otherwise
def truth_of_number(m: Interpreter, value: Value) -> Scalar:
    return scalar_ops.truth_of_scalar(m.builder, value)


@get_attribute.of(Scalar)
def attribute_of_number(m: Interpreter, owner: Scalar, name: str) -> Value | None:
    """What NumPy's scalars share with arrays, and the parts of a real number."""
    if name in ("real", "conjugate", "imag"):
        return None if name != "real" else owner
    if owner.weak and owner.dtype.kind != "float" and name in ("numerator", "denominator"):
        return scalar_ops.positive(m.builder, owner) if name == "numerator" else weak(1)
    if (owner.dtype.kind, name) in METHODS and (owner.weak or owner.dtype.kind == "float"):
        return Native(lambda m: m.call(Static(METHODS[owner.dtype.kind, name]), [owner], {}), name)
    if owner.weak:
        return None
    if name == "item":
        return Native(lambda m: Scalar(owner.dtype, owner.dtype.bits != 32, owner.ssa, owner.constant), name)
    known = {"dtype": Static(np.dtype(owner.dtype.numpy)), "shape": Tuple(()), "ndim": weak(0), "size": weak(1)}
    return known.get(name)
