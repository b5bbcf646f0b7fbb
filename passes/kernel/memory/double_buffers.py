"""Loops that exchange whole arrays, as two buffers that are written in turn, move no elements.

Before: `scf.for iter_args(%a, %b) { ... scf.yield %b, %a }`, which in place would be three copies an iteration.
After: both arrays lie in one buffer with a slot for each, and the loop carries the slots' numbers: `scf.yield %j, %i`.

Which arrays change places is foreseen from what the body yields. It is checked when the body has been lowered, and
where the yielded arrays do not lie in exactly the slots of the bank, they are copied there, as without a bank.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from iree.compiler import ir
from iree.compiler.dialects import arith

from dsl.passes.ir import edit

from .buffers import TensorBuffer, copy, tensors_of


@dataclass
class Bank:
    """A buffer for the tensors at some positions of a loop's carried values, with the slot that each has at first and,
    from `enter` on, inside the body."""

    buffer: ir.Value
    start: dict[int, ir.Value]
    inside: dict[int, ir.Value] = field(default_factory=dict)

    def enter(self, block, location) -> dict[int, TensorBuffer]:
        """Add arguments for the slots; the places of the tensors in the block, by position."""
        index = ir.IndexType.get()
        self.inside = {k: block.add_argument(index, location) for k in self.start}
        return self.places(self.inside)

    def places(self, slots: dict[int, ir.Value]) -> dict[int, TensorBuffer]:
        return {k: TensorBuffer(self.buffer, slot) for k, slot in slots.items()}

    def holds(self, places: list[TensorBuffer]) -> bool:
        """Whether these are the bank's own places, each once."""
        if any(place.slot is None or place.buffer != self.buffer for place in places):
            return False
        return {place.slot for place in places} == set(self.inside.values())


def fill_bank(sources: dict[int, TensorBuffer], type, new_place) -> Bank:
    """A bank holding copies of tensors of one type, by position."""
    shape = [len(sources), *type.shape]
    buffer = new_place(ir.RankedTensorType.get(shape, type.element_type, loc=ir.Location.current)).buffer
    bank = Bank(buffer, {k: arith.constant(ir.IndexType.get(), slot) for slot, k in enumerate(sources)})
    for k, place in bank.places(bank.start).items():
        copy(sources[k], place, type)
    return bank


def exchanged(block, offset: int) -> list[list[int]]:
    """Positions of tensors that a loop's body seems to hand on in each other's places, in groups of one type.

    `offset` is the number of the block's argument for position 0.
    """
    yielded = tensors_of(edit.terminator(block).operands)
    source = {k: _source(value, block) for k, value in yielded.items()}
    source = {k: None if s is None else s - offset for k, s in source.items()}
    groups, seen = [], set()
    for first in yielded:
        cycle, k = [], first
        while k in source and k not in seen:
            seen.add(k)
            cycle.append(k)
            k = source[k]
        types = {str(yielded[member].type) for member in cycle}
        if k == first and len(cycle) > 1 and len(types) == 1:
            groups.append(sorted(cycle))
    return groups


def _source(value: ir.Value, block) -> int | None:
    """The number of the block's argument that this tensor seems to be an updated version of."""
    while not isinstance(value.owner, ir.Block):
        op = value.owner.operation
        if op.name == "tensor.insert":
            value = op.operands[1]
        elif op.name == "scf.for":
            value = op.operands[3 + ir.OpResult(value).result_number]
        elif op.name == "scf.if":
            value = edit.terminator(op.regions[0].blocks[0]).operands[ir.OpResult(value).result_number]
        elif op.name == "scf.while":
            passed = edit.terminator(op.regions[0].blocks[0]).operands[1 + ir.OpResult(value).result_number]
            number = _source(passed, op.regions[0].blocks[0])
            if number is None:
                return None
            value = op.operands[number]
        else:
            return None
    return ir.BlockArgument(value).arg_number if value.owner == block else None
