"""A running maximum or minimum keeps the number of the iteration it came from; what won is computed after the loop.

Before: `%m = scf.for %i iter_args(%a = %m0) { %x = ...; %c = cmpf ogt, %x, %a; yield (select %c, %x, %a) }`.
After:  `%m, %w = scf.for %i iter_args(%a = %m0, %k = %none) { ...; yield (select %c, %x, %a), (select %c, %i, %k) }`
        `%r = scf.if %w != none { %x at %w } else { %m0 }`, and %r stands for %m.

The reverse of what was goes through all iterations and asks each of them whether it won; now nothing in the loop is
differentiated, and the reverse meets the winner alone. It is a choice among values: the program's own maximum is still
what the loop compares with.

Sound because %x depends on the iteration's number alone, and on values from outside of the loop: computed again from
the same operands it is the same number. Its operations have no effect, and run only for a number for which they ran.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import Expr, emit, is_float, is_tensor


def keep_winners(block: ir.Block) -> None:
    """Rewrite the loops of a block, inner ones first."""
    for op in edit.operations(block):
        for inner in edit.blocks(op):
            keep_winners(inner)
        if op.name == "scf.for":
            for position in range(len(op.results)):
                choice = _choice(op, position)
                if choice is not None and (steps := _slice(op, choice[1])) is not None:
                    op = _keep(op, position, choice, steps)


def _choice(loop: ir.Operation, position: int) -> tuple[ir.Value, ir.Value, bool] | None:
    """(condition, candidate, whether the condition chooses the candidate) of a carried float that is either kept or
    replaced, and whose derivative nothing else in the loop can ask for."""
    body = edit.entry_block(loop)
    carried, result = body.arguments[position + 1], loop.results[position]
    chosen = edit.defining_op(edit.terminator(body).operands[position])
    if not is_float(carried.type) or is_tensor(carried) or chosen is None or chosen.name != "arith.select":
        return None
    if edit.defining_block(chosen.results[0]) != body or next(iter(result.uses), None) is None:
        return None
    condition, yes, no = chosen.operands
    if carried not in (yes, no) or yes == no:
        return None
    users = [use.owner.operation for use in (*carried.uses, *chosen.results[0].uses)]
    if not all(user in (chosen, edit.terminator(body)) or _asks_no_derivative(user) for user in users):
        return None
    if sum(value in (carried, chosen.results[0]) for value in edit.terminator(body).operands) > 1:
        return None
    return condition, (no if yes == carried else yes), yes != carried


def _asks_no_derivative(op: ir.Operation) -> bool:
    """Whether an operation compares floats, or nothing uses what it makes."""
    return op.name == "arith.cmpf" or (ops.row(op).pure and all(not any(True for _ in r.uses) for r in op.results))


def _slice(loop: ir.Operation, candidate: ir.Value) -> list[ir.Operation] | None:
    """The operations of a loop's body that make a value of the iteration's number, in order; None where it depends on
    what the loop carries, or takes an operation that may not run again."""
    body = edit.entry_block(loop)
    carried = set(list(body.arguments)[1:])
    steps = []
    wanted = {candidate}
    for op in reversed(edit.operations(body)[:-1]):
        if not any(result in wanted for result in op.results):
            continue
        if not _may_run_again(op):
            return None
        steps.append(op)
        wanted.update(v for inner in (op, *edit.walk(op)) for v in inner.operands)
    return None if wanted & carried or not steps else steps[::-1]


def _may_run_again(op: ir.Operation) -> bool:
    """Whether an operation has numbers as results and no effect, nor what is inside of it."""
    inside = [op, *edit.walk(op)]
    if any(is_tensor(result) for inner in inside for result in inner.results):
        return False
    known = [ops.row(inner) for inner in inside]
    return all(row.cheap or row.end or row.reads is not None or row.name in ("scf.for", "scf.if") for row in known)


def _keep(loop: ir.Operation, position: int, choice: tuple[ir.Value, ir.Value, bool], steps: list) -> ir.Operation:
    """Carry the winner's number and compute it after the loop; returns the loop."""
    condition, candidate, if_true = choice
    body = edit.entry_block(loop)
    turn, first = body.arguments[0], loop.operands[3 + position]
    with edit.before(loop):
        none = (Expr(loop.operands[0]) - 1).value
    kept = body.add_argument(turn.type, loop.location)
    with edit.before(edit.terminator(body)):
        number = Expr(condition).select(*map(Expr, (turn, kept) if if_true else (kept, turn)))
    edit.append_operands(edit.terminator(body), [number.value])
    new = edit.rebuild(loop, [*loop.operands, none], [*(result.type for result in loop.results), turn.type])
    with ir.InsertionPoint.after(new), new.location:
        number = Expr(new.results[len(new.results) - 1])
        differs = number.compare("ne", Expr(none))
        winner = ir.Operation.create("scf.if", results=[first.type], operands=[differs.value], regions=2)
        with ir.InsertionPoint(ir.Block.create_at_start(winner.regions[0], [])):
            emit("scf.yield", [edit.cloned(steps, {turn: number.value})[candidate]])
        with ir.InsertionPoint(ir.Block.create_at_start(winner.regions[1], [])):
            emit("scf.yield", [first])
    new.results[position].replace_all_uses_with(winner.results[0])
    return new
