"""NumPy's functions that join arrays: along an axis that they have, or along a new one."""

from __future__ import annotations

import functools

import numpy as np

from dsl.frontend.emit.scalar_ops import promote
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.function_table import intrinsic
from dsl.frontend.kinds.array_creation import new_array
from dsl.frontend.kinds.ndarray import View, as_view, subview
from dsl.frontend.protocols import static_items
from dsl.frontend.values.mutable import List
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Scalar, Slice, Static, Tuple, Value, weak

from .numpy_arithmetic import array_of, assign_view, known_axis

ZERO = weak(0)
WHOLE = Slice(NONE, NONE, NONE)


def views_of(m: Interpreter, values: Value, name: str) -> list[View]:
    views = [as_view(m, array_of(m, value)) for value in static_items(m, values, name)]
    if not views:
        raise Refused(f"{name} of nothing", "give it one array at least")
    return views


def constant_axis(axis: Value, name: str) -> int:
    if not (isinstance(axis, Scalar) and axis.is_constant):
        raise Refused(f"{name} along an axis that is not known at compile time", "write it as a constant")
    return int(axis.constant)


def joined(m: Interpreter, parts: list[View], axis: int, name: str) -> Value:
    """The arrays one after another along an axis; on the others their sizes have to be the same."""
    rank = len(parts[0].sizes)
    if rank == 0 or any(len(part.sizes) != rank for part in parts):
        raise Refused(f"{name} of arrays of {' and '.join(str(len(part.sizes)) for part in parts)} dimensions",
                      "give them the same number of dimensions, one at least")
    axis = known_axis(axis, rank)
    if not all(size.is_constant for part in parts for size in part.sizes):
        raise Refused(f"{name} of arrays of run-time size", "make the array and fill it")
    shapes = [[size.constant for size in part.sizes] for part in parts]
    if any(shape[:axis] + shape[axis + 1:] != shapes[0][:axis] + shapes[0][axis + 1:] for shape in shapes):
        raise Refused(f"{name} along axis {axis} of the shapes {' and '.join(str(tuple(shape)) for shape in shapes)}",
                      "their sizes on the other axes have to be the same")
    common = functools.reduce(lambda x, y: Scalar(*promote(x, y)), [Scalar(part.dtype, False) for part in parts])
    sizes = [*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1:]]
    made = new_array(m, common.dtype, [weak(size) for size in sizes], None)
    start = 0
    for part, shape in zip(parts, shapes):
        place = Slice(weak(start), weak(start + shape[axis]), NONE)
        assign_view(m, subview(m, as_view(m, made), Tuple((*[WHOLE] * axis, place)))[0], part)
        start += shape[axis]
    return made


def with_axes(m: Interpreter, part: View, rank: int) -> View:
    """At least so many dimensions, new ones in front."""
    missing = rank - len(part.sizes)
    return subview(m, part, Tuple((NONE,) * missing + (WHOLE,) * len(part.sizes)))[0] if missing > 0 else part


@intrinsic(np.concatenate)
def concatenate(m: Interpreter, values: Value, axis: Value = ZERO) -> Value:
    return joined(m, views_of(m, values, "np.concatenate"), constant_axis(axis, "np.concatenate"), "np.concatenate")


@intrinsic(np.hstack)
def hstack(m: Interpreter, values: Value) -> Value:
    """Vectors one after another, matrices side by side."""
    parts = [with_axes(m, part, 1) for part in views_of(m, values, "np.hstack")]
    return joined(m, parts, 0 if len(parts[0].sizes) == 1 else 1, "np.hstack")


@intrinsic(np.vstack)
def vstack(m: Interpreter, values: Value) -> Value:
    """Vectors as rows, matrices below each other."""
    parts = views_of(m, values, "np.vstack")
    if all(len(part.sizes) == 1 for part in parts):
        return stack(m, values)
    return joined(m, [with_axes(m, part, 2) for part in parts], 0, "np.vstack")


@intrinsic(np.stack)
def stack(m: Interpreter, values: Value, axis: Value = ZERO) -> Value:
    """Along a new axis."""
    along = constant_axis(axis, "np.stack")
    if along == 0:
        return m.call(Static(np.array), [List(m.store, static_items(m, values, "np.stack"))], {})
    parts = views_of(m, values, "np.stack")
    if any(len(part.sizes) != len(parts[0].sizes) for part in parts):
        raise Refused("np.stack of arrays of different numbers of dimensions")
    along = known_axis(along, len(parts[0].sizes) + 1)
    index: list[Value] = [WHOLE] * len(parts[0].sizes)
    index.insert(along, NONE)
    return joined(m, [subview(m, part, Tuple(tuple(index)))[0] for part in parts], along, "np.stack")
