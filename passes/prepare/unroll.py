"""Short constant loops are written out before they are reversed.

The reverse of a loop stores what each iteration made, on a tape; written out, a few iterations are plain values. Also
an array of a few elements is scalars (small_arrays.py), and an element at a run-time index is a chain of comparisons of
the index with 0, 1, 2 ...: where the induction variable is the index those become constants, and no comparison is left.

Of loops in loops the inner ones are written out, as far as there come to be no more than so many copies of an
operation: the text of an adjoint is linear in that of the program.

Before: `scf.for %i = 0 to 2 iter_args(%s = %z) { %c = cmpi eq %i, 1; %x = select %c, %a1, %a0; yield (%s + %x) }`
After:  `(%z + %a0) + %a1`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from iree.compiler import ir, passmanager

from dsl.passes.ir import edit
from dsl.passes.ir.expr import constant
from dsl.passes.ir.limits import UNROLLED_COPIES, UNROLLED_OPERATIONS, UNROLLED_TURNS

_STAYS = "dsl.stays"  # marks a loop in which there would be too many copies


def unroll(func: ir.Operation, parts: Callable[[ir.Operation], Iterable[ir.Block]]) -> None:
    """Write out the short constant loops of the blocks of a function that `parts` gives, outer ones first."""
    cleaning = passmanager.PassManager.parse("func.func(canonicalize,cse)")
    # bounds that become constant on the way could multiply without end: what is left is bounded by what there was
    room = UNROLLED_COPIES * _size(func)
    while room >= 0 and (found := [loop for block in parts(func) for loop in _short(block)[0]]):
        for op, turns in found:
            room -= len(turns) * _size(op)
            if room >= 0:
                write_iterations(op, turns)
        # what a loop around another decides may make that one shorter
        cleaning.run(func)
    for op in edit.walk(edit.entry_block(func)):
        if op.name == "scf.for" and _STAYS in op.attributes:
            del op.attributes[_STAYS]


def _short(block: ir.Block) -> tuple[list[tuple[ir.Operation, range]], int]:
    """The loops to write out that stand in no other such loop, each with the values of its induction variable; and how
    many copies there will be of what stands in the most of them."""
    found: list[tuple[ir.Operation, range]] = []
    copies = 1
    for op in edit.operations(block):
        inside = [_short(inner) for inner in edit.blocks(op)]
        most = max((count for _, count in inside), default=1)
        turns = edit.constant_range(op)
        if turns is not None and len(turns) <= UNROLLED_TURNS and len(turns) * most > UNROLLED_COPIES:
            op.attributes[_STAYS] = ir.UnitAttr.get(op.context)
        if turns is not None and _is_short(op, turns):
            found.append((op, turns))
            most *= max(len(turns), 1)
        else:
            found += [loop for loops, _ in inside for loop in loops]
        copies = max(copies, most)
    return found, copies


def _is_short(op: ir.Operation, turns: range) -> bool:
    few = len(turns) <= UNROLLED_TURNS and len(turns) * _size(op) <= UNROLLED_OPERATIONS
    return few and _STAYS not in op.attributes


def _size(op: ir.Operation) -> int:
    return sum(1 for _ in edit.walk(edit.entry_block(op)))


def write_iterations(op: ir.Operation, turns: range) -> None:
    """Replace a loop by its iterations."""
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
