"""What the adjoint reads of the primal: stored, or computed again.

While the adjoint is written it asks for primal values through placeholders. Here each loop, innermost first, decides
how to come by the values its reverse asked for: a minimum cut through the dependences of its body (`mincut`) chooses
what each iteration pushes on the tape, and the rest is recomputed from it by cheap operations. Loop invariants and
induction variables cost nothing. Values made inside a branch leave it as additional results, the two branches sharing
a result where types allow. Outside loops nothing needs a tape: values are in sight, or leave their branch.
"""

from __future__ import annotations

from collections.abc import Sequence

from iree.compiler import ir

from dsl.passes.autodiff.scopes import Loop, Scope
from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import emit, is_tensor
from dsl.passes.ir.refusals import refusal

from . import overwrites, snapshots
from .mincut import INFINITE, minimum_cut


def resolve(top: Scope, loops: Sequence[tuple[Loop, ir.Operation]], tape: str) -> None:
    """Replace every placeholder of the adjoint. `loops`: the reversed loops, inner ones before those around them."""
    roots = [_Root(loop) for loop, _ in loops]
    for root in roots:
        root.materialize()
    ground = _Root(top)
    ground.materialize()
    for site, root in enumerate(roots):
        root.store_on_tape(tape, site)
    ground.store_in_results()
    for root in [*roots, ground]:
        for scope in root.scope.members:
            scope.anchor.erase()


class _Root:
    """A loop body (or the whole function) with the branches in it: the unit in which values are stored."""

    def __init__(self, scope: Scope):
        self.scope = scope
        self.ready: dict[ir.Value, ir.Value] = {}
        self.formulas = scope.formulas if isinstance(scope, Loop) else {}
        self.stored: set[ir.Value] = set()
        self.unwritten: dict[ir.Value, bool] = {}  # whether an array keeps its contents until the reverse
        self.holes: list[ir.Operation] = []  # placeholders in the adjoint, numbered as the `dsl.keep`s in the primal

    def materialize(self) -> None:
        wanted = [(scope, value, hole) for scope in self.scope.members for value, hole in scope.needed.items()]
        if not wanted:
            return
        values = [value for _, value, _ in wanted]
        self.stored = self._choose(values) if isinstance(self.scope, Loop) else set(values)
        for scope, value, hole in wanted:
            hole.results[0].replace_all_uses_with(self.available(scope, value))
            hole.erase()

    # choice

    def _choose(self, needed: list[ir.Value]) -> set[ir.Value]:
        costs, dependences, given = {}, {}, []
        todo = list(needed)
        while todo:
            value = todo.pop()
            if value in costs:
                continue
            costs[value] = self._cost(value)
            sources = self._sources(value)
            if sources is None:
                given.append(value)
            else:
                dependences[value] = sources
                todo.extend(sources)
        cut = minimum_cut(costs, dependences, given, set(needed))
        if cut is None:
            culprit = next(v for v in needed if self._cost(v) >= INFINITE)
            raise refusal(
                edit.defining_op(culprit) or culprit.owner.owner,
                "the derivative would have to store a whole array here",
            )
        return cut

    def _cost(self, value: ir.Value) -> int:
        bytes_ = snapshots.size(value.type)
        return INFINITE if bytes_ is None else bytes_

    def _sources(self, value: ir.Value) -> list[ir.Value] | None:
        """What the value can be recomputed from within this root; None when it can only be stored."""
        if value in self.formulas:
            return []
        op = edit.defining_op(value)
        if op is None or not self._is_cheap(op):
            return None
        return [x for x in op.operands if self._is_inside(x)]

    def _is_cheap(self, op: ir.Operation) -> bool:
        """Whether the adjoint may compute the operation again."""
        known = ops.row(op)
        if known.reads is not None:
            tensor = op.operands[known.reads]
            if tensor not in self.unwritten:
                self.unwritten[tensor] = overwrites.is_never_written(tensor, self.scope)
            return self.unwritten[tensor]
        return known.cheap

    def _is_inside(self, value: ir.Value) -> bool:
        op = edit.defining_op(value)
        if op is not None and op.name == "arith.constant":
            return False
        return self._member(value) is not None

    def _member(self, value: ir.Value) -> Scope | None:
        return next((scope for scope in self.scope.members if scope.owns(value)), None)

    # making values available

    def available(self, scope: Scope, value: ir.Value) -> ir.Value:
        """The value in the adjoint block of `scope`, the member that owns it."""
        todo = [(scope, value)]  # and what it is computed from, however long the chain
        while todo:
            owner, wanted = todo[-1]
            if wanted not in self.ready:
                if missing := self._missing(wanted):
                    todo.extend(reversed(missing))
                    continue
                self.ready[wanted] = self._made(owner, wanted)
            todo.pop()
        return self.ready[value]

    def _missing(self, value: ir.Value) -> list[tuple[Scope, ir.Value]]:
        """What has to be available before the value can be computed again, each with the member that owns it."""
        if value in self.formulas or value in self.stored:
            return []
        inside = [x for x in edit.defining_op(value).operands if x not in self.ready and self._is_inside(x)]
        return [(member, x) for x in inside if (member := self._member(x)) is not None]

    def _made(self, scope: Scope, value: ir.Value) -> ir.Value:
        if value in self.formulas:
            with ir.InsertionPoint(scope.anchor), scope.anchor.location:
                return self.formulas[value]()
        return self._keep(value) if value in self.stored else self._recompute(scope, value)

    def _keep(self, value: ir.Value) -> ir.Value:
        block = edit.defining_block(value)
        with edit.at_end(block), self.scope.anchor.location:
            emit("dsl.keep", [value], number=edit.number(len(self.holes)))
        with ir.InsertionPoint(self.scope.anchor), self.scope.anchor.location:
            hole = emit("dsl.stored", [], [value.type])
        self.holes.append(hole)
        return hole.results[0]

    def _recompute(self, scope: Scope, value: ir.Value) -> ir.Value:
        op = edit.defining_op(value)
        operands = [self._operand(scope, x) for x in op.operands]
        with ir.InsertionPoint(scope.anchor):
            copy = op.clone()
        for k, operand in enumerate(operands):
            copy.operands[k] = operand
        return copy.results[0]

    def _operand(self, scope: Scope, value: ir.Value) -> ir.Value:
        if value in self.ready:
            return self.ready[value]
        with ir.InsertionPoint(scope.anchor), scope.anchor.location:
            return scope.primal(value)

    # storing

    def store_on_tape(self, tape: str, site: int) -> None:
        """Push the stored values at the end of each iteration, pop them at the start of its reverse."""
        slots = _lift(self.scope.forward, self.holes)
        self._store_arrays([slot for slot in slots if is_tensor(slot[0])], tape, site)
        slots = [slot for slot in slots if not is_tensor(slot[0])]
        if not slots:
            return
        where = {"tape": ir.StringAttr.get(tape), "site": edit.number(site)}
        with edit.at_end(self.scope.forward), self.scope.anchor.location:
            emit("dsl.push", [value for value, _ in slots], **where)
        with edit.at_start(self.scope.block), self.scope.anchor.location:
            popped = emit("dsl.pop", [], [value.type for value, _ in slots], **where)
        for result, (_, holes) in zip(popped.results, slots, strict=True):
            _fill(holes, result)

    def _store_arrays(self, slots: list, tape: str, site: int) -> None:
        """Arrays are stored where they are made, each on a tape of its own."""
        for k, (value, holes) in enumerate(slots):
            where = {"tape": ir.StringAttr.get(f"{tape}.a{site}.{k}"), "site": edit.number(site)}
            with self.scope.anchor.location:
                snapshots.push(value, where)
                with edit.at_start(self.scope.block):
                    _fill(holes, snapshots.pop(ir.RankedTensorType(value.type), where))

    def store_in_results(self) -> None:
        """At function level a value that a branch made is one of its results."""
        for value, holes in _lift(self.scope.forward, self.holes):
            _fill(holes, value)


