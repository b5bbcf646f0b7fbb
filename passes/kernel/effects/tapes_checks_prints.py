"""Tapes, checks and prints become loads, stores and cells.

A tape is one stack for each type of value pushed on it. Its pointer counts truly, also past the capacity; only the
place of a store is clamped. So when the kernel has run, the host knows how much room was needed, grows the buffers and
runs again. What was popped after an overflow is garbage, but harmless: integers and booleans read as zero then (they
may be trip counts), and `dsl.failed` holds.

A check that fires stores its values in the block and its number in a cell, once. A print is a push of its number and
values on a stack that is never popped. Where loops can call the host (interrupts.py), it empties that stack then, and a
print calls it where there is no room; so the stack's pointer lies in memory, where its count is, and not in a cell.
"""

from iree.compiler import ir
from iree.compiler.dialects import arith, memref

from dsl.passes.calling_convention import FAILED, OVERFLOWED, PRINTED, RECORDS, SITE_SHIFT
from dsl.passes.ir import edit, ops
from dsl.passes.ir.locations import frames
from dsl.passes.kernel.layout import Layout, Stack, bind_stacks
from dsl.passes.kernel.op_builder import (
    call_host_now,
    from_slot,
    get_cell,
    i64,
    i64_constant,
    index_constant,
    load,
    set_cell,
    store,
    to_slot,
    when,
)

from .promotion import promote
from .stack_room import check_room_once
from .stacks import moved, peak, pointer, unless_overflowed

SITE = "site"
visits = ops.Visitors()


def lower_effects(layout: Layout) -> None:
    """Remove dsl.push, dsl.pop, dsl.fail, dsl.failed and dsl.record, and write the block's tail."""
    bind_stacks(layout)
    check_room_once(layout)
    for op in list(edit.walk(layout.func)):
        if op.name in visits:
            with edit.before(op):
                visits[op.name](op, layout)
            op.erase()
    body = layout.func.regions[0].blocks[0]
    with edit.at_start(body), layout.func.location:
        zero, none = index_constant(0), i64_constant(0)
        for stack in _printed(layout):
            memref.store(i64_constant(0), layout.block, [index_constant(layout.count_slot(stack))])
        tapes = [stack for stack in layout.stacks.values() if stack.tape != RECORDS]
        initial = {pointer(s): zero for s in tapes} | {peak(s): zero for s in tapes}
    final = promote(layout.func, initial | {SITE: none})
    _finish(layout, final)


def _push_values(groups) -> None:
    for stack, members in groups:
        count = index_constant(len(members))
        top = get_cell(pointer(stack), ir.IndexType.get())
        base = stack.index(arith.minsi(top, arith.subi(stack.capacity, count)))
        for k, value in enumerate(members):
            store(value, stack.buffer, [arith.addi(base, index_constant(k))])
        set_cell(pointer(stack), arith.addi(top, count))


@visits("dsl.push")
def _push(op, layout: Layout) -> None:
    _push_values(moved(layout, op))


@visits("dsl.pop")
def _pop(op, layout: Layout) -> None:
    index = ir.IndexType.get()
    for stack, members in moved(layout, op):
        count = index_constant(len(members))
        top = get_cell(pointer(stack), index)
        set_cell(peak(stack), arith.maxsi(get_cell(peak(stack), index), top))
        down = arith.subi(top, count)
        set_cell(pointer(stack), down)
        base = stack.index(arith.maxsi(arith.minsi(down, arith.subi(stack.capacity, count)), index_constant(0)))
        for k, member in enumerate(members):
            value = load(stack.buffer, [arith.addi(base, index_constant(k))], member.type)
            member.replace_all_uses_with(unless_overflowed(stack, value))


@visits("dsl.fail")
def _fail(op, layout: Layout) -> None:
    """Raise the flag unless it is up; the values go straight to the block."""
    cond, *values = op.operands
    layout.fails.append(
        {
            "exception": ir.StringAttr(op.attributes["exception"]).value,
            "message": ir.StringAttr(op.attributes["message"]).value,
            "types": [str(value.type) for value in values],
            "place": frames(op.location),
        }
    )
    site = get_cell(SITE, i64())
    fires = arith.andi(cond, _is_zero(site))
    set_cell(SITE, arith.select(fires, i64_constant(len(layout.fails)), site))
    if values:
        with when(fires):
            for k, value in enumerate(values):
                memref.store(to_slot(value), layout.block, [index_constant(layout.details + k)])


def _is_zero(value):
    return arith.cmpi(arith.CmpIPredicate.eq, value, i64_constant(0))


@visits("dsl.failed")
def _failed(op, layout: Layout) -> None:
    """Whether a check fired, or popped values are garbage because their stack had overflowed."""
    op.results[0].replace_all_uses_with(_has_failed(layout))


