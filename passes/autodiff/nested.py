"""Derivatives taken inside a program: `"dsl.vjp"` and `"dsl.jvp"`, whose region is the function differentiated.

    %y, %x_bar = "dsl.vjp"(%x, %y_bar) ({ ^bb0(%a: f64): ...; "dsl.yield"(%r) : (f64) -> () }) {wrt = array<i64: 0>}

The operands are the primals, then the cotangents of the float results (the tangents of the arguments in `wrt`); the
results are the region's, then the cotangents of those arguments (the tangents of the float results). The region sees
the values around it, as a closure does; they are constants of this derivative and variables of one taken outside, so
that the two cannot be confused. Before any outer derivative is taken, innermost first, each is replaced by the
adjoint or tangent of its region, in place.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.cleanup import dead_code
from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import is_float
from dsl.passes.prepare.before_reverse import prepare

from .forward import forward_block
from .reverse import fresh_tape, reverse_block


def resolve_nested(module: ir.Module) -> None:
    """Replace every derivative operation of the module."""
    with module.context, ir.Location.unknown():
        for func in module.body.operations:
            if not _derivatives(func.operation):
                continue
            dead_code.eliminate(func.operation)
            prepare(func.operation, lambda func: [edit.entry_block(op) for op in _derivatives(func)])
            # walked outermost first: reversed, an inner derivative comes before the one around it
            for op in reversed(list(edit.walk(edit.entry_block(func.operation)))):
                if op.name in ops.INNER:
                    _replace(op, module)


def _derivatives(func: ir.Operation) -> list[ir.Operation]:
    """The outermost derivatives in a function."""
    outside = edit.walk(edit.entry_block(func), into=lambda op: op.name not in ops.INNER)
    return [op for op in outside if op.name in ops.INNER]


def _replace(op: ir.Operation, module: ir.Module) -> None:
    block = edit.entry_block(op)
    wrt = list(ir.DenseI64ArrayAttr(op.attributes["wrt"]))
    if op.name == "dsl.vjp":
        reverse_block(block, wrt, fresh_tape(module), _used(op, block))
    else:
        forward_block(block, wrt)
    edit.splice(op, block)


def _used(op: ir.Operation, block: ir.Block) -> list[int]:
    """The results of the region whose cotangents are given as constants other than zero."""
    results = [k for k, value in enumerate(edit.terminator(block).operands) if is_float(value.type)]
    makers = [edit.defining_op(ct) for ct in list(op.operands)[len(op.operands) - len(results) :]]
    return [k for k, maker in zip(results, makers, strict=True)
            if maker is not None and maker.name == "arith.constant" and ir.FloatAttr(maker.attributes["value"]).value]
