"""Trading recomputation for memory.

`"dsl.checkpoint"(%x...) ({ region })` runs its region and promises that the adjoint stores nothing of it but its
operands: the reverse runs the region again, with a tape of its own, and reverses that. A loop marked with
`dsl.segment = N` becomes a loop over checkpointed segments of at most N iterations:

    while c(s): s = body(s)
    while c(s): s = checkpoint(k = 0; while c(s) and k < N: s = body(s); k += 1)

so that its adjoint holds the state at the start of each segment and the tape of one segment: for n iterations n / N
states and N frames, where storing everything takes n frames. Each iteration is computed twice. Splitting again, with
the segments marked too, divides memory once more for one more recomputation (uniform multi-level checkpointing, the
case of equal levels in Griewank and Walther, "Algorithm 799: revolve", 2000). It needs no trip count in advance.
"""

from __future__ import annotations

from collections.abc import Sequence

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.diagnostics import CheckpointWarning
from dsl.passes.ir.expr import Expr, constant, emit
from dsl.passes.ir.refusals import warn_at

SEGMENT = "dsl.segment"


def mark(module: ir.Module, name: str, lengths: Sequence[int]) -> None:
    """Mark the outermost loops of a function to be split, each into those segments that are shorter than it is.

    Warns, at each of the loops, where none of them can be split: then nothing is saved."""
    unsplit = []
    with module.context:
        loops = outermost_loops(edit.function(module, name))
        for op in loops:
            if _has_tape(op):
                continue  # of a derivative, which is as split as its primal: the tape is what it has to store
            turns = edit.constant_range(op)
            shorter = [length for length in lengths if turns is None or length < len(turns)]
            if reason := _obstacle(op, shorter):
                unsplit.append((op, reason))
            else:
                op.attributes[SEGMENT] = ir.DenseI64ArrayAttr.get(shorter)
    option = lengths[0] if len(lengths) == 1 else tuple(lengths)
    for op, reason in unsplit if len(unsplit) == len(loops) else ():
        warn_at(op, f"checkpoint={option} saves nothing here: {reason}", CheckpointWarning)


def _obstacle(op: ir.Operation, lengths: Sequence[int]) -> str:
    """Why a loop is not split into segments of these lengths; empty where it is."""
    if not lengths:
        inner = any(step.name in ops.LOOPS for block in edit.blocks(op) for step in edit.walk(block))
        return ("the loop has no more iterations than a segment" + inner * ", and iterations of loops inside it do not "
                "count\nhelp: give a smaller number, or write the inner loop as a function of its own and call "
                "dsl.checkpoint of it")  # fmt: skip
    if op.name == "scf.while" and not _passes_on_unchanged(op):
        return ("the loop computes on its way to the next iteration what its body uses, as one with several ways out "
                "may\nhelp: let its condition alone end it: while not done and i < n")  # fmt: skip
    return ""


def outermost_loops(func: ir.Operation) -> list[ir.Operation]:
    """The loops of a function that stand in no other, in program order."""
    outside = edit.walk(edit.entry_block(func), into=lambda op: op.name not in ops.LOOPS)
    return [op for op in outside if op.name in ops.LOOPS]


def split_loops(block: ir.Block) -> None:
    """Split every loop marked with `dsl.segment` (an array of segment lengths, the outermost first)."""
    for op in reversed(list(edit.walk(block))):
        if SEGMENT in op.attributes:
            lengths = list(ir.DenseI64ArrayAttr(op.attributes[SEGMENT]))
            del op.attributes[SEGMENT]
            if _has_tape(op):
                continue  # running it again would push or pop again: it is differentiated whole
            with op.location:
                while_op = _as_while(op) if op.name == "scf.for" else op
                _split(while_op, lengths)


def _has_tape(op: ir.Operation) -> bool:
    return any(step.name in ops.TAPED for block in edit.blocks(op) for step in edit.walk(block))


def _as_while(op: ir.Operation) -> ir.Operation:
    """Turn an `scf.for` into the `scf.while` that counts the same range."""
    block = edit.entry_block(op)
    lower, upper, step, *initial = op.operands
    types = [block.arguments[0].type, *(v.type for v in initial)]
    with ir.InsertionPoint(op):
        new = ir.Operation.create("scf.while", results=types, operands=[lower, *initial], regions=2)
    test = ir.Block.create_at_start(new.regions[0], types, [op.location] * len(types))
    with ir.InsertionPoint(test):
        go = Expr(test.arguments[0]) < Expr(upper)
        emit("scf.condition", [go.value, *test.arguments])
    final = edit.terminator(block)
    with ir.InsertionPoint(final):
        following = (Expr(block.arguments[0]) + Expr(step)).value
        emit("scf.yield", [following, *final.operands])
    final.erase()
    block.append_to(new.regions[1])
    for k, result in enumerate(op.results):
        result.replace_all_uses_with(new.results[k + 1])
    op.erase()
    return new


