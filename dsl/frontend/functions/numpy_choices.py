"""NumPy's functions that choose between elements: `np.where` and `np.clip`."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from dsl.frontend.emit.scalar_ops import cast, number, promote
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_none
from dsl.frontend.function_table import intrinsic
from dsl.frontend.kinds.ndarray import is_array
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Scalar, Static, Value

from . import numpy_arithmetic
from .min_max import pick
from .numpy_arithmetic import computed, copied, elementwise
from .numpy_functions import array_method


@intrinsic(np.where)
def where(m: Interpreter, condition: Value, x: Value, y: Value) -> Value:
    operands = [numpy_arithmetic.as_operand(m, v) for v in (condition, x, y)]
    function = lambda c, a, b: numpy_scalar(pick(m, m.truth(c), *same_type(m, a, b)))
    return elementwise(m, function, operands) if any(map(is_array, operands)) else function(*operands)


def same_type(m: Interpreter, a: Scalar, b: Scalar) -> tuple[Scalar, Scalar]:
    dtype, is_weak = promote(a, b)
    return cast(m.builder, a, dtype, is_weak), cast(m.builder, b, dtype, is_weak)


def numpy_scalar(x: Scalar) -> Scalar:
    return Scalar(x.dtype, False, x.ssa, x.constant)


@intrinsic(np.clip)
def clip(m: Interpreter, a: Value, a_min: Value = NONE, a_max: Value = NONE, *,
         min: Value = NONE, max: Value = NONE) -> Value:
    if not (is_none(a_min) or is_none(min)) or not (is_none(a_max) or is_none(max)):
        raise Refused("np.clip with a bound that is given twice", "give a_min or min, and a_max or max")
    low, high = min if is_none(a_min) else a_min, max if is_none(a_max) else a_max
    if is_none(low) and is_none(high):
        operand = numpy_arithmetic.as_operand(m, a)
        return copied(m, operand) if is_array(operand) else numpy_scalar(number(operand, "np.clip"))
    given = [(end, f) for end, f in ((low, np.maximum), (high, np.minimum)) if not is_none(end)]
    operands = [numpy_arithmetic.as_operand(m, v) for v in (a, *[end for end, _ in given])]
    return clipped(m, operands, [f for _, f in given])


@array_method("clip")
def clip_array(m: Interpreter, array: Value, min: Value = NONE, max: Value = NONE) -> Value:
    return clip(m, array, min, max)


def clipped(m: Interpreter, operands: list[Value], functions: list) -> Value:
    """`functions`, which are np.maximum and np.minimum, of the first operand and each other, in the type of all."""
    def apply(*items: Any) -> Any:
        common = functools.reduce(lambda x, y: Scalar(*promote(x, y)), sorted(items, key=lambda x: x.weak))
        x, *ends = [numpy_scalar(cast(m.builder, item, common.dtype, False)) for item in items]
        for end, function in zip(ends, functions):
            x = m.call(Static(function), [x, end], {})
        return x

    return computed(m, apply, operands) if any(map(is_array, operands)) else apply(*operands)
