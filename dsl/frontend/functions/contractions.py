"""Sums of products of two arrays as one operation on whole arrays (passes/ir/maps.py).

Before: `a @ b` of two arrays whose sizes are known.
After: `linalg.generic ins(%a, %b) outs(%zero)` over rows, columns and what is summed over. A transposed operand is read
by the order of its dimensions; a part of an array is copied first.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from iree.compiler import ir

from dsl import types
from dsl.frontend.emit.scalar_ops import cast, promote
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.kinds.array_creation import new_array
from dsl.frontend.kinds.ndarray import Array, View, as_view, tensor_of
from dsl.frontend.values.value import Scalar, Tensor
from dsl.passes.ir.limits import SMALL_ARRAY
from dsl.passes.ir.maps import Dims, sum_of_terms

from .numpy_arithmetic import copied


def is_whole(a: View, b: View, made: Sequence[Scalar], summed: Sequence[Scalar]) -> bool:
    """Whether a sum of products is one operation: of floats, of known size, and more than is written out."""
    if not all(size.is_constant for size in (*made, *summed)):
        return False
    dtype, _ = promote(Scalar(a.dtype, False), Scalar(b.dtype, False))
    if a.dtype.kind != "float" or b.dtype.kind != "float" or dtype not in (types.f32, types.f64):
        return False
    results, terms = (prod(size.constant for size in sizes) for sizes in (made, summed))
    return results * terms > 0 and (results > SMALL_ARRAY or terms > SMALL_ARRAY)


def contraction(m: Interpreter, a: View, b: View, a_dims: Dims, b_dims: Dims, made: Dims) -> Array:
    """The sum of the products of the elements of two arrays, whose axes are these dimensions of one space, over the
    dimensions that are no axis of the array that is made."""
    sizes = {d: size for view, dims in ((a, a_dims), (b, b_dims)) for d, size in zip(dims, view.sizes, strict=True)}
    dtype, _ = promote(Scalar(a.dtype, False), Scalar(b.dtype, False))
    is_summed = len(made) < len(sizes)
    # the product of two numbers is -0.0 + itself, whatever its sign
    result = new_array(m, dtype, [sizes[d] for d in made], Scalar(dtype, False, constant=0.0 if is_summed else -0.0))
    (x, x_dims), (y, y_dims) = _whole(m, a, a_dims), _whole(m, b, b_dims)
    builder, init = m.builder, m.builder.ssa(tensor_of(m, result))

    def product(elements: list[ir.Value]) -> ir.Value:
        with builder.inside(ir.InsertionPoint.current.block):
            pair = [cast(builder, Scalar(v.dtype, False, e), dtype, False) for v, e in zip((a, b), elements)]
            return builder.apply("arith.mulf", *map(builder.ssa, pair))

    with builder.context, builder.location, ir.InsertionPoint(builder.block):
        ssa = sum_of_terms([x, y], init, [x_dims, y_dims, made], product)
    result.slots["data"] = Tensor(dtype, result.shape, ssa)
    result.is_looped = True
    return result


def _whole(m: Interpreter, view: View, dims: Dims) -> tuple[ir.Value, Dims]:
    """The tensor that holds the elements of a view and nothing else, and the dimensions that its axes are."""
    if not _is_all_of_its_base(view):
        view = as_view(m, copied(m, view))
    axes = [k for k in view.axes if k is not None]
    return m.builder.ssa(tensor_of(m, view.base)), tuple(dims[k] for k in axes)


def _is_all_of_its_base(view: View) -> bool:
    known = all(x.is_constant for x in (*view.offsets, *view.strides))
    if not known or set(view.axes) != set(range(len(view.base.shape))) or len(view.sizes) != len(view.base.shape):
        return False
    starts = all(x.constant == 0 for x in view.offsets) and all(x.constant == 1 for x in view.strides)
    return starts and all(view.sizes[k].constant == n for k, n in zip(view.axes, view.base.shape))
