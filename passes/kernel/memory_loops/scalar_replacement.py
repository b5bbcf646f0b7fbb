"""Elements that a loop reads, or updates, at a place that stays are kept in a register while it runs.

Before: `scf.for %k { %s = memref.load %a[%i, %j]; … memref.store %t, %a[%i, %j] }`.
After: `%s0 = memref.load %a[%i, %j]; %r = scf.for %k iter_args(%s = %s0) { … yield %t }; memref.store %r, %a[%i, %j]`.

Sound where nothing else that the loop writes in the array, nor reads if it updates the element, can be that element:
then the difference of an index, a linear form, is never zero while %k goes through its range. LLVM proves this of
different arrays only. A loop that does not run touches nothing, so that its place may be anywhere; one
with a call in it is left alone, as that may touch any array.
"""

from __future__ import annotations

from iree.compiler import ir
from iree.compiler.dialects import arith, memref, scf

from dsl.passes.ir import edit
from dsl.passes.ir.affine import Linear, linear
from dsl.passes.kernel.op_builder import POLL

from .accesses import ACCESSES, place_of


def keep_in_registers(func) -> None:
    """Rewrite the loops of a function on memory, inner ones first."""
    for op in reversed(list(edit.walk(func))):
        if op.name == "scf.for":
            _loop(op)


def _loop(op) -> None:
    accesses: dict[ir.Value, list] = {}
    if any(inner.name == POLL for inner in edit.walk(op)):
        return  # the host looks at memory meanwhile
    for inner in edit.walk(op):
        if inner.name == "func.call":
            return
        if inner.name in ACCESSES:
            accesses.setdefault(place_of(inner)[0], []).append(inner)
    for left in accesses.values():
        for place, group in _fixed(op, left):
            others = [access for access in left if not any(access == mine for mine in group)]
            updates = any(access.name == "memref.store" for access in group)
            near = others if updates else [access for access in others if access.name == "memref.store"]
            if all(_differ(place_of(access)[1:], place, op) for access in near):
                op, left = _keep(op, group, updates), others


def _fixed(op, accesses: list) -> list[tuple[list, list]]:
    """The places outside of the loop's reach that its body uses itself, with the operations that do."""
    body = edit.entry_block(op)
    places: list[tuple[list, list]] = []
    for access in accesses:
        _, *indices = place_of(access)
        if access.block != body or any(edit.is_within(index, op) for index in indices):
            continue
        group = next((group for place, group in places if place == indices), None)
        if group is None:
            places.append((indices, [access]))
        else:
            group.append(access)
    return places


def _differ(one: list, other: list, loop) -> bool:
    return any(_never_zero(linear(a) - linear(b), loop) for a, b in zip(one, other, strict=True))


def _never_zero(difference: Linear, loop) -> bool:
    """Whether a difference of indices is zero in no iteration of `loop`, or of one inside."""
    if not difference.terms:
        return difference.constant != 0
    for variable, factor in difference.terms.items():
        bounds = _range(variable, loop)
        if bounds is None or abs(factor) != 1:
            continue
        ends = [difference.substituted(variable, end) for end in bounds]
        first, last = [end.constant if not end.terms else 0 for end in ends]
        if first * factor > 0 or last * factor < 0:  # it moves away from zero, or has not come to it in the end
            return True
    return False


def _range(variable, loop) -> tuple[Linear, Linear] | None:
    """The first and the last value of an induction variable of `loop` or of a loop inside; None of anything else."""
    if not isinstance(variable.owner, ir.Block):
        return None
    owner = variable.owner.owner.operation
    if owner.name != "scf.for" or ir.BlockArgument(variable).arg_number != 0:
        return None
    if not (edit.is_within(variable, loop) and edit.steps_by_one(owner)):
        return None
    low, high = (linear(v) for v in list(owner.operands)[:2])
    return low, high - Linear({}, 1)


def _keep(op, group: list, updates: bool):
    """Read the element before the loop and write it after; returns the loop."""
    buffer, *indices = place_of(group[0])
    type = ir.MemRefType(buffer.type).element_type
    with edit.before(op):
        runs = arith.cmpi(arith.CmpIPredicate.slt, *list(op.operands)[:2])
        before = scf.IfOp(runs, [type], has_else=True)
        with ir.InsertionPoint(before.then_block):
            scf.yield_([memref.load(buffer, indices)])
        with ir.InsertionPoint(before.else_block):
            scf.yield_([arith.constant(type, 0 if isinstance(type, ir.IntegerType | ir.IndexType) else 0.0)])
    first = before.results[0]
    if not updates:
        _replace(group, first)
        return op
    count = len(op.results)
    new = edit.rebuild(op, [*op.operands, first], [*(result.type for result in op.results), type])
    body = edit.entry_block(new)
    last = _replace(group, body.add_argument(type, new.location))
    edit.append_operands(edit.terminator(body), [last])
    with ir.InsertionPoint.after(new), new.location:
        after = scf.IfOp(runs)
        with ir.InsertionPoint(after.then_block):
            memref.store(new.results[count], buffer, indices)
            scf.yield_([])
    return new


def _replace(group: list, value):
    """Loads become `value`, stores change what it is; returns what it is in the end."""
    for access in group:
        if access.name == "memref.load":
            access.results[0].replace_all_uses_with(value)
        else:
            value = access.operands[0]
        access.erase()
    return value
