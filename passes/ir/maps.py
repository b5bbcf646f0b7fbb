"""Whole-array operations: `linalg.generic` on tensors, read and written.

    %r = linalg.generic {indexing_maps = [(i,j,k)->(i,k), (i,j,k)->(k,j), (i,j,k)->(i,j)], ...}
             ins(%a, %b) outs(%init) { ^bb0(%x, %y, %sum): %p = mulf %x, %y; %s = addf %sum, %p; linalg.yield %s }

An index space, for each operand the dimensions of the space that index it, and a *term* made of one element of each
input: the terms at all indices are added to the elements of `init` that they belong to. The dimensions that do not
index the result are summed over. That is all the language makes of `linalg.generic`, and what every pass may rely on:
each axis of an operand is one dimension of the space, each dimension is an axis of some operand, and the region uses
its arguments and constants only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from iree.compiler import ir

from . import edit
from .expr import emit
from .refusals import refusal

GENERIC, YIELD = "linalg.generic", "linalg.yield"

Dims = tuple[int, ...]


@dataclass(frozen=True)
class SumOfTerms:
    """One such operation. `maps` are the dimensions that index each input, and last the result."""

    op: ir.Operation

    @property
    def inputs(self) -> list[ir.Value]:
        return list(self.op.operands)[:-1]

    @property
    def init(self) -> ir.Value:
        return self.op.operands[len(self.op.operands) - 1]

    @property
    def body(self) -> ir.Block:
        return edit.entry_block(self.op)

    @cached_property
    def maps(self) -> list[Dims]:
        maps = [ir.AffineMapAttr(a).value for a in ir.ArrayAttr(self.op.attributes["indexing_maps"])]
        return [tuple(ir.AffineDimExpr(e).position for e in m.results) for m in maps]

    @property
    def result_map(self) -> Dims:
        return self.maps[-1]

    @cached_property
    def extents(self) -> list[int]:
        """The size of each dimension of the index space."""
        found: dict[int, int] = {}
        for operand, dims in zip(self.op.operands, self.maps, strict=True):
            found.update(zip(dims, ir.ShapedType(operand.type).shape, strict=True))
        return [found[d] for d in range(len(found))]

    @property
    def summed(self) -> list[int]:
        """The dimensions that are summed over."""
        return [d for d in range(len(self.extents)) if d not in self.result_map]

    @cached_property
    def term(self) -> ir.Value:
        """What is added to an element of the result."""
        (total,) = edit.terminator(self.body).operands
        maker, so_far = edit.defining_op(total), self.body.arguments[len(self.body.arguments) - 1]
        if maker is not None and maker.name in ("arith.addf", "arith.addi"):
            first, second = maker.operands
            if so_far in (first, second):
                return second if first == so_far else first
        raise refusal(self.op, "a whole-array operation that is no sum of terms")

    def steps(self) -> list[ir.Operation]:
        """The operations that make the term."""
        return [op for op in edit.operations(self.body)[:-1] if op.results[0] != edit.terminator(self.body).operands[0]]

    def term_of(self, elements: Sequence[ir.Value]) -> tuple[ir.Value, list[ir.Operation]]:
        """The term of other elements, made at the insertion point, and the operations that make it."""
        names = dict(zip(list(self.body.arguments)[:-1], elements, strict=True))
        copies = []
        for op in self.steps():
            copy = op.clone()
            for k, operand in enumerate(op.operands):
                copy.operands[k] = names.get(operand, operand)
            names.update(zip(op.results, copy.results, strict=True))
            copies.append(copy)
        return names[self.term], copies


def sum_of_terms(
    inputs: Sequence[ir.Value], init: ir.Value, maps: Sequence[Dims], term: Callable[[list[ir.Value]], ir.Value]
) -> ir.Value:
    """The operation, at the insertion point; `term(elements)` makes the term in its region."""
    operands = [*inputs, init]
    kinds = [ir.ShapedType(v.type).element_type for v in operands]
    op = ir.Operation.create(
        GENERIC, results=[init.type], operands=operands, regions=1, attributes=attributes(maps)
    )  # fmt: skip
    block = ir.Block.create_at_start(op.regions[0], kinds, [ir.Location.current] * len(kinds))
    with ir.InsertionPoint(block):
        *elements, so_far = block.arguments
        added = term(elements)
        name = "arith.addf" if isinstance(added.type, ir.FloatType) else "arith.addi"
        emit(YIELD, [emit(name, [so_far, added], [so_far.type]).result])
    return op.results[0]


def attributes(maps: Sequence[Dims]) -> dict[str, ir.Attribute]:
    """What tells the index space, from the dimensions that index each input and last the result."""
    rank = 1 + max((d for dims in maps for d in dims), default=-1)
    affine = [ir.AffineMap.get(rank, 0, [ir.AffineExpr.get_dim(d) for d in dims]) for dims in maps]
    kinds = ["parallel" if d in maps[-1] else "reduction" for d in range(rank)]
    return {
        "indexing_maps": ir.ArrayAttr.get([ir.AffineMapAttr.get(m) for m in affine]),
        "iterator_types": ir.ArrayAttr.get([ir.Attribute.parse(f"#linalg.iterator_type<{kind}>") for kind in kinds]),
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([len(maps) - 1, 1]),
    }
