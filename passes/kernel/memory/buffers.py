"""Where the elements of a tensor lie, and moving them: loops over elements (LLVM makes memcpy and memset of them)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from iree.compiler import ir
from iree.compiler.dialects import arith, memref, scf

from dsl.passes.ir.expr import extent, is_tensor
from dsl.passes.kernel import op_builder


def tensors_of(values) -> dict:
    """The tensors among values, by position."""
    return {k: v for k, v in enumerate(values) if is_tensor(v)}


def scalars_of(values) -> list:
    return [v for v in values if not is_tensor(v)]


@dataclass(frozen=True, eq=False)
class TensorBuffer:
    """A buffer of a tensor's own, or one `slot` (an index value) of a bank, a buffer of several tensors of one type."""

    buffer: ir.Value
    slot: ir.Value | None = None

    def __eq__(self, other) -> bool:
        if self.slot is None or other.slot is None:  # the bindings compare values with values only
            return self.buffer == other.buffer and self.slot is other.slot
        return self.buffer == other.buffer and self.slot == other.slot

    def __hash__(self) -> int:
        return hash((self.buffer, self.slot))

    def at(self, indices) -> list:
        return list(indices) if self.slot is None else [self.slot, *indices]

    def whole(self, type) -> ir.Value:
        """The memory of a tensor of this type, as a buffer of its shape."""
        if self.slot is None:
            return self.buffer
        dynamic, shape = ir.ShapedType.get_dynamic_size(), list(type.shape)
        strides = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
        layout = ir.StridedLayoutAttr.get(ir.ShapedType.get_dynamic_stride_or_offset(), strides)
        kind = ir.MemRefType.get(shape, ir.MemRefType(self.buffer.type).element_type, layout)
        starts, ones = [dynamic, *[0] * len(shape)], [1] * (1 + len(shape))
        return memref.SubViewOp(kind, self.buffer, [self.slot], [], [], starts, [1, *shape], ones).result

    def load(self, indices, type):
        return op_builder.load(self.buffer, self.at(indices), type)

    def store(self, value, indices) -> None:
        op_builder.store(value, self.buffer, self.at(indices))


def each_element(shape, body, indices=()) -> None:
    """Nest loops over `shape` and call body(indices) in the innermost."""
    if len(indices) == len(shape):
        body(list(indices))
        return
    index = ir.IndexType.get()
    zero, one = arith.constant(index, 0), arith.constant(index, 1)
    loop = scf.ForOp(zero, extent(shape[len(indices)]), one)
    with ir.InsertionPoint(loop.body):
        each_element(shape, body, (*indices, loop.induction_variable))
        scf.yield_([])


def copy(source: TensorBuffer, target: TensorBuffer, type) -> None:
    """Copy the elements of a tensor of this type."""

    def element(indices):
        memref.store(memref.load(source.buffer, source.at(indices)), target.buffer, target.at(indices))

    each_element(type.shape, element)


def fill(place: TensorBuffer, value, type) -> None:
    each_element(type.shape, lambda indices: place.store(value, indices))


def parallel_copy(moves, new_place) -> None:
    """Do all moves (source, target, type) as if at once: a source that is also a target is saved first."""
    moves = [move for move in moves if move[0] != move[1]]
    targets = [target for _, target, _ in moves]
    saved = {}
    for source, _, type in moves:
        if source in targets and source not in saved:
            saved[source] = new_place(type)
            copy(source, saved[source], type)
    for source, target, type in moves:
        copy(saved.get(source, source), target, type)
