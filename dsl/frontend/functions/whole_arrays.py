"""Elementwise functions of arrays as one operation on whole arrays (passes/ir/maps.py).

Before: `np.tanh(x[:, :64] + b)` of arrays whose sizes are known, with more elements than are written out.
After: `linalg.generic ins(%x, %b) outs(%empty)` over the axes of the result, whose region is the function. What a view
names of its base is a `tensor.extract_slice`; an axis of one element that is broadcast is left out.

Sound because tensors are values: an operation reads the elements that its arrays have now, whatever is written to them
later, through whatever view. A function that does more than compute (it may fail, branches or prints) stays a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from iree.compiler import ir

from dsl.frontend.emit.scalar_ops import cast
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.kinds.array_creation import new_array
from dsl.frontend.kinds.ndarray import Array, View, as_index, as_view, is_array, tensor_of
from dsl.frontend.values.value import Scalar, Tensor, Value
from dsl.passes.ir import ops
from dsl.passes.ir.limits import SMALL_ARRAY
from dsl.passes.ir.maps import Dims, map_of, sum_of_terms
from dsl.passes.ir.slices import Slice
from dsl.types import DType


def elementwise_operation(
    m: Interpreter, function: Callable, operands: Sequence[Any], sizes: Sequence[Scalar]
) -> Array | None:
    """The array of `function(*elements)` at every index; None where that is no single operation."""
    if not all(s.is_constant for s in sizes) or prod(s.constant for s in sizes) <= SMALL_ARRAY:
        return None
    if not all(_can_be_read(as_view(m, x)) for x in operands if is_array(x)):
        return None
    b = m.builder
    may_fail, effects, mark = b.may_fail, b.effects, len(b.holders)
    with b.aside(*[b.scalar_types[x.dtype] for x in operands if is_array(x)]) as block:
        before, arguments = m.store.begin(), iter(block.arguments)
        found = function(*[Scalar(x.dtype, False, next(arguments)) if is_array(x) else x for x in operands])
        m.store.take_back(before)
        term = b.ssa(found)
    computes = b.effects == effects and all(_only_computes(op.operation) for op in block.operations)
    b.may_fail, b.effects = may_fail, effects
    made = _operation(m, found, block, term, operands, sizes) if computes else None
    for op in reversed(list(block.operations)):
        op.operation.erase()
    b.discard(mark)
    return made


def sum_operation(m: Interpreter, view: View, axes: Sequence[int], dtype: DType) -> Value | None:
    """The sum over some axes, of that type: a number where none is left. None where that is no single operation."""
    if not _can_be_read(view) or prod(s.constant for s in view.sizes) <= SMALL_ARRAY:
        return None
    b, rank = m.builder, len(view.sizes)
    left = [k for k in range(rank) if k not in axes]
    tensor, dims = slice_of(m, view, rank)
    # the axes of the result come first in the space, then those that are summed over
    number = {k: n for n, k in enumerate([*left, *(k for k in dims if k in axes)])}
    sizes = [view.sizes[k] for k in left]
    made = new_array(m, dtype, sizes, Scalar(dtype, False, constant=0.0 if dtype.kind == "float" else 0))

    def body(elements: list[ir.Value]) -> ir.Value:
        with b.inside(ir.InsertionPoint.current.block):
            return b.ssa(cast(b, Scalar(view.dtype, False, elements[0]), dtype, False))

    init = b.ssa(tensor_of(m, made))
    with b.context, b.location, ir.InsertionPoint(b.block):
        ssa = sum_of_terms([tensor], init, [tuple(number[k] for k in dims), tuple(range(len(left)))], body)
    if not left:
        return Scalar(dtype, False, b.apply("tensor.extract", ssa, result=b.scalar_types[dtype]))
    made.slots["data"] = Tensor(dtype, made.shape, ssa)
    made.is_looped |= prod(made.shape) > SMALL_ARRAY
    return made


def _can_be_read(view: View) -> bool:
    """Whether the elements of a view are a slice of its base."""
    return all(s.is_constant for s in view.sizes) and all(s.is_constant and s.constant > 0 for s in view.strides)


def _only_computes(op: ir.Operation) -> bool:
    return not len(op.regions) and len(op.results) == 1 and ops.row(op).pure and ops.may_run_anywhere(op) and not any(
        isinstance(x.type, ir.ShapedType) for x in op.operands)


def _operation(m: Interpreter, found: Scalar, block: ir.Block, term: ir.Value, operands, sizes) -> Array:
    b, rank = m.builder, len(sizes)
    read = [slice_of(m, as_view(m, x), rank) for x in operands if is_array(x)]
    around = _captured(block, term)
    inputs = [*(tensor for tensor, _ in read), *around]
    maps = [*(dims for _, dims in read), *[()] * len(around), tuple(range(rank))]

    def body(elements: list[ir.Value]) -> ir.Value:
        here = ir.InsertionPoint.current.block
        names = dict(zip([*block.arguments, *around], elements, strict=True))
        for op in list(block.operations):
            copy = op.operation.clone(ip=False)
            for k, operand in enumerate(op.operands):
                copy.operands[k] = names.get(operand, operand)
            here.append(copy)
            names[op.operation.results[0]] = copy.results[0]
        return names[term]

    made = Array(m.store, found.dtype, tuple(s.constant for s in sizes), is_looped=True)
    kind = ir.RankedTensorType.get(made.shape, b.scalar_types[found.dtype], loc=b.unknown)
    with b.context, b.location, ir.InsertionPoint(b.block):
        made.slots["data"] = Tensor(found.dtype, made.shape, map_of(inputs, kind, maps, body))
    return made


def _captured(block: ir.Block, term: ir.Value) -> list[ir.Value]:
    """The values from around a block that it uses."""
    inside = {*block.arguments, *(op.results[0] for op in block.operations)}
    used = [operand for op in block.operations for operand in op.operands]
    return [x for x in dict.fromkeys([*used, term]) if x not in inside]


def slice_of(m: Interpreter, view: View, rank: int) -> tuple[ir.Value, Dims]:
    """The tensor that holds the elements of a view, and the axes of a result of that rank that its axes are."""
    tensor, shape = m.builder.ssa(tensor_of(m, view.base)), view.base.shape
    kept = [k for k, axis in enumerate(view.axes) if axis is not None and view.sizes[axis].constant != 1]
    dims = tuple(rank - len(view.sizes) + view.axes[k] for k in kept)
    sizes = [view.sizes[view.axes[k]].constant if k in kept else 1 for k in range(len(shape))]
    is_whole = list(sizes) == list(shape) and len(kept) == len(shape)
    if is_whole and all(x.is_constant and x.constant == 0 for x in view.offsets):
        return tensor, dims
    return _extracted(m, tensor, view, sizes), dims


def _extracted(m: Interpreter, tensor: ir.Value, view: View, sizes: list[int]) -> ir.Value:
    offsets = tuple(x.constant if x.is_constant else as_index(m, x) for x in view.offsets)
    part = Slice(offsets, tuple(sizes), tuple(s.constant for s in view.strides))
    with m.builder.context, m.builder.location, ir.InsertionPoint(m.builder.block):
        return part.extract(tensor)
