"""Loops of known length look once whether their stacks have room for all that they push or pop.

Before: `scf.for %k = %lo to %hi { dsl.push %x }`, each push with an index brought into range (tapes_checks_prints.py).
After: `scf.if %fits { scf.for … { memref.store %x, %stack[%p0 + (%k - %lo)] } } else { the loop as it was }`.

A loop of which is known that it moves few values is not written twice: the stack has room for so many at least (its
`minimum`), so the place of all of them together is brought into range before the loop.

Without the clamps LLVM sees where each iteration's values lie, and can take several iterations at once. Only innermost
loops; and of those that are written twice only small ones.
"""

from __future__ import annotations

from iree.compiler import ir
from iree.compiler.dialects import arith, memref, scf

from dsl.passes.ir import edit, ops
from dsl.passes.ir.limits import STACK_ROOM_OPERATIONS, SURE_ROOM
from dsl.passes.kernel.layout import Layout
from dsl.passes.kernel.op_builder import call_host_now, get_cell, i64, index_constant, load, set_cell, store

from .stacks import moved, peak, pointer, unless_overflowed


def check_room_once(layout: Layout) -> None:
    """Split the loops that can be split."""
    for op in list(edit.walk(layout.func)):
        if op.name == "scf.for":
            plan = _plan(layout, op)
            if plan is None:
                continue
            turns = edit.constant_range(op)
            if turns and all(len(turns) * abs(change) <= SURE_ROOM for _, change in plan.values()):
                _within_minimum(layout, op, plan, len(turns))
            elif len(list(edit.walk(op))) < STACK_ROOM_OPERATIONS:
                _split(layout, op, plan)


def _plan(layout: Layout, op) -> dict | None:
    """For each stack how far one iteration moves its pointer; None where the loop cannot tell."""
    inside = list(edit.walk(op))
    direct = _direct(op)
    taped = [inner for inner in inside if inner.name in ops.TAPED]
    if not taped or len(taped) != len(direct) or not edit.steps_by_one(op):
        return None
    if any(inner.name in ops.LOOPS or inner.name == "dsl.record" for inner in inside):
        return None
    found: dict = {}
    for inner in direct:
        for stack, members in moved(layout, inner):
            change = len(members) if inner.name == "dsl.push" else -len(members)
            _, before = found.get(stack.key, (stack, 0))
            if before * change < 0:
                return None
            found[stack.key] = stack, before + change
    return found


def _direct(op) -> list:
    return [view.operation for view in op.regions[0].blocks[0].operations if view.operation.name in ops.TAPED]


def _within_minimum(layout: Layout, op, plan: dict, turns: int) -> None:
    """Bring the place of all that the loop moves into range at once: the stack has room for that much at least."""
    starts, ends = {}, {}
    with edit.before(op):
        low = _as_index(op.operands[0])
        for key, (stack, change) in plan.items():
            stack.minimum = max(stack.minimum, turns * abs(change))
            start = get_cell(pointer(stack), ir.IndexType.get())
            ends[key] = arith.addi(start, index_constant(turns * change))
            last = arith.subi(stack.capacity, index_constant(turns * abs(change)))
            if change > 0:
                starts[key] = arith.minsi(start, last)
            else:
                set_cell(peak(stack), arith.maxsi(get_cell(peak(stack), ir.IndexType.get()), start))
                lowest = arith.maxsi(arith.minsi(ends[key], last), index_constant(0))
                starts[key] = arith.addi(lowest, index_constant(turns * -change))
    with ir.InsertionPoint.after(op), op.location:
        for key, (stack, _) in plan.items():
            set_cell(pointer(stack), ends[key])
    _place(layout, op, low, plan, starts)


def _split(layout: Layout, op, plan: dict) -> None:
    index = ir.IndexType.get()
    with edit.before(op):
        low, high = (_as_index(v) for v in list(op.operands)[:2])
        turns = arith.maxsi(arith.subi(high, low), index_constant(0))
        starts, ends, fits = {}, {}, None
        for key, (stack, change) in plan.items():
            start = starts[key] = get_cell(pointer(stack), index)
            end = ends[key] = arith.addi(start, arith.muli(turns, index_constant(change)))
            most, least = (end, start) if change > 0 else (start, end)
            ok = arith.andi(_compare("sle", most, stack.capacity), _compare("sge", least, index_constant(0)))
            fits = ok if fits is None else arith.andi(fits, ok)
        branch = scf.IfOp(fits, [result.type for result in op.results], has_else=True)
        for old, new in zip(op.results, branch.results):
            old.replace_all_uses_with(new)
        with ir.InsertionPoint(branch.then_block):
            for key, (stack, change) in plan.items():
                if change < 0:
                    set_cell(peak(stack), arith.maxsi(get_cell(peak(stack), index), starts[key]))
            loop = op.clone()
            for key, (stack, _) in plan.items():
                set_cell(pointer(stack), ends[key])
            scf.yield_(list(loop.results))
        with ir.InsertionPoint(branch.else_block):
            _ask_for_room(layout, plan, ends)
            op.move_before(scf.YieldOp(list(op.results)).operation)
    _place(layout, loop.operation, low, plan, starts)


def _ask_for_room(layout: Layout, plan: dict, ends: dict) -> None:
    """The host is told what the loop will need: where that is more memory than there is, the kernel ends before it."""
    growing = [(key, stack) for key, (stack, change) in plan.items() if change > 0]
    if layout.poll < 0 or not growing:
        return
    for key, stack in growing:
        slot = index_constant(layout.count_slot(stack))
        memref.store(arith.index_cast(i64(), ends[key]), layout.block, [slot])
    call_host_now(layout)


def _compare(predicate: str, a, b):
    return arith.cmpi(getattr(arith.CmpIPredicate, predicate), a, b)


def _as_index(value):
    index = ir.IndexType.get()
    return value if value.type == index else arith.index_cast(index, value)


def _place(layout: Layout, loop, low, plan: dict, starts: dict) -> None:
    """Pushes and pops at places that the iteration's number tells."""
    block = loop.regions[0].blocks[0]
    offsets = dict.fromkeys(plan, 0)
    with edit.before(block.operations[0].operation):
        turn = arith.subi(_as_index(block.arguments[0]), low)
        bases = {
            key: stack.index(arith.addi(starts[key], arith.muli(turn, index_constant(change))))
            for key, (stack, change) in plan.items()
        }
    for op in _direct(loop):
        with edit.before(op):
            for stack, members in moved(layout, op):
                if op.name == "dsl.pop":
                    offsets[stack.key] -= len(members)
                for k, member in enumerate(members):
                    place = [arith.addi(bases[stack.key], index_constant(offsets[stack.key] + k))]
                    if op.name == "dsl.push":
                        store(member, stack.buffer, place)
                    else:
                        value = load(stack.buffer, place, member.type)
                        member.replace_all_uses_with(unless_overflowed(stack, value))
                if op.name == "dsl.push":
                    offsets[stack.key] += len(members)
        op.erase()
