"""What the reverse of a stencil adds to several neighbours is added to one neighbour after the other.

Before: `for %j { %g = load %b[%j]; %a[%j - 1] += %g; %a[%j] += %g; %a[%j + 1] += %g }`, where each iteration waits for
the one before it.
After: three loops, each of which LLVM computes several iterations of at once.

That pays where the loop goes along the rows: there neighbours are what one iteration writes and the next one reads,
and a vector holds the elements of several iterations. A loop that goes from row to row never comes to its neighbours,
and each of its parts would read every row again.

The order of what is added to an element changes, so this is for adjoints alone, whose sums have no order that a program
could ask for. Sound where nothing else in the loop touches an element that is added to, and what the loop overwrites
was read before in the same iteration and in no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from iree.compiler import ir
from iree.compiler.dialects import arith

from dsl.passes.ir import edit, ops
from dsl.passes.ir.affine import linear
from dsl.passes.ir.limits import FISSION_TURNS
from dsl.passes.ir.locations import parts

from .accesses import ACCESSES, place_of


@dataclass
class Sum:
    """`%a[place] += term`."""

    load: ir.Operation
    store: ir.Operation

    @property
    def place(self) -> list[ir.Value]:
        return place_of(self.load)


@dataclass
class Body:
    """The operations of a loop."""

    sums: list[Sum] = field(default_factory=list)
    reads: list[ir.Operation] = field(default_factory=list)
    writes: list[ir.Operation] = field(default_factory=list)


def distribute(func) -> None:
    """Split the loops of a function on memory."""
    for op in list(edit.walk(func)):
        if op.name == "scf.for" and _may_be_split(op):
            body = _sorted(op)
            if body is None:
                continue
            groups = _groups(body.sums, op.regions[0].blocks[0].arguments[0])
            if len(groups) > 1 and _is_sound(op, body):
                _split(op, body, groups)


def _may_be_split(op) -> bool:
    inside = edit.operations(op.regions[0].blocks[0])
    turns = edit.constant_range(op)
    return (
        not len(op.results)
        and edit.steps_by_one(op)  # else they could not be gone through the other way round
        and all(inner.name in ops.POLYNOMIAL or inner.name in ACCESSES for inner in inside[:-1])
        and (turns is None or len(turns) >= FISSION_TURNS)
    )


def _sorted(op) -> Body | None:
    """Sums, other reads and other writes; None where a sum is not an adjoint's."""
    body, of_sums = Body(), []
    inside = edit.operations(op.regions[0].blocks[0])
    for inner in inside:
        if inner.name == "memref.store" and (found := _sum(inner)) is not None:
            if "adjoint" not in parts(inner.location):
                return None
            body.sums.append(found)
            of_sums += [found.load, found.store]
    rest = [inner for inner in inside if not any(inner == mine for mine in of_sums)]
    body.reads = [inner for inner in rest if inner.name == "memref.load"]
    body.writes = [inner for inner in rest if inner.name == "memref.store"]
    return body


def _sum(store) -> Sum | None:
    add = edit.defining_op(store.operands[0])
    if add is None or add.name != "arith.addf" or len(list(add.results[0].uses)) > 1:
        return None
    for operand in add.operands:
        load = edit.defining_op(operand)
        if load is not None and load.name == "memref.load" and load.block == store.block:
            if place_of(load) == place_of(store) and len(list(load.results[0].uses)) == 1:
                return Sum(load, store)
    return None


def _groups(sums: list[Sum], turn: ir.Value) -> list[list[Sum]]:
    """Sums that may share a loop: none of them a few elements beside another in a row that `turn` goes along."""
    groups: list[list[Sum]] = []
    for one in sums:
        group = next((g for g in groups if not any(_beside(one, other, turn) for other in g)), None)
        groups.append([one]) if group is None else group.append(one)
    return groups


def _beside(one: Sum, other: Sum, turn: ir.Value) -> bool:
    a, b = one.place, other.place
    if a[:-1] != b[:-1] or len(a) == 1 or linear(a[-1]).terms.get(turn) not in (1, -1):
        return False
    shift = linear(a[-1]) - linear(b[-1])
    return not shift.terms and shift.constant != 0


def _is_sound(op, body: Body) -> bool:
    turn = op.regions[0].blocks[0].arguments[0]
    for one in body.sums:
        for access in (*body.reads, *body.writes):
            place = place_of(access)
            if place[0] == one.place[0] and not _apart(place[1:], one.place[1:], turn):
                return False
    for write in body.writes:
        place = place_of(write)
        if not any(linear(index).terms.get(turn) in (1, -1) for index in place[1:]):
            return False
        for other in (*body.reads, *body.writes):
            if other == write:
                continue
            there = place_of(other)
            same = there == place and other.name == "memref.load" and _is_before(other, write)
            if there[0] == place[0] and not same and not _apart(there[1:], place[1:], turn):
                return False
    return True


def _apart(one: list, other: list, turn) -> bool:
    """Whether two places differ, also in different iterations."""
    for a, b in zip(one, other, strict=True):
        first, second = linear(a), linear(b)
        if turn in first.terms or turn in second.terms:
            continue
        difference = first - second
        if (not difference.terms and difference.constant) or _exchanged(a, b):
            return True
    return False


def _exchanged(a, b) -> bool:
    """Whether two values are carried by one loop, began as different constants, and only change places."""
    if a == b or not all(isinstance(v.owner, ir.Block) for v in (a, b)) or a.owner != b.owner:
        return False
    loop = a.owner.owner.operation
    if loop.name != "scf.for":
        return False
    carried, starts = list(a.owner.arguments)[1:], list(loop.operands)[3:]
    yielded = list(edit.terminator(a.owner).operands)
    group = [k for k, value in enumerate(carried) if value in (a, b)]
    swapped = [yielded[k] for k in group] == [carried[k] for k in reversed(group)]
    kept = [yielded[k] for k in group] == [carried[k] for k in group]
    first = linear(starts[group[0]]) - linear(starts[group[1]]) if len(group) == 2 else None
    return first is not None and not first.terms and first.constant != 0 and (swapped or kept)


def _is_before(a, b) -> bool:
    inside = edit.operations(a.block)
    return inside.index(a) < inside.index(b)


def _split(op, body: Body, groups: list[list[Sum]]) -> None:
    """One loop for each group, then one for the writes; what they compute of the same is computed again."""
    inside = edit.operations(op.regions[0].blocks[0])
    stores = [[one.store for one in group] for group in groups] + ([body.writes] if body.writes else [])
    positions = [{inside.index(store) for store in kept} for kept in stores]
    for kept in positions:
        with ir.InsertionPoint(op), op.location:
            copy = op.clone().operation
        copied = edit.operations(copy.regions[0].blocks[0])
        for k in set().union(*positions) - kept:
            copied[k].erase()
        _turn_round(copy)
    op.erase()


def _turn_round(op) -> None:
    """Run through the elements forwards: a reverse loop goes backwards, which LLVM likes less."""
    block = op.regions[0].blocks[0]
    turn = block.arguments[0]
    with edit.before(block.operations[0].operation):
        low, high, _ = list(op.operands)[:3]
        ends = arith.addi(low, arith.subi(high, arith.constant(turn.type, 1)))
        mirrored = arith.subi(ends, turn)
    turn.replace_all_uses_except(mirrored, mirrored.owner.operation)

