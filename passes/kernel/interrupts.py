"""Loops that may take long look up now and then, so that Ctrl-C reaches a kernel that runs.

Before: `scf.for %i = %lo to %hi` and `scf.while`, of any length.
After: the same work in chunks, between which a counter in the block goes down by what a chunk is worth. When it is used
up, the kernel calls the host (runtime/polls.py), through the address that the host has left in the block. The host
handles signals and sets the counter anew, so that it is called some ten times a second; where it says so, the kernel
ends at once: its attention word is STOPPED, and nothing else that it computed counts.

Sound, because loops run the same iterations in the same order, and because a kernel leaves nothing behind but its
memory, which nobody reads after STOPPED.

A loop's body stays as it is and the loops inside of chunks vectorise as before: only what lies between chunks is new.
Loops that are short for certain, by what is known of their bounds, are left alone, and of loops around others a chunk
has fewer iterations, each of them counted as if every loop in it ran for a chunk of its own: so between two looks lie
some milliseconds at most.

The way out of all loops at once is a branch, which structured control flow has not. So a kernel with such loops leaves
this pass as a graph of blocks (the dialect cf), which is what LLVM makes of it anyway.
"""

from __future__ import annotations

from iree.compiler import ir
from iree.compiler.dialects import arith, cf, memref, scf
from iree.compiler.passmanager import PassManager

from dsl.passes.calling_convention import STOPPED
from dsl.passes.ir import edit, ops
from dsl.passes.ir.limits import CHUNK_UNITS, TWICE_UNITS, UNCHECKED_UNITS
from dsl.passes.ir.ops import TURNS
from dsl.passes.kernel.layout import Layout
from dsl.passes.kernel.op_builder import BUDGET, HOST, POLL, RARE, STOP, call_host, i64_constant, index_constant
from dsl.passes.prepare.integer_ranges import Ranges
from dsl.passes.prepare.intervals import MOST


def poll_in_loops(module: ir.Module, layout: Layout, machine: str) -> None:
    """Let the loops of a kernel look up; `machine` is as platform.machine() has it."""
    if layout.poll < 0:
        return
    with layout.func.location:
        _units(edit.entry_block(layout.func), Ranges(layout.func))
    if not any(op.name == POLL for op in edit.walk(layout.func)):
        return
    PassManager.parse("builtin.module(convert-scf-to-cf)").run(module.operation)
    _expand_all(layout, machine)


def _units(block: ir.Block, ranges: Ranges) -> int:
    """Has the loops of a block poll, from the inside out; the most units between two looks while it runs. A unit is
    about what one simple operation takes."""
    total = 0
    for op in edit.operations(block):
        if op.name == "scf.for":
            total += _for(op, ranges)
        elif op.name == "scf.while":
            total += _while(op, ranges)
        else:
            inner = max((_units(inner, ranges) for inner in edit.blocks(op)), default=0)
            total += inner + 1
    return total


def _for(op, ranges: Ranges) -> int:
    """Leaves the loop, or has it poll; the most units between two looks in it."""
    inside = _units(edit.entry_block(op), ranges) + 2
    turns = _turns(op, ranges)
    if turns * inside <= UNCHECKED_UNITS:
        return max(1, turns) * inside
    chunk = _chunk(op, inside)
    step = _constant_step(op)
    if chunk == 1 or step is None or chunk * step >= 1 << 30:
        _poll_at_end(edit.entry_block(op), inside)
        return inside
    _split(op, chunk, chunk * step, inside)
    return chunk * inside


def _turns(op, ranges: Ranges) -> int:
    """The most turns that a loop can have: one whose length comes from a tape has been told."""
    told = ir.IntegerAttr(op.attributes[TURNS]).value if TURNS in op.attributes else MOST
    return min(ranges.most_turns(op), told)


def _while(op, ranges: Ranges) -> int:
    inside = _units(edit.entry_block(op), ranges) + _units(edit.entry_block(op, 1), ranges) + 2
    turns = _turns(op, ranges)
    if turns * inside <= UNCHECKED_UNITS:
        return max(1, turns) * inside
    chunk = _chunk(op, inside)
    if chunk == 1:
        _poll_at_end(edit.entry_block(op, 1), inside)
    else:
        _count(op, chunk, inside)
    return chunk * inside


