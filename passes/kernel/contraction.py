"""Sums of cotangents with products that are zero where the cotangent is take the product in.

Before: `%p = select(%g == 0, 0, %g * %x)` with no other use (passes/rules/strong_zero.py), and
        `%s = arith.addf %t, %p fastmath<contract>`
After:  `%s = select(%g == 0, %t, fmuladd(%g, %x, %t))`, one step less on the way from one sum to the next

Only sums that bear the mark are touched (passes/autodiff/cotangent_sums.py), after everything is differentiated. Those
of plain products stay two operations: a fused one takes longer than an addition on processors such as Zen, and sums
follow each other (Welford's algorithm: 3 % slower fused; the binomial tree with such products: 2 % faster).
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import Expr, element_type


def contract(func: ir.Operation) -> None:
    """Fuse the marked sums of a function. `func` is at the stage where arrays are memory."""
    for op in list(edit.walk(func)):
        if op.name != "arith.addf" or not _is_marked(op):
            continue
        a, b = op.operands
        with edit.before(op):
            found = _fused(a, b) or _fused(b, a)
        if found is not None:
            op.results[0].replace_all_uses_with(found)
            op.erase()


def _is_marked(op: ir.Operation) -> bool:
    """Whether it may be fused, and the processor computes with its type."""
    return str(element_type(op.results[0].type)) in ("f32", "f64") and "contract" in str(op.attributes["fastmath"])


def _fused(total: ir.Value, more: ir.Value) -> ir.Value | None:
    """`total + more` where `more` is such a product, and for this sum alone; else None."""
    choice = _for_one_use(more, "arith.select")
    if choice is None or edit.constant_float(choice.operands[1]) != 0.0:
        return None
    product = _for_one_use(choice.operands[2], "arith.mulf")
    if product is None:
        return None
    operands = [*product.operands, total]
    fused = ir.Operation.create("llvm.intr.fmuladd", results=[total.type], operands=operands).results[0]
    return Expr(choice.operands[0]).select(Expr(total), Expr(fused)).value


def _for_one_use(value: ir.Value, name: str) -> ir.Operation | None:
    """The operation of that name which makes the value, if the value is used once."""
    maker = edit.defining_op(value)
    return maker if maker is not None and maker.name == name and len(list(value.uses)) == 1 else None
