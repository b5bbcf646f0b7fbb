"""`np.arange` and `np.linspace`, by NumPy's own formulas, so that they agree to the last bit."""

from __future__ import annotations

import numpy as np

from dsl import types
from dsl.frontend.emit.scalar_ops import TRUE, cast, number, promote
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_none
from dsl.frontend.function_table import intrinsic
from dsl.frontend.kinds.ndarray import as_view, converted, set_element
from dsl.frontend.kinds.range_objects import make_range, range_length
from dsl.frontend.protocols import operate
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Scalar, Static, Value, weak

from .numpy_functions import common_dtype, dtype_of, sizes_of
from .numpy_products import tabulate

ONE, FIFTY = weak(1), weak(50)


@intrinsic(np.arange)
def arange(m: Interpreter, start: Value, stop: Value = NONE, step: Value = NONE, dtype: Value = NONE) -> Value:
    """Of ints like `range`; of floats by NumPy's rule ceil((stop - start) / step)."""
    if is_none(stop):
        start, stop = weak(0), start
    numbers = [number(v, "np.arange") for v in (start, stop, ONE if is_none(step) else step)]
    common = common_dtype([*numbers, ONE])
    kind = dtype_of(dtype, common)
    if common.kind == "float":
        if not all(n.is_constant for n in numbers):
            raise Refused("np.arange of floats whose length is known only at run time", "use np.linspace or a loop")
        length = weak(len(np.arange(*[n.constant for n in numbers])))
    else:
        length = range_length(m, make_range(m, *numbers))
    first = converted(m, numbers[0], kind)
    gap = numbers[2]
    if kind.kind == "float" or common.kind == "float":
        # NumPy computes two elements and continues with their difference, which rounding makes another than the step
        gap = operate(m, "-", converted(m, operate(m, "+", numbers[0], gap), kind), first)

    def item(at: list[Scalar]) -> Scalar:
        return cast(m.builder, operate(m, "+", first, operate(m, "*", at[0], gap)), kind, False)

    return tabulate(m, [length], item, kind)


@intrinsic(np.linspace)
def linspace(m: Interpreter, start: Value, stop: Value, num: Value = FIFTY, endpoint: Value = TRUE,
             dtype: Value = NONE) -> Value:
    ends = [number(v, "np.linspace") for v in (start, stop)]
    width = promote(*ends)[0] if promote(*ends)[0].kind == "float" else types.f64
    kind = dtype_of(dtype, width)
    first, last = (cast(m.builder, x, width, False) for x in ends)
    (size,) = sizes_of(m, num)
    has_end = m.truth(endpoint).constant
    if not size.is_constant:
        raise Refused("np.linspace of a number of points known only at run time", "write the loop")
    parts = size.constant - 1 if has_end else size.constant
    step = operate(m, "-", last, first)
    step = operate(m, "/", step, weak(float(parts))) if parts > 0 else step

    def as_element(x: Scalar) -> Scalar:
        whole = m.call(Static(np.floor), [x], {}) if kind.kind == "int" else x
        return converted(m, whole, kind)

    def item(at: list[Scalar]) -> Scalar:
        return as_element(operate(m, "+", operate(m, "*", cast(m.builder, at[0], width, False), step), first))

    made = tabulate(m, [size], item, kind)
    if has_end and size.constant > 1:
        set_element(m, as_view(m, made), [weak(size.constant - 1)], as_element(last))
    return made
