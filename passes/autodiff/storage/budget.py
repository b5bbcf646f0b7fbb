"""Segments from a memory budget: how often the loops of a function are split so that their tapes stay within it.

The function is reversed once for trial, to see what an iteration of each outermost loop stores. With `frame` bytes for
that and `state` bytes for what the loop carries, d levels of segments of L1 > L2 > ... > Ld iterations hold

    n / L1 * state + L1 / L2 * state + ... + Ld * frame

bytes for n iterations. Each of the d + 1 terms gets an equal share, which fixes the lengths; d is the least for which n
iterations have room. Where n is unknown that is any number that ends within minutes, but d is at most 3, as each level
computes everything once more: a loop of big state and small budget that runs on and on will exceed it. Loops of known
length that have room take what they need, the others share the rest equally.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.autodiff.checkpoint import SEGMENT, outermost_loops
from dsl.passes.autodiff.reverse import reverse
from dsl.passes.ir import edit, ops
from dsl.passes.ir.limits import CHECKPOINT_LEVELS, PLANNED_BYTES, PLANNED_ITERATIONS
from dsl.passes.ir.refusals import refusal

from . import snapshots

_NUMBER = "dsl.number"


def mark_within(module: ir.Module, name: str, wrt: list[int], budget: int) -> None:
    """Mark the outermost loops of `@name` to be split so that the reverse for `wrt` stores at most `budget` bytes.

    Raises CompileError where that cannot be planned: a budget too small for an iteration, or an inner loop whose
    number of iterations, and so what an iteration of the outer loop stores, is known only at run time.
    """
    with module.context:
        loops = outermost_loops(edit.function(module, name))
        for k, op in enumerate(loops):
            op.attributes[_NUMBER] = edit.number(k)
        trial = edit.function(module, reverse(module, name, wrt, "_trial"))
        frames = _frames(edit.entry_block(trial))
        edit.erase(trial)
        turns = {k: edit.constant_range(loops[k]) for k in frames}
        small = {k: len(known) * frames[k] for k, known in turns.items() if known is not None}
        small = {k: bytes_ for k, bytes_ in small.items() if bytes_ <= budget // (2 * len(frames))}
        for k, op in enumerate(loops):
            del op.attributes[_NUMBER]
            if k in frames and k not in small:
                lengths = _plan(op, frames[k], (budget - sum(small.values())) // (len(frames) - len(small)))
                if lengths:
                    op.attributes[SEGMENT] = ir.DenseI64ArrayAttr.get(lengths)


def _frames(block: ir.Block) -> dict[int, int]:
    """For each numbered loop that stores anything the bytes of one iteration."""
    found: dict[int, int] = {}
    for op in edit.operations(block):
        if _NUMBER in op.attributes:
            number = ir.IntegerAttr(op.attributes[_NUMBER]).value
            bytes_ = sum(_stored(inner) for inner in edit.blocks(op))
            if bytes_:
                found[number] = found.get(number, 0) + bytes_
        for inner in edit.blocks(op) if op.name == "scf.if" else ():
            found.update(_frames(inner))
    return found


def _stored(block: ir.Block) -> int:
    """The bytes that one run of a block pushes."""
    total = 0
    for op in edit.operations(block):
        if op.name == "dsl.push":
            total += sum(snapshots.size(v.type) or 0 for v in op.operands)
            continue
        inside = sum(_stored(inner) for inner in edit.blocks(op))
        if inside and op.name in ops.LOOPS:
            turns = edit.constant_range(op)
            if turns is None:
                raise refusal(
                    op, "what an iteration of the loop around this one stores is known only at run time",
                    "give the lengths of segments instead of a memory budget",
                )  # fmt: skip
            inside *= len(turns)
        total += inside
    return total


def _plan(op: ir.Operation, frame: int, budget: int) -> list[int]:
    """The lengths of segments, the outermost first; none where everything has room."""
    turns = edit.constant_range(op)
    needed = None if turns is None else len(turns)
    if needed is not None and needed * frame <= budget:
        return []
    state = 8 + sum(snapshots.size(v.type) or 0 for v in op.results)
    wanted = needed or max(PLANNED_ITERATIONS, PLANNED_BYTES // (state + frame))
    lengths, room = [], 0
    for levels in range(1, CHECKPOINT_LEVELS + 1):
        share = budget // (levels + 1)
        lengths = [share // frame * (share // state) ** k for k in reversed(range(levels))]
        room = lengths[0] * (share // state)
        if room >= wanted:
            return lengths
    if room >= (needed or PLANNED_ITERATIONS):
        return lengths
    raise refusal(
        op, f"{budget} bytes are too few for this loop, which carries {state} bytes and stores {frame} in an iteration",
        "give a larger budget",
    )  # fmt: skip
