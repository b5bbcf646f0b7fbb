"""Derivatives of float arithmetic. Integers and booleans carry none."""

from dsl.passes.ir.expr import Expr, call, element_type, emit, whole_constant

from .rule_table import derivative


def _divisor(g, z, x, y):
    # the derivative of 1 / y needs no second division; a reciprocal of other divisors would leave the range too early
    return -(g * z) * z if whole_constant(x.origin, 1) == 1 else -(g / y) * z


derivative("arith.addf", lambda g, z, x, y: g, lambda g, z, x, y: g)
derivative("arith.subf", lambda g, z, x, y: g, lambda g, z, x, y: -g)
derivative("arith.mulf", lambda g, z, x, y: g * y, lambda g, z, x, y: g * x)
derivative("arith.divf", lambda g, z, x, y: g / y, _divisor)
derivative("arith.negf", lambda g, z, x: -g)
# x - trunc(x / y) * y, the quotient being locally constant
derivative("arith.remf", lambda g, z, x, y: g, lambda g, z, x, y: -g * call("math.trunc", x / y))
# the operand that is returned takes the derivative; on a tie the first one
derivative("arith.maximumf", lambda g, z, x, y: (x >= y).select(g, 0.0), lambda g, z, x, y: (x >= y).select(0.0, g))
derivative("arith.minimumf", lambda g, z, x, y: (x <= y).select(g, 0.0), lambda g, z, x, y: (x <= y).select(0.0, g))
derivative("arith.select", None, lambda g, z, c, x, y: c.select(g, 0.0), lambda g, z, c, x, y: c.select(0.0, g))


def _cast_like(g: Expr, target: Expr) -> Expr:
    """`g` in the type of `target`, which is the wider or the narrower float."""
    narrow = element_type(g.type).width > element_type(target.type).width
    return Expr(emit("arith.truncf" if narrow else "arith.extf", [g.value], [target.type]).result)


def _cast(g: Expr, z: Expr, x: Expr) -> Expr:
    # the cotangent has the result's type and goes to the operand's; the tangent the other way round
    return _cast_like(g, x if g.type == z.type else z)


derivative("arith.extf", _cast)
derivative("arith.truncf", _cast)
