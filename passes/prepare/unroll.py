"""Short constant loops are written out before they are reversed.

The reverse of a loop stores what each iteration made, on a tape; written out, a few iterations are plain values. Also
an array of a few elements lives in registers, and an element at a run-time index is a chain of comparisons of the index
with 0, 1, 2 ...: where the induction variable is the index those become constants, and no comparison is left.

Before: `scf.for %i = 0 to 2 iter_args(%s = %z) { %c = cmpi eq %i, 1; %x = select %c, %a1, %a0; yield (%s + %x) }`
After:  `(%z + %a0) + %a1`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from iree.compiler import ir, passmanager

from dsl.passes.ir import edit
from dsl.passes.ir.expr import constant
from dsl.passes.ir.limits import UNROLLED_OPERATIONS, UNROLLED_TURNS


def unroll(func: ir.Operation, parts: Callable[[ir.Operation], Iterable[ir.Block]]) -> None:
    """Write out the short constant loops of the blocks of a function that `parts` gives, outer ones first."""
    cleaning = passmanager.PassManager.parse("func.func(canonicalize,cse)")
    while found := [loop for block in parts(func) for loop in _outermost(block)]:
        for op, turns in found:
            _write_out(op, turns)
        # what a loop around another decides may make that one shorter
        cleaning.run(func)


def _outermost(block: ir.Block) -> list[tuple[ir.Operation, range]]:
    """The loops to write out that stand in no other such loop, each with the values of its induction variable."""
    found: list[tuple[ir.Operation, range]] = []
    for op in edit.operations(block):
        turns = edit.constant_range(op)
        if turns is not None and len(turns) <= UNROLLED_TURNS and len(turns) * _size(op) <= UNROLLED_OPERATIONS:
            found.append((op, turns))
        else:
            for inner in edit.blocks(op):
                found += _outermost(inner)
    return found


def _size(op: ir.Operation) -> int:
    return sum(1 for _ in edit.walk(edit.entry_block(op)))


def _write_out(op: ir.Operation, turns: range) -> None:
    block = edit.entry_block(op)
    index, *carried = block.arguments
    values = list(op.operands)[3:]
    with ir.InsertionPoint(op), op.location:
        for turn in turns:
            mapping = {index: constant(turn, index.type), **dict(zip(carried, values, strict=True))}
            values = edit.clone_into(edit.operations(block), mapping)
    for result, value in zip(op.results, values, strict=True):
        result.replace_all_uses_with(value)
    edit.erase(op)
