"""Loops over the elements of small arrays are written out.

An array of a few elements lives in registers, and an element at a run-time index is a chain of comparisons of the
index with 0, 1, 2 ... In a loop whose induction variable is the index those are constants once the loop is written
out: no comparison is left, and the reverse of the loop needs no tape.

Before: `scf.for %i = 0 to 2 iter_args(%s = %z) { %c = cmpi eq %i, 1; %x = select %c, %a1, %a0; yield (%s + %x) }`
After:  `(%z + %a0) + %a1`.
"""

from __future__ import annotations

from iree.compiler import ir, passmanager

from . import edit
from .expr import constant

_MOST_TURNS, _MOST_OPERATIONS = 4, 160


def unroll_selections(func: ir.Operation) -> None:
    """Write out the constant loops of a function, innermost first, that select by their induction variable."""
    changed = False
    for op in reversed(list(edit.walk(edit.entry_block(func)))):
        turns = _turns(op)
        if turns is not None and _selects(op) and len(turns) * _size(op) <= _MOST_OPERATIONS:
            _write_out(op, turns)
            changed = True
    if changed:
        passmanager.PassManager.parse("func.func(canonicalize,cse)").run(func)


def _turns(op: ir.Operation) -> range | None:
    """The values of the induction variable, if they are constants and few."""
    if op.name != "scf.for":
        return None
    makers = [edit.defining_op(v) for v in list(op.operands)[:3]]
    if any(m is None or m.name != "arith.constant" for m in makers):
        return None
    turns = range(*(ir.IntegerAttr(m.attributes["value"]).value for m in makers if m is not None))
    return turns if len(turns) <= _MOST_TURNS else None


def _selects(op: ir.Operation) -> bool:
    """Whether the induction variable is compared with a constant."""
    for use in edit.entry_block(op).arguments[0].uses:
        if use.owner.name == "arith.cmpi":
            makers = [edit.defining_op(v) for v in use.owner.operation.operands]
            if any(m is not None and m.name == "arith.constant" for m in makers):
                return True
    return False


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
