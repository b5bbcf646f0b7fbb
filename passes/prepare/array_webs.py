"""Which small arrays can become numbers (small_arrays.py): webs of tensors, and how their elements are named.

A *web* is a set of tensors that are versions of one array: what an insertion takes and gives, and what control flow and
derivatives hand on (operands, block arguments, what is yielded, results). It is replaced as a whole or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import Expr, is_float
from dsl.passes.ir.limits import COMPARED_ELEMENTS, SMALL_ARRAY
from dsl.passes.ir.slices import SLICES

visits = ops.Visitors()  # what an operation with regions hands on


def chosen_arrays(body: ir.Block) -> set[ir.Value]:
    """The tensors to replace: whole webs."""
    webs = _webs(body)
    compared = [tensor for tensor, _ in webs.open]
    unknown = [*webs.unknown, *(tensor for tensor in compared if count_of(tensor) > COMPARED_ELEMENTS)]
    unknown += [v for v in body.arguments if v in webs.parent and webs.is_in(v, compared)]
    chosen = {webs.find(v) for v in webs.wanted} - {webs.find(v) for v in unknown}
    return {v for v in webs.parent if webs.find(v) in chosen}


def open_accesses(body: ir.Block) -> list[list[Sequence[ir.Value]]]:
    """For each local array of floats that would become numbers if its places were known: those that are not."""
    webs = _webs(body)
    stays = {webs.find(v) for v in (*body.arguments, *webs.unknown) if v in webs.parent}
    found: dict[ir.Value, list[Sequence[ir.Value]]] = {}
    for tensor, indices in webs.open:
        if is_float(tensor.type) and webs.find(tensor) not in stays:
            found.setdefault(webs.find(tensor), []).append(indices)
    return list(found.values())


def _webs(body: ir.Block) -> _Webs:
    webs = _Webs()
    for op in edit.walk(body):
        if op.name in ("tensor.extract", "tensor.insert"):
            webs.access(op)
        elif op.name in ("linalg.generic", *SLICES):
            webs.unknown += [v for v in (*op.operands, *op.results) if _is_small(v)]
        elif len(op.regions) or _is_elementwise(op):
            for group in _handed_on(op):
                webs.link(group, is_carried=bool(len(op.regions)))
    return webs


class _Webs:
    """Sets of tensors, by union and find. `wanted` are members of webs that are worth replacing, `open` the accesses
    whose place is known only at run time, `unknown` members of webs that have to stay."""

    def __init__(self) -> None:
        self.parent: dict[ir.Value, ir.Value] = {}
        self.wanted: list[ir.Value] = []
        self.open: list[tuple[ir.Value, Sequence[ir.Value]]] = []
        self.unknown: list[ir.Value] = []

    def find(self, value: ir.Value) -> ir.Value:
        above = self.parent.setdefault(value, value)
        while above != value:
            self.parent[value] = self.parent[above]
            value, above = above, self.parent[above]
        return value

    def is_in(self, value: ir.Value, among: list[ir.Value]) -> bool:
        root = self.find(value)
        return any(self.find(other) == root for other in among)

    def link(self, group: Sequence[ir.Value], is_carried: bool) -> None:
        if _is_small(group[0]):
            root = self.find(group[0])
            for value in group[1:]:
                self.parent[self.find(value)] = root
            if is_carried:
                self.wanted.append(root)

    def access(self, op: ir.Operation) -> None:
        at = 0 if op.name == "tensor.extract" else 1
        tensor = op.operands[at]
        if not _is_small(tensor):
            return
        self.link([tensor] if at == 0 else [tensor, op.results[0]], is_carried=False)
        if at == 0:
            self.wanted.append(tensor)
        if flat_index(op, at) is None:
            self.open.append((tensor, list(op.operands)[at + 1 :]))


def _is_small(value: ir.Value) -> bool:
    kind = value.type
    return isinstance(kind, ir.RankedTensorType) and kind.has_static_shape and math.prod(kind.shape) <= SMALL_ARRAY


def _is_elementwise(op: ir.Operation) -> bool:
    """Whether an operation does the same with each element; a choice between whole arrays is such a one."""
    if not op.name.startswith(("arith.", "math.", "dsl.stop_gradient")) or not len(op.operands):
        return False
    return isinstance(op.results[0].type, ir.RankedTensorType)


def _handed_on(op: ir.Operation) -> Iterator[list[ir.Value]]:
    """The values that an operation hands on, each group one in different places of the program."""
    if not len(op.regions):
        yield [op.results[0], *(v for v in op.operands if isinstance(v.type, ir.RankedTensorType))]
        return
    blocks = edit.blocks(op)
    ends = [list(edit.terminator(block).operands) for block in blocks]
    columns: Iterable[Iterable[Sequence[ir.Value]]] = visits.get(op.name, _no_columns)(op, blocks, ends)
    for column in columns:
        yield from map(list, zip(*column, strict=True))


# What each operation with regions hands on, as columns: the k-th values of all columns of a group are one.


def _no_columns(op, blocks, ends):
    return []


@visits("scf.if")
def _if(op, blocks, ends):
    return [[op.results, *ends]]


@visits("scf.for")
def _for(op, blocks, ends):
    return [[list(op.operands)[3:], list(blocks[0].arguments)[1:], ends[0], op.results]]


@visits("scf.while")
def _while(op, blocks, ends):
    before, after = blocks
    return [[op.operands, before.arguments, ends[1]], [ends[0][1:], after.arguments, op.results]]


@visits("dsl.checkpoint")
def _checkpoint(op, blocks, ends):
    return [[op.operands, blocks[0].arguments], [ends[0], op.results]]


@visits("dsl.vjp")
def _vjp(op, blocks, ends):
    (block,), (returned,) = blocks, ends
    inputs, count = list(block.arguments), len(returned)
    wrt = list(ir.DenseI64ArrayAttr(op.attributes["wrt"]))
    return [
        [list(op.operands)[: len(inputs)], inputs], [returned, list(op.results)[:count]],
        [[inputs[k] for k in wrt], list(op.results)[count:]], [_floats(returned), list(op.operands)[len(inputs) :]],
    ]  # fmt: skip


@visits("dsl.jvp")
def _jvp(op, blocks, ends):
    (block,), (returned,) = blocks, ends
    inputs, count = list(block.arguments), len(returned)
    wrt = list(ir.DenseI64ArrayAttr(op.attributes["wrt"]))
    return [
        [list(op.operands)[: len(inputs)], inputs], [returned, list(op.results)[:count]],
        [[inputs[k] for k in wrt], list(op.operands)[len(inputs) :]], [_floats(returned), list(op.results)[count:]],
    ]  # fmt: skip


@visits("dsl.custom_vjp")
def _custom_vjp(op, blocks, ends):
    primal, forward, backward = blocks
    count, residuals = len(op.results), len(ends[1]) - len(op.results)
    given = list(backward.arguments)
    return [
        [op.operands, primal.arguments, forward.arguments], [op.results, ends[0], ends[1][:count]],
        [ends[1][count:], given[:residuals]], [_floats(op.results), given[residuals:]],
        [_floats(op.operands), ends[2]],
    ]  # fmt: skip


@visits("dsl.custom_jvp")
def _custom_jvp(op, blocks, ends):
    primal, tangent = blocks
    inputs, count = len(op.operands), len(op.results)
    given = list(tangent.arguments)
    return [
        [op.operands, primal.arguments, given[:inputs]], [op.results, ends[0], ends[1][:count]],
        [_floats(op.operands), given[inputs:]], [_floats(op.results), ends[1][count:]],
    ]  # fmt: skip


@visits("dsl.custom_root")
def _custom_root(op, blocks, ends):
    """The unknowns are numbers; parameters may be arrays."""
    solve, residual, _ = blocks
    return [[op.operands, solve.arguments, list(residual.arguments)[len(op.results) :]]]


def _floats(values: Iterable[ir.Value]) -> list[ir.Value]:
    return [v for v in values if is_float(v.type)]


# elements


def count_of(tensor: ir.Value) -> int:
    return math.prod(ir.RankedTensorType(tensor.type).shape)


def flat_index(op: ir.Operation, at: int) -> int | None:
    """Which element, counted by rows, an access names: None where that is not known or there is none."""
    tensor, *indices = list(op.operands)[at:]
    flat = 0
    for index, extent in zip(indices, ir.RankedTensorType(tensor.type).shape, strict=True):
        known = _known(index)
        if known is None or not 0 <= known < extent:
            return None
        flat = flat * extent + known
    return flat


def _known(index: ir.Value) -> int | None:
    maker = edit.defining_op(index)
    if maker is None or maker.name != "arith.constant":
        return None
    return ir.IntegerAttr(maker.attributes["value"]).value


def index_of(op: ir.Operation, at: int) -> Expr:
    """The number of the element that an access names, counted by rows; an integer as the program has it, if it can be:
    comparisons of that with a constant are among others of the program, which may be the same."""
    tensor, *indices = list(op.operands)[at:]
    makers = [edit.defining_op(index) for index in indices]
    if all(maker is not None and maker.name in ("arith.index_cast", "arith.constant") for maker in makers):
        numbers = [maker.operands[0] if len(maker.operands) else _known(maker.results[0]) for maker in makers if maker]
    else:
        numbers = indices
    flat: Expr | int = 0
    for number, extent in zip(numbers, ir.RankedTensorType(tensor.type).shape, strict=True):
        place = number if isinstance(number, int) else Expr(number)
        flat = flat * extent + place if flat != 0 else place
    assert isinstance(flat, Expr)  # else the place is known
    return flat
