"""Whole-array operations: `linalg.generic` on tensors, read and written.

    %r = linalg.generic {indexing_maps = [(i,j,k)->(i,k), (i,j,k)->(k,j), (i,j,k)->(i,j)], ...}
             ins(%a, %b) outs(%init) { ^bb0(%x, %y, %sum): %p = mulf %x, %y; %s = addf %sum, %p; linalg.yield %s }

An index space, for each operand the dimensions of the space that index it, and a *term* made of one element of each
input: the terms at all indices are added to the elements of `init` that they belong to. The dimensions that do not
index the result are summed over. That is all the language makes of `linalg.generic`, and what every pass may rely on:
each axis of an operand is one dimension of the space, each dimension is an axis of some operand, and the region uses
its arguments and constants only. An input may be a number, which no dimension indexes.

Where nothing is summed over and the region yields the term itself, without an element of `init`, which is
`tensor.empty` then, the result is an elementwise function of the inputs: a *map*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from iree.compiler import ir

from . import edit
from .expr import element_type, emit
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
            if dims:
                found.update(zip(dims, ir.ShapedType(operand.type).shape, strict=True))
        return [found[d] for d in range(len(found))]

    @property
    def summed(self) -> list[int]:
        """The dimensions that are summed over."""
        return [d for d in range(len(self.extents)) if d not in self.result_map]

    @cached_property
    def start(self) -> ir.Attribute | None:
        """The number that all elements of `init` are, where that is a constant."""
        maker = edit.defining_op(self.init)
        if maker is None:
            return None
        if maker.name == "tensor.splat":
            maker = edit.defining_op(maker.operands[0])
            return maker.attributes["value"] if maker is not None and maker.name == "arith.constant" else None
        if maker.name != "arith.constant":
            return None
        elements = ir.DenseElementsAttr(maker.attributes["value"])
        return elements.get_splat_value() if elements.is_splat else None

    @property
    def starts_at_zero(self) -> bool:
        """Whether what is added to is zero, so that the first term is the sum."""
        number = self.start
        if isinstance(number, ir.FloatAttr | ir.IntegerAttr | ir.BoolAttr):
            return number.value == 0
        return False

    @cached_property
    def is_map(self) -> bool:
        """Whether each element of the result is a term, to which nothing is added."""
        return next(iter(self.body.arguments[len(self.body.arguments) - 1].uses), None) is None

    @cached_property
    def term(self) -> ir.Value:
        """What is added to an element of the result, or is it."""
        (total,) = edit.terminator(self.body).operands
        if self.is_map:
            return total
        maker, so_far = edit.defining_op(total), self.body.arguments[len(self.body.arguments) - 1]
        if maker is not None and maker.name in ("arith.addf", "arith.addi"):
            first, second = maker.operands
            if so_far in (first, second):
                return second if first == so_far else first
        raise refusal(self.op, "a whole-array operation that is no sum of terms")

    def steps(self) -> list[ir.Operation]:
        """The operations that make the term."""
        inside, total = edit.operations(self.body)[:-1], edit.terminator(self.body).operands[0]
        return inside if self.is_map else [op for op in inside if op.results[0] != total]

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

    def total(elements: list[ir.Value], so_far: ir.Value) -> ir.Value:
        added = term(elements)
        name = "arith.addf" if isinstance(added.type, ir.FloatType) else "arith.addi"
        return emit(name, [so_far, added], [so_far.type]).result

    return _generic([*inputs, init], maps, total)


def map_of(
    inputs: Sequence[ir.Value], made: ir.Type, maps: Sequence[Dims], term: Callable[[list[ir.Value]], ir.Value]
) -> ir.Value:
    """A map, at the insertion point: the array of that type whose elements are the terms."""
    init = emit("tensor.empty", [], [made]).result
    return _generic([*inputs, init], maps, lambda elements, _: term(elements))


def _generic(operands: list[ir.Value], maps: Sequence[Dims], region: Callable) -> ir.Value:
    kinds = [element_type(v.type) for v in operands]
    op = ir.Operation.create(
        GENERIC, results=[operands[-1].type], operands=operands, regions=1, attributes=attributes(maps)
    )  # fmt: skip
    block = ir.Block.create_at_start(op.regions[0], kinds, [ir.Location.current] * len(kinds))
    with ir.InsertionPoint(block):
        *elements, so_far = block.arguments
        emit(YIELD, [region(elements, so_far)])
    return op.results[0]


def keep_sums(func: ir.Operation) -> None:
    """MLIR's canonicalizer makes a difference of a sum with a negated term. It is a sum again."""
    for op in [op for op in edit.walk(edit.entry_block(func)) if op.name == GENERIC]:
        body = edit.entry_block(op)
        maker = edit.defining_op(edit.terminator(body).operands[0])
        if maker is not None and maker.name == "arith.subf":
            so_far, subtracted = maker.operands
            if so_far == body.arguments[len(body.arguments) - 1]:
                with edit.before(maker):
                    negative = emit("arith.negf", [subtracted], [subtracted.type]).result
                    total = emit("arith.addf", [so_far, negative], [so_far.type]).result
                maker.results[0].replace_all_uses_with(total)
                maker.erase()


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
