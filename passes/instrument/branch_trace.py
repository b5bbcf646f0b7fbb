"""Watching what a program decides: every comparison of floats, and every rounding to a whole number, is recorded.

Two runs at neighbouring points that record different things lie on different sides of a kink or a jump.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.element_types import find_mlir
from dsl.passes.ir.expr import emit


def deciding(block: ir.Block) -> list[ir.Operation]:
    """The operations that are watched, in program order."""
    return [op for op in edit.walk(block) if ops.row(op).decides]


def record_branches(module: ir.Module, name: str) -> None:
    """Record the number of each such operation and what it gave, a line each time that it runs (of a remainder, the
    whole number of times that the divisor goes into it)."""
    with module.context:
        for number, op in enumerate(deciding(edit.entry_block(edit.function(module, name)))):
            dtype = find_mlir(str(op.results[0].type))
            if dtype is not None:
                with ir.InsertionPoint.after(op), op.location:
                    _record(number, _decision(op), dtype.printed_as(weak=True))


def _decision(op: ir.Operation) -> ir.Value:
    if op.name != "arith.remf":
        return op.results[0]
    quotient = emit("arith.divf", op.operands, [op.results[0].type]).result
    return emit("math.trunc", [quotient], [quotient.type]).result


def _record(number: int, value: ir.Value, kind: str) -> None:
    strings = lambda *texts: ir.ArrayAttr.get([ir.StringAttr.get(text) for text in texts])
    emit("dsl.record", [value], text=strings(f"{number} ", "\n"), spec=strings("!r"), kind=strings(kind))
