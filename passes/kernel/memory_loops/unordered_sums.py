"""Sums of cotangents that a loop carries may be added up in any order, so that LLVM adds in vectors.

Before: `scf.for iter_args(%s) { ...; %t = arith.addf %s, %x fastmath<contract>; yield %t }`
After:  the same with `fastmath<reassoc,contract>`, also where the addend is subtracted, and where an iteration adds
        several of them one after the other.

An addition waits for the one before it: in order, an iteration takes as long as one, however many fit in a vector.
That pays in innermost loops of some length: vectors cost more than they save in a loop of five turns (the elimination
in a matrix of 5 x 5: its gradient took 8 % longer).

Only sums that bear the mark of cotangents are touched (passes/autodiff/cotangent_sums.py), after everything is
differentiated: no program can ask for their order, and they are computed once. Only where all that lies between what
the loop carries and what it hands on is such sums, each used for the next alone: so nobody sees the sums in between.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.limits import UNORDERED_TURNS
from dsl.passes.prepare import integer_ranges


def free_order(func: ir.Operation) -> None:
    """Mark the sums of a function. `func` is at the stage where arrays are memory."""
    found = [(loop, sums) for loop in edit.walk(func) if loop.name == "scf.for" and (sums := _sums_of(loop))]
    ranges = integer_ranges.Ranges(func) if any(edit.constant_range(loop) is None for loop, _ in found) else None
    for loop, sums in found:
        turns = edit.constant_range(loop)
        most = ranges.most_turns(loop) if turns is None and ranges is not None else len(turns or ())
        for op in sums if most >= UNORDERED_TURNS else ():
            op.attributes["fastmath"] = ir.Attribute.parse("#arith.fastmath<reassoc,contract>")


def _sums_of(loop: ir.Operation) -> list[ir.Operation]:
    """The sums that an innermost loop carries."""
    if any(inner.name in ops.LOOPS for inner in edit.walk(loop)):
        return []
    body = edit.entry_block(loop)
    pairs = zip(list(body.arguments)[1:], edit.terminator(body).operands, strict=True)
    return [op for carried, handed_on in pairs for op in _sums(handed_on, carried)]


def _sums(value: ir.Value, carried: ir.Value) -> list[ir.Operation]:
    """The sums that lead from what a loop carries to a value; none where something else does."""
    found = []
    while value != carried:
        op = edit.defining_op(value)
        if op is None or not _is_cotangent_sum(op) or op.block != carried.owner or not _is_used_once(value):
            return []
        found.append(op)
        a, b = op.operands
        value = a if op.name == "arith.subf" or _leads_to(a, carried) else b
    return found if _is_used_once(carried) else []


def _leads_to(value: ir.Value, carried: ir.Value) -> bool:
    """Whether a value is what a loop carries, or a sum that may contain it."""
    op = edit.defining_op(value)
    return value == carried if op is None else _is_cotangent_sum(op) and bool(_sums(value, carried))


def _is_cotangent_sum(op: ir.Operation) -> bool:
    return op.name in ("arith.addf", "arith.subf") and "contract" in str(op.attributes["fastmath"])


def _is_used_once(value: ir.Value) -> bool:
    return len(list(value.uses)) == 1
