"""Products that are zero where what is differentiated does not matter, whatever the derivative is there.

A cotangent is zero where a value was computed and then not used, a tangent where a value does not move. The
operation's own derivative may be infinite or NaN just there (the square root at 0), and IEEE's 0 * inf is NaN. So a
rule may be given its cotangent or tangent as a `Strong` expression, whose products and quotients are

    "dsl.strong_mul"(%g, %x)      g * x, and 0 where g is 0
    "dsl.strong_div"(%g, %x)      g / x, and 0 where g is 0
    "dsl.strong_product"(%a, %b)  a * b, and 0 where either is 0; what the derivatives of the others need

They are operations and no selects between 0 and the product, because these would have the wrong derivative where g is
0: that of g * x is x in the direction of g. Their own rules stand here. `expand` writes them out when nothing more is
differentiated. Where x is finite and only its derivatives may not be, strong_mul carries the attribute `finite`: its
own derivatives are strong, it itself becomes a plain product. By a number all products are plain.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import Expr, call

from .rule_table import derivative


@dataclass(frozen=True, eq=False)
class Strong(Expr):
    """A cotangent or tangent whose zero is the zero of all its products."""

    is_finite: Callable[[Expr], bool] = lambda _: False  # whether what it is multiplied with is

    def __mul__(self, other):
        if is_plain_factor(other):
            return self._with(super().__mul__(other))
        attributes = {"finite": ir.UnitAttr.get()} if isinstance(other, Finite) or self.is_finite(other) else {}
        return self._with(call("dsl.strong_mul", self, other, **attributes))

    __rmul__ = __mul__

    def __truediv__(self, other):
        if is_plain_factor(other):
            return self._with(super().__truediv__(other))
        return self._with(call("dsl.strong_div", self, self.lift(other)))

    def __neg__(self):
        return self._with(super().__neg__())

    def _with(self, value: Expr) -> Strong:
        return Strong(value.value, self.is_finite)


class Finite(Expr):
    """A factor that is finite where it is computed, as a rule sees."""


def is_plain_factor(factor) -> bool:
    """Whether it is a number known when the program is compiled by which products and quotients may be plain."""
    known = edit.constant_float(factor.value) if isinstance(factor, Expr) else factor
    return known is not None and math.isfinite(known) and known != 0


def _product(a: Expr, b: Expr) -> Expr:
    return call("dsl.strong_product", a, b)


derivative("dsl.strong_mul", lambda g, z, x, y: g * y, lambda g, z, x, y: _product(g, x))
derivative("dsl.strong_div", lambda g, z, x, y: g / y, lambda g, z, x, y: -_product(g / y, z))
derivative("dsl.strong_product", lambda g, z, x, y: _product(g, y), lambda g, z, x, y: _product(g, x))


def expand(module: ir.Module, without_nans: bool = False) -> None:
    """Replace the operations of this file by plain arithmetic: the product, and 0 instead where it is to be 0, which
    costs a cycle. `without_nans`: no NaN is made on the way either; an infinite operand is replaced first."""
    expansions = _WITHOUT_NANS if without_nans else _EXPANSIONS
    for func in module.body.operations:
        for op in list(edit.walk(edit.entry_block(func.operation))):
            if op.name in expansions:
                expansion = _FINITE if "finite" in op.attributes else expansions[op.name]
                with ir.InsertionPoint(op), op.location:
                    found = expansion(*map(Expr, op.operands))
                op.results[0].replace_all_uses_with(found.value)
                op.erase()


_EXPANSIONS = {
    "dsl.strong_mul": lambda g, x: g.equals(0.0).select(0.0, g * x),
    "dsl.strong_div": lambda g, x: g.equals(0.0).select(0.0, g / x),
    "dsl.strong_product": lambda a, b: a.equals(0.0).select(0.0, b.equals(0.0).select(0.0, a * b)),
}
_FINITE = operator.mul
_WITHOUT_NANS = {
    "dsl.strong_mul": lambda g, x: g * g.equals(0.0).select(1.0, x),
    "dsl.strong_div": lambda g, x: g / g.equals(0.0).select(1.0, x),
    # where b is 0 it stands for a, and where a is 0 it stands for b
    "dsl.strong_product": lambda a, b: b.equals(0.0).select(b, a) * a.equals(0.0).select(a, b),
}
