"""NumPy's functions and methods that make one number of many, of all elements or of those along an axis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import cast
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_none
from dsl.frontend.function_table import TABLE
from dsl.frontend.kinds.ndarray import View, as_view, element, subview, total_size
from dsl.frontend.protocols import operate
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import FALSE, NONE, Scalar, Slice, Tuple, Value, weak

from .numpy_arithmetic import (
    accumulate,
    along,
    array_of,
    extreme_of,
    known_axis,
    position_of_extreme,
    product_of,
    sum_dtype,
    sum_of,
)
from .numpy_functions import METHODS
from .whole_arrays import sum_operation


def reduction(whole: Callable, name: str):
    """`whole(m, view)` of all elements, or of those along one axis; what is in _OVER_AXIS does that at once, where it
    can."""
    over_axis = _OVER_AXIS.get(name, lambda m, view, axis: None)

    def handler(m: Interpreter, value: Value, axis: Value = NONE, *, keepdims: Value = FALSE) -> Value:
        view = as_view(m, array_of(m, value))
        index: list[Value] = [NONE] * len(view.sizes)
        keeps = isinstance(keepdims, Scalar) and bool(keepdims.constant)
        if not (isinstance(keepdims, Scalar) and keepdims.is_constant):
            raise Refused(f"{name} with keepdims that is not known at compile time")
        if is_none(axis):
            found = whole(m, view)
        elif not (isinstance(axis, Scalar) and axis.is_constant):
            raise Refused(f"{name} over an axis that is not known at compile time")
        else:
            reduced_axis = known_axis(axis.constant, len(view.sizes))
            found = reduced(m, view, reduced_axis)
            index = [NONE if k == reduced_axis else Slice(NONE, NONE, NONE) for k in range(len(view.sizes))]
        return subview(m, as_view(m, array_of(m, found)), Tuple(tuple(index)))[0] if keeps else found

    def reduced(m: Interpreter, view: View, axis: int) -> Value:
        if len(view.sizes) == 1:
            return whole(m, view)
        found = over_axis(m, view, axis)
        return along(m, view, axis, whole) if found is None else found

    return handler


def sum_over(m: Interpreter, view: View, axis: int) -> Value | None:
    return sum_operation(m, view, [axis], sum_dtype(view.dtype))


def mean_over(m: Interpreter, view: View, axis: int) -> Value | None:
    dtype = view.dtype if view.dtype.kind == "float" else types.f64
    total = sum_operation(m, view, [axis], dtype)
    return None if total is None else operate(m, "/", total, cast(m.builder, view.sizes[axis], dtype, False))


_OVER_AXIS = {"sum": sum_over, "mean": mean_over}


def mean_of(m: Interpreter, view) -> Scalar:
    total = sum_of(m, view)
    total = total if total.dtype.kind == "float" else cast(m.builder, total, types.f64, False)
    count = cast(m.builder, total_size(m, view), total.dtype, False)
    return operate(m, "/", total, count)


for _functions, _name, _whole in (
    ((np.sum,), "sum", sum_of), ((np.prod,), "prod", product_of), ((np.mean,), "mean", mean_of),
    ((np.max, np.amax), "max", lambda m, v: extreme_of(m, v, "gt")),
    ((np.min, np.amin), "min", lambda m, v: extreme_of(m, v, "lt")),
    ((np.argmax,), "argmax", lambda m, v: position_of_extreme(m, v, "gt")),
    ((np.argmin,), "argmin", lambda m, v: position_of_extreme(m, v, "lt")),
    ((np.any,), "any", lambda m, v: logical_reduction(m, v, False)),
    ((np.all,), "all", lambda m, v: logical_reduction(m, v, True)),
):
    METHODS[_name] = reduction(_whole, _name)
    TABLE.update((f, METHODS[_name]) for f in _functions)


def logical_reduction(m: Interpreter, view, is_all: bool) -> Scalar:
    combine = scalar_ops.logical_and if is_all else scalar_ops.logical_or
    start = weak(is_all)
    found = accumulate(m, list(view.sizes), start,
                                  lambda t, at: combine(m.builder, t, m.truth(element(m, view, at))))
    return Scalar(types.bool_, False, found.ssa, found.constant)
