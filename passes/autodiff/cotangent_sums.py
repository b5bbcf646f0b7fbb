"""The sums of cotangents, which may be rounded once together with the product they add.

Nothing is decided by them but what a program decides by a derivative it takes itself, so that they need not be rounded
as CPython would: they carry MLIR's mark for that, `fastmath<contract>`, and passes/kernel/contraction.py makes fused
operations of them. The mark is taken away where such an adjoint is differentiated again: its values may be computed
twice then, and have to be the same both times.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import emit


def summed(total: ir.Value, more: ir.Value) -> ir.Value:
    """The sum of two cotangents, scalars."""
    return emit("arith.addf", [total, more], [total.type], fastmath=_mark("contract")).result


def settle(block: ir.Block) -> None:
    """From here on the sums of cotangents in the block are sums like any other."""
    none = _mark("none")
    for op in edit.walk(block):
        if op.name == "arith.addf":
            op.attributes["fastmath"] = none


def _mark(name: str) -> ir.Attribute:
    return ir.Attribute.parse(f"#arith.fastmath<{name}>")