def _split(op: ir.Operation, lengths: Sequence[int]) -> None:
    """Put the body of a loop into a checkpointed loop of at most `lengths[0]` iterations, and split that on."""
    if not _passes_on_unchanged(op):
        return  # correct, only not checkpointed
    before, after = edit.blocks(op)
    entering = [a.type for a in before.arguments]
    test = edit.operations(before)
    body = edit.detached_block(entering)
    inner_after = edit.detached_block([*entering, ir.IntegerType.get_signless(64)])
    _fill_body(after, inner_after)
    with ir.InsertionPoint(body):
        region = ir.Operation.create(
            "dsl.checkpoint", results=entering, operands=list(body.arguments), regions=1
        )  # fmt: skip
        emit("scf.yield", region.results)
    start = ir.Block.create_at_start(region.regions[0], entering, [op.location] * len(entering))
    with ir.InsertionPoint(start):
        inner = _segment_loop(op, test, list(start.arguments), inner_after, lengths[0])
        emit("dsl.yield", list(inner.results)[:-1])
    edit.replace_block(op.regions[1], body)
    if len(lengths) > 1:
        _split(inner, lengths[1:])


def _passes_on_unchanged(op: ir.Operation) -> bool:
    """Whether the condition of an `scf.while` computes nothing of what it gives to the body."""
    before, _ = edit.blocks(op)
    return list(edit.terminator(before).operands)[1:] == list(before.arguments)


def _fill_body(after: ir.Block, target: ir.Block) -> None:
    """Move the old body over, with the counter of the segment as one more carried value."""
    for old, new in zip(list(after.arguments), target.arguments):
        old.replace_all_uses_with(new)
    *steps, final = edit.operations(after)
    with ir.InsertionPoint(target):
        counter = target.arguments[len(target.arguments) - 1]
        following = emit("arith.addi", [counter, constant(1, counter.type)], [counter.type])
        end = emit("scf.yield", [*final.operands, following.result])
    for step in steps:
        step.move_before(end)
    final.erase()


def _segment_loop(op, test, initial, inner_after, length: int) -> ir.Operation:
    i64 = ir.IntegerType.get_signless(64)
    types = [*(v.type for v in initial), i64]
    inner = ir.Operation.create("scf.while", results=types, operands=[*initial, constant(0, i64)], regions=2)
    check = ir.Block.create_at_start(inner.regions[0], types, [op.location] * len(types))
    mapping = dict(zip(edit.entry_block(op).arguments, check.arguments))
    with ir.InsertionPoint(check):
        values = edit.clone_into(test, mapping)
        room = Expr(check.arguments[len(types) - 1]) < length
        go = emit("arith.andi", [values[0], room.value], [values[0].type]).result
        emit("scf.condition", [go, *check.arguments])
    inner_after.append_to(inner.regions[1])
    return inner


def guard_loops(block: ir.Block) -> None:
    """Make every `scf.while` of a region that will run on popped state end after a failure.

    When a tape overflows, what is popped before the run is repeated with more room is arbitrary, and a loop that waits
    for convergence might wait for ever; `dsl.failed` holds from then on."""
    i1 = ir.IntegerType.get_signless(1)
    for op in edit.walk(block):
        if op.name == "scf.while":
            condition = edit.terminator(edit.entry_block(op))
            with ir.InsertionPoint(condition), op.location:
                failed = emit("dsl.failed", [], [i1]).result
                stop = emit("arith.xori", [failed, constant(True, i1)], [i1]).result
                condition.operands[0] = emit("arith.andi", [condition.operands[0], stop], [i1]).result


def isolate(block: ir.Block) -> None:
    """Make what a checkpointed region uses from outside an operand, as its reverse must know all its inputs."""
    for op in reversed(list(edit.walk(block))):
        if op.name == "dsl.checkpoint":
            _isolate(op)


def _isolate(op: ir.Operation) -> None:
    inner = edit.entry_block(op)
    captured: dict[ir.Value, ir.Value] = {}
    inside = {v for step in edit.walk(inner) for b in edit.blocks(step) for v in b.arguments}
    inside |= {v for step in edit.walk(inner) for v in step.results} | set(inner.arguments)
    for step in list(edit.walk(inner)):
        for k, operand in enumerate(step.operands):
            maker = edit.defining_op(operand)
            if operand in inside:
                continue
            if operand not in captured:
                if maker is not None and maker.name == "arith.constant":
                    with edit.at_start(inner):
                        captured[operand] = maker.clone().results[0]
                else:
                    captured[operand] = inner.add_argument(operand.type, op.location)
            step.operands[k] = captured[operand]
    extra = [v for v, new in captured.items() if isinstance(new.owner, ir.Block)]
    if extra:
        edit.rebuild(op, [*op.operands, *extra], [r.type for r in op.results])


def inline_checkpoints(block: ir.Block) -> None:
    """Run the regions in place, once nothing is left to differentiate in reverse."""
    for op in [op for op in edit.walk(block) if op.name == "dsl.checkpoint"]:
        edit.splice(op, edit.entry_block(op))