def _fill(holes: list[ir.Operation], value: ir.Value) -> None:
    for hole in holes:
        hole.results[0].replace_all_uses_with(value)
        hole.erase()


def _lift(block: ir.Block, holes: list[ir.Operation]) -> list[tuple[ir.Value, list[ir.Operation]]]:
    """The values kept in a block and in the branches inside, as values of the block, each with its placeholders."""
    slots: list[tuple[ir.Value, list[ir.Operation]]] = []
    for op in edit.operations(block):
        if op.name == "scf.if":
            slots += _lift_branch(op, holes)
    for op in edit.operations(block):
        if op.name == "dsl.keep":
            slots.append((op.operands[0], [holes[ir.IntegerAttr(op.attributes["number"]).value]]))
            op.erase()
    return slots


def _lift_branch(op: ir.Operation, holes) -> list[tuple[ir.Value, list[ir.Operation]]]:
    """Give an `scf.if` the kept values of its branches as results; one result serves a value of either branch."""
    arms = [_lift(block, holes) for block in edit.blocks(op)]
    if not any(arms):
        return []
    edit.ensure_else(op)
    pairs = _pair(arms[0], arms[1] if len(arms) > 1 else [])
    types = [(a or b)[0].type for a, b in pairs]
    for side, block in enumerate(edit.blocks(op)):
        final = edit.terminator(block)
        with ir.InsertionPoint(final), op.location:
            values = [pair[side][0] if pair[side] else edit.zero(t) for pair, t in zip(pairs, types, strict=True)]
        edit.append_operands(final, values)
    count = len(op.results)
    op = edit.rebuild(op, list(op.operands), [*(r.type for r in op.results), *types])
    merged = [[hole for side in pair if side for hole in side[1]] for pair in pairs]
    return list(zip(list(op.results)[count:], merged, strict=True))


def _pair(first: list, second: list) -> list[tuple]:
    """Pair slots of equal type from the two lists; None where one is left over."""
    left = list(second)
    pairs = []
    for slot in first:
        match = next((other for other in left if other[0].type == slot[0].type), None)
        if match is not None:
            left.remove(match)
        pairs.append((slot, match))
    return pairs + [(None, slot) for slot in left]
