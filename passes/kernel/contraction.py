"""Sums of cotangents are rounded once, together with the product they add.

Before: `%p = arith.mulf %g, %x` with no other use, `%s = arith.addf %t, %p fastmath<contract>`
After:  `%s = llvm.intr.fmuladd(%g, %x, %t)`, one instruction where the processor has it, else the two

A product that is zero where the cotangent is (`select(%g == 0, 0, %p)`; passes/rules/strong_zero.py) chooses between
%t and the fused sum instead. Only sums that bear the mark are touched (passes/autodiff/cotangent_sums.py), after
everything is differentiated; all others are rounded as CPython rounds them.
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
    """Whether it may be fused, and the processor computes with its type and not in a wider one."""
    scalar = element_type(op.results[0].type)
    return ir.FloatType(scalar).width >= 32 and "contract" in str(op.attributes["fastmath"])


def _fused(total: ir.Value, more: ir.Value) -> ir.Value | None:
    """`total + more` where `more` is a product for this sum alone, else None."""
    maker = _for_one_use(more)
    if maker is None:
        return None
    if maker.name == "arith.mulf":
        return _fmuladd(maker, total)
    if maker.name != "arith.select":
        return None
    is_zero, zero, product = maker.operands
    factors = _for_one_use(product)
    if edit.constant_float(zero) != 0.0 or factors is None or factors.name != "arith.mulf":
        return None
    return Expr(is_zero).select(Expr(total), Expr(_fmuladd(factors, total))).value


def _for_one_use(value: ir.Value) -> ir.Operation | None:
    maker = edit.defining_op(value)
    return maker if maker is not None and len(list(value.uses)) == 1 else None


def _fmuladd(product: ir.Operation, total: ir.Value) -> ir.Value:
    operands = [*product.operands, total]
    return ir.Operation.create("llvm.intr.fmuladd", results=[total.type], operands=operands).results[0]