def _chunk(op, inside: int) -> int:
    """How many iterations to do between two looks: a power of two."""
    innermost = not any(inner.name in ops.LOOPS for inner in edit.walk(op))
    most = CHUNK_UNITS if innermost else UNCHECKED_UNITS
    return 1 << max(0, (most // inside).bit_length() - 1)


def _constant_step(op) -> int | None:
    maker = edit.defining_op(op.operands[2])
    return ir.IntegerAttr(maker.attributes["value"]).value if maker and maker.name == "arith.constant" else None


def _poll_at_end(block: ir.Block, units: int) -> None:
    with edit.before(edit.terminator(block)):
        call_host(units)


def _split(op, chunk: int, stride: int, inside: int) -> None:
    """`for` in chunks: `start, end = low, next(low); while (for (start, end), end < high) { poll; start, end = end,
    next(end) }`. The first chunk's end is computed before the loop: a short loop is one chunk, and where it lies in
    another loop it often is the same one each time."""
    low, high = list(op.operands)[:2]
    carried = list(op.operands)[3:]
    types = [low.type, low.type, *(value.type for value in carried)]
    with edit.before(op):
        first = _next(low, high, stride)
        if inside <= TWICE_UNITS and _in_a_loop(op):
            _short(op, arith.cmpi(arith.CmpIPredicate.eq, first, high))
    with edit.before(op):
        loop = ir.Operation.create("scf.while", results=types[1:], operands=[low, first, *carried], regions=2)
        before = ir.Block.create_at_start(loop.regions[0], types, [op.location] * len(types))
        after = ir.Block.create_at_start(loop.regions[1], types[1:], [op.location] * (len(types) - 1))
        start, end, *values = before.arguments
        with ir.InsertionPoint(before):
            more = arith.cmpi(arith.CmpIPredicate.slt, end, high)
            condition = ir.Operation.create("scf.condition", operands=[more, end, *values])
        with ir.InsertionPoint(after):
            call_host(chunk * inside, rare=True)
            start_next, *values_next = after.arguments
            scf.yield_([start_next, _next(start_next, high, stride), *values_next])
    for old, new in zip(op.results, list(loop.results)[1:]):
        old.replace_all_uses_with(new)
    op.move_before(more.owner)
    for k, value in zip((0, 1, *range(3, 3 + len(values))), (start, end, *values)):
        op.operands[k] = value
    for k, value in enumerate(op.results):
        condition.operands[2 + k] = value


def _in_a_loop(op) -> bool:
    around = op.parent
    while around is not None and around.name not in ops.LOOPS:
        around = around.parent
    return around is not None


def _short(op, short) -> None:
    """Where the loop is short for certain, it stays as it is: a second time, for so small ones that it would tell."""
    branch = scf.IfOp(short, [result.type for result in op.results], has_else=True)
    for old, new in zip(op.results, branch.results):
        old.replace_all_uses_with(new)
    with ir.InsertionPoint(branch.then_block):
        scf.yield_(list(op.clone().results))
    with ir.InsertionPoint(branch.else_block):
        op.move_before(scf.YieldOp(list(op.results)).operation)


def _next(start, high, stride: int):
    """Where the chunk ends that begins at `start`. Where the distance to `high` overflows, the rest is one chunk."""
    far = arith.cmpi(arith.CmpIPredicate.sgt, arith.subi(high, start), arith.constant(high.type, stride))
    return arith.select(far, arith.addi(start, arith.constant(high.type, stride)), high)


def _count(op, chunk: int, inside: int) -> None:
    """A `while` counts its iterations from the chunk's size down, and looks up at zero."""
    i64 = ir.IntegerType.get_signless(64)
    with edit.before(op):
        full = i64_constant(chunk)
    new = edit.rebuild(op, [*op.operands, full], [*(result.type for result in op.results), i64])
    before, after = (edit.entry_block(new, k) for k in range(2))
    left = before.add_argument(i64, new.location)
    edit.append_operands(edit.terminator(before), [left])
    left = after.add_argument(i64, new.location)
    with edit.before(edit.terminator(after)):
        down = arith.subi(left, i64_constant(1))
        done = arith.cmpi(arith.CmpIPredicate.eq, down, i64_constant(0))
        branch = scf.IfOp(done, [i64], has_else=True)
        with ir.InsertionPoint(branch.then_block):
            call_host(chunk * inside, rare=True)
            scf.yield_([full])
        with ir.InsertionPoint(branch.else_block):
            scf.yield_([down])
    edit.append_operands(edit.terminator(after), [branch.results[0]])


# once there are blocks


def _expand_all(layout: Layout, machine: str) -> None:
    region = layout.func.regions[0]
    found = [op.operation for block in region.blocks for op in block.operations if op.operation.name == POLL]
    with layout.func.location:
        stopped = list(region.blocks)[-1].create_after()
        with ir.InsertionPoint(stopped):
            memref.store(i64_constant(STOPPED), layout.block, [index_constant(layout.attention)])
            ir.Operation.create("func.return")
    _weigh_branches(region, [op.block for op in found if RARE in op.attributes])
    for op in found:
        _expand(layout, op, stopped, machine)


def _weigh_branches(region: ir.Region, rare: list[ir.Block]) -> None:
    """Tell LLVM which blocks hardly ever run: registers are saved there and not around them."""
    for block in region.blocks:
        end = edit.terminator(block)
        if end.name == "cf.cond_br":
            weights = [1 if target in rare else _OFTEN for target in end.successors]
            if weights[0] != weights[1]:
                end.attributes["branch_weights"] = ir.DenseI32ArrayAttr.get(weights)


_OFTEN = 1 << 20  # times for each time that a rare block runs


def _expand(layout: Layout, op, stopped: ir.Block, machine: str) -> None:
    """Counts down; where nothing is left (or at once, for no units) calls the host, and goes on or to `stopped`."""
    block = op.block
    operations = edit.operations(block)
    following = operations[operations.index(op) + 1 :]
    rest = block.create_after()
    for moved in following:
        rest.append(moved)
    asking = block.create_after()
    with op.location:
        with ir.InsertionPoint(block):
            units = ir.IntegerAttr(op.attributes["units"]).value
            if units:
                left = arith.subi(_load(layout, BUDGET), i64_constant(units))
                _store(layout, BUDGET, left)
                empty = arith.cmpi(arith.CmpIPredicate.slt, left, i64_constant(0))
                branch = cf.CondBranchOp(empty, [], [], asking, rest)
                branch.attributes["branch_weights"] = ir.DenseI32ArrayAttr.get([1, _OFTEN])
            else:
                cf.BranchOp([], asking)
        with ir.InsertionPoint(asking):
            _store(layout, STOP, i64_constant(1))
            _call_host(layout, machine)
            stop = arith.cmpi(arith.CmpIPredicate.ne, _load(layout, STOP), i64_constant(0))
            cf.CondBranchOp(stop, [], [], stopped, rest)
    op.erase()


def _load(layout: Layout, what: int):
    return memref.load(layout.block, [index_constant(layout.poll + what)])


def _store(layout: Layout, what: int, value) -> None:
    memref.store(value, layout.block, [index_constant(layout.poll + what)])


def _call_host(layout: Layout, machine: str) -> None:
    """Calls the function whose address the host left, as C does: `llvm.call` of a pointer is none for IREE."""
    code, clobbers = _CALLS[machine]
    pointer = ir.Type.parse("!llvm.ptr")
    address = ir.Operation.create("llvm.inttoptr", results=[pointer], operands=[_load(layout, HOST)]).results[0]
    attributes = {
        "asm_string": ir.StringAttr.get(code),
        "constraints": ir.StringAttr.get(",".join(["r", *(f"~{{{name}}}" for name in clobbers.split()), "~{memory}"])),
        "has_side_effects": ir.UnitAttr.get(),
    }
    ir.Operation.create("llvm.inline_asm", operands=[address], attributes=attributes)


def _registers(*ranges: tuple[str, int, int]) -> str:
    return " ".join(f"{name}{k}" for name, first, last in ranges for k in range(first, last + 1))


def _call_on_x86() -> str:
    """Changes no register, so that those of the loops around are used as if there were no call. What C functions may
    change is saved on the stack, that of vectors and floats by `xsave`: its area is aligned to 64 bytes, has a header
    of zeros at 512, and has room for AVX-512. Up to 128 bytes below the top of the stack may be in use."""
    saved = "rax rbx rcx rdx rsi rdi r8 r9 r10 r11".split()
    select = ["movl $$0xe7, %eax", "xorl %edx, %edx"]  # x87, SSE, AVX, MPX and AVX-512, those of them that there are
    lines = ["leaq -128(%rsp), %rsp", *(f"pushq %{name}" for name in saved), "movq $0, %rcx", "movq %rsp, %rbx"]
    lines += ["leaq -2752(%rsp), %rsp", "andq $$-64, %rsp", "xorl %eax, %eax"]
    lines += [f"movq %rax, {512 + 8 * k}(%rsp)" for k in range(8)]
    lines += [*select, "xsave64 (%rsp)", "callq *%rcx", *select, "xrstor64 (%rsp)", "movq %rbx, %rsp"]
    lines += [*(f"popq %{name}" for name in reversed(saved)), "leaq 128(%rsp), %rsp"]
    return "; ".join(lines)


# How a C function without arguments is called, and the registers that are changed by it.
_CALLS = {
    "x86_64": (_call_on_x86(), "cc dirflag fpsr flags"),
    "aarch64": ("blr $0", _registers(("x", 0, 18), ("v", 0, 31)) + " lr nzcv"),
}


def can_poll(machine: str) -> bool:
    """Whether a kernel for such a machine can call the host."""
    return machine in _CALLS
