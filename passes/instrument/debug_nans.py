"""Find the first NaN: every operation that makes one of numbers that are none reports it.

    %y = math.log %x : f64
    ->  %y = math.log %x : f64
        "dsl.fail"(%y is NaN and %x is not, %x) {exception = "FloatingPointError", message = "math.log({0}) is nan, …"}

The first check that fires is the one reported, at the operation's place, so that it names the first NaN in program
order; inside loops and adjoints too. NaNs that come in from outside, or are written as constants, are no one's fault.
Loops end once a check has fired: a NaN could keep them going. Whole-array operations become loops first.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.arrays.scalar_loops import write_out
from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import constant, emit, is_float
from dsl.passes.ir.locations import parts

_ORDERED, _UNORDERED = 7, 14  # predicates of arith.cmpf


def report_nans(module: ir.Module, name: str) -> None:
    """Add the checks to a function that is otherwise finished."""
    with module.context:
        func = edit.function(module, name)
        write_out(func)
        _watch(edit.entry_block(func))


def _watch(block: ir.Block) -> None:
    for op, behind in edit.with_followers(block):
        if _computes(op):
            with behind, op.location:
                _check(op)
        for inner in edit.blocks(op):
            _watch(inner)
        if op.name == "scf.while":
            _stop_when_failed(op)


def _computes(op: ir.Operation) -> bool:
    """Whether the operation makes a float of floats. (Vectors do not exist before kernel formation.)"""
    if len(op.regions) or len(op.results) != 1 or not _is_scalar(op.results[0]) or ops.row(op).moves:
        return False
    return any(_is_scalar(x) for x in op.operands)


def _is_scalar(value: ir.Value) -> bool:
    return is_float(value.type) and not isinstance(value.type, ir.ShapedType)


def _check(op: ir.Operation) -> None:
    operands = [x for x in op.operands if _is_scalar(x)]
    arguments = ", ".join(f"{{{k}}}" for k in range(len(operands)))
    message = f"{op.name}({arguments}) is nan, the first one; this is in the {parts(op.location)}"
    condition = _compare(op.results[0], _UNORDERED)
    for x in operands:
        condition = emit("arith.andi", [condition, _compare(x, _ORDERED)], [condition.type]).result
    texts = {"exception": ir.StringAttr.get("FloatingPointError"), "message": ir.StringAttr.get(message)}
    emit("dsl.fail", [condition, *operands], **texts)


def _compare(value: ir.Value, predicate: int) -> ir.Value:
    """Whether the value is (unordered) or is not (ordered) a NaN."""
    code = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), predicate)
    return emit("arith.cmpf", [value, value], [ir.IntegerType.get_signless(1)], predicate=code).result


def _stop_when_failed(op: ir.Operation) -> None:
    final = edit.terminator(edit.entry_block(op))
    i1 = ir.IntegerType.get_signless(1)
    with ir.InsertionPoint(final), op.location:
        failed = emit("dsl.failed", [], [i1]).result
        sound = emit("arith.xori", [failed, constant(True, i1)], [i1]).result
        go = emit("arith.andi", [final.operands[0], sound], [i1]).result
    final.operands[0] = go