def _has_failed(layout: Layout):
    failed = arith.cmpi(arith.CmpIPredicate.ne, get_cell(SITE, i64()), i64_constant(0))
    for stack in layout.stacks.values():
        if stack.tape != RECORDS:
            highest = get_cell(peak(stack), ir.IndexType.get())
            failed = arith.ori(failed, arith.cmpi(arith.CmpIPredicate.sgt, highest, stack.capacity))
    return failed


@visits("dsl.reserve")
def _reserve(op, layout: Layout) -> None:
    """A list needs room for so many elements: told like the highest pointer of a tape."""
    index = ir.IndexType.get()
    highest = get_cell(peak(layout.lists), index)
    set_cell(peak(layout.lists), arith.maxsi(highest, arith.index_cast(index, op.operands[0])))


@visits("dsl.capacity")
def _capacity(op, layout: Layout) -> None:
    op.results[0].replace_all_uses_with(layout.lists.capacity)


@visits("dsl.record")
def _record(op, layout: Layout) -> None:
    strings = {name: [ir.StringAttr(s).value for s in op.attributes[name]] for name in ("text", "spec", "kind")}
    layout.records.append(strings | {"types": [str(value.type) for value in op.operands]})
    # nor is garbage printed: it would be shown before the kernel runs again
    with when(arith.xori(_has_failed(layout), arith.constant(ir.IntegerType.get_signless(1), 1))):
        values = [i64_constant(len(layout.records) - 1), *(to_slot(value) for value in op.operands)]
        for stack in _printed(layout):
            _push_record(layout, stack, values)


def _push_record(layout: Layout, stack: Stack, values: list) -> None:
    slot = index_constant(layout.count_slot(stack))
    count = i64_constant(len(values))
    capacity = arith.index_cast(i64(), stack.capacity)
    if layout.poll >= 0:
        needed = arith.addi(memref.load(layout.block, [slot]), count)
        with when(arith.cmpi(arith.CmpIPredicate.sgt, needed, capacity)):
            call_host_now(layout)
    top = memref.load(layout.block, [slot])
    base = stack.index(arith.index_cast(ir.IndexType.get(), arith.minsi(top, arith.subi(capacity, count))))
    for k, value in enumerate(values):
        store(value, stack.buffer, [arith.addi(base, index_constant(k))])
    memref.store(arith.addi(top, count), layout.block, [slot])


def _printed(layout: Layout) -> list[Stack]:
    """The stack of what is printed, if anything is."""
    return [stack for stack in layout.stacks.values() if stack.tape == RECORDS]


def _finish(layout: Layout, final: dict) -> None:
    """Store the counts and the attention word before the function's return."""
    body = layout.func.regions[0].blocks[0]
    end = edit.terminator(body)
    with edit.before(end):
        site = final[SITE]
        failed = arith.cmpi(arith.CmpIPredicate.ne, site, i64_constant(0))
        word = arith.ori(arith.shli(site, i64_constant(SITE_SHIFT)), _flag(failed, FAILED))
        for stack in layout.stacks.values():
            slot = index_constant(layout.count_slot(stack))
            if stack.tape == RECORDS:
                needed = arith.index_cast(ir.IndexType.get(), memref.load(layout.block, [slot]))
            else:
                needed = arith.maxsi(final[pointer(stack)], final[peak(stack)])
                memref.store(arith.index_cast(i64(), needed), layout.block, [slot])
            over = arith.cmpi(arith.CmpIPredicate.sgt, needed, stack.capacity)
            word = arith.ori(word, _flag(over, OVERFLOWED))
            if stack.tape == RECORDS:
                some = arith.cmpi(arith.CmpIPredicate.sgt, needed, index_constant(0))
                word = arith.ori(word, _flag(some, PRINTED))
        memref.store(word, layout.block, [index_constant(layout.attention)])


def _flag(cond, bit: int):
    return arith.select(cond, i64_constant(bit), i64_constant(0))


def lower_scalars(layout: Layout) -> None:
    """Scalar arguments are read from the block at entry, scalar results stored there at the end."""
    body = layout.func.regions[0].blocks[0]
    end = edit.terminator(body)
    with edit.at_start(body), layout.func.location:
        for argument, leaf in zip(list(body.arguments), layout.args):
            if "slot" in leaf:
                slot = memref.load(layout.block, [index_constant(leaf["slot"])])
                argument.replace_all_uses_with(from_slot(slot, argument.type))
    with edit.before(end):
        scalars = [leaf for leaf in layout.results if "slot" in leaf]
        for value, leaf in zip(list(end.operands), scalars):
            memref.store(to_slot(value), layout.block, [index_constant(leaf["slot"])])
        ir.Operation.create("func.return")
    end.erase()
    for _ in layout.args:
        body.erase_argument(0)
