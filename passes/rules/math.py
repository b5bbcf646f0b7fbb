"""Derivatives of the elementary and special functions.

Formulas are DLMF's (chapters 4, 5, 7), written so that neither they nor their derivatives cancel or overflow where the
result is representable: a fused 1 - x * x, cosh for the derivative of tanh, hypot for that of asinh.
At kinks: abs has derivative 0 at 0, hypot 0 at the origin; the rounding functions have derivative 0 everywhere.
"""

from math import inf, log, pi, sqrt

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import Expr, call, either, element_type, emit, whole_constant
from dsl.passes.ir.limits import MULTIPLIED_POWER

from .rule_table import derivative
from .strong_zero import Finite

derivative("math.absf", lambda g, z, x: (x > 0.0).select(g, (x < 0.0).select(-g, 0.0)))
derivative("math.copysign", lambda g, z, x, y: g * _sign(x) * _sign(y), None)
derivative("math.sqrt", lambda g, z, x: g * (0.5 / z))
derivative("math.rsqrt", lambda g, z, x: -0.5 * g * z / x)
derivative("math.cbrt", lambda g, z, x: g / (3.0 * z * z))
derivative("math.exp", lambda g, z, x: g * z)
derivative("math.exp2", lambda g, z, x: g * z * log(2))
derivative("math.expm1", lambda g, z, x: g * call("math.exp", x))
derivative("math.log", lambda g, z, x: g / x)
derivative("math.log2", lambda g, z, x: g / (x * log(2)))
derivative("math.log10", lambda g, z, x: g / (x * log(10)))
derivative("math.log1p", lambda g, z, x: g / (1.0 + x))
derivative("math.sin", lambda g, z, x: g * call("math.cos", x))
derivative("math.cos", lambda g, z, x: -g * call("math.sin", x))
derivative("math.tan", lambda g, z, x: g * (1.0 + z * z))
derivative("math.asin", lambda g, z, x: g / call("math.sqrt", _one_minus_square(x)))
derivative("math.acos", lambda g, z, x: -g / call("math.sqrt", _one_minus_square(x)))
derivative("math.atan", lambda g, z, x: g / (1.0 + x * x))
derivative("math.sinh", lambda g, z, x: g * call("math.cosh", x))
derivative("math.cosh", lambda g, z, x: g * call("math.sinh", x))
derivative("math.asinh", lambda g, z, x: g / call("dsl.hypot", x, x.lift(1.0)))
derivative("math.acosh", lambda g, z, x: g / (call("math.sqrt", x - 1.0) * call("math.sqrt", x + 1.0)))
derivative("math.atanh", lambda g, z, x: g / _one_minus_square(x))
derivative("math.erf", lambda g, z, x: g * (2 / sqrt(pi) * call("math.exp", -(x * x))))
derivative("math.erfc", lambda g, z, x: g * (-2 / sqrt(pi) * call("math.exp", -(x * x))))
derivative("math.fma", lambda g, z, a, b, c: g * b, lambda g, z, a, b, c: g * a, lambda g, z, a, b, c: g)
for _rounding in ("floor", "ceil", "trunc", "round", "roundeven"):
    derivative(f"math.{_rounding}", None)


def _sign(x):
    return call("math.copysign", x.lift(1.0), x)


def _one_minus_square(x):
    # one rounding: (1 - x) * (1 + x) is as exact near 1, but its derivative cancels near 0
    return call("math.fma", -x, x, x.lift(1.0))


def _tanh(g, z, x):
    r = 1.0 / call("math.cosh", x)
    return g * r * r


def _atan2_first(g, z, y, x):
    r = call("dsl.hypot", x, y)
    return g * (x / r) / r


def _atan2_second(g, z, y, x):
    r = call("dsl.hypot", x, y)
    return -g * (y / r) / r


def _power_base(g, z, x, y):
    n = whole_constant(y.origin, MULTIPLIED_POWER)
    if n:
        return g * (float(n) * call("math.powf", x, x.lift(n - 1)))
    # y * x**(y-1), which is 0 also where both are 0; elsewhere y = 0 is no special case, as its derivative is not 0
    base = x.equals(0.0).select(1.0, x)
    least_base, least = _NORMAL.get(str(element_type(z.type)), (inf, inf))
    size = call("math.absf", z)
    # x**y / x costs no second power, where x**y is neither lost to underflow nor infinite. There x is 0 only where y
    # is; and 1 / x is the same for all powers of one base
    holds = (size >= (call("math.absf", base) >= least_base).select(z.lift(least), z.lift(inf))) & (size < inf)
    g = g * y
    power = lambda: call("math.powf", y.equals(0.0).select(base, x), y - 1.0)
    return either(holds, z.type, lambda: g * Finite((z * (1.0 / base)).value), lambda: g * power())


# of which reciprocals are finite, and powers as exact as the type is
_NORMAL = {"f64": (2.0**-1000, 2.0**-960), "f32": (2.0**-120, 2.0**-96)}


def _power_exponent(g, z, x, y):
    # log(x) * x**y, and 0 where x is 0, as x**y is 0 (or 1) on that side of it
    is_zero = x.equals(0.0)
    return is_zero.select(0.0, g * z * call("math.log", is_zero.select(1.0, x)))


def _hypot(g, z, this):
    return z.equals(0.0).select(0.0, g * (this / z.equals(0.0).select(1.0, z)))


def polygamma(order: int, x: Expr) -> Expr:
    """The derivative of that order of digamma; order 0 is digamma itself."""
    return Expr(emit("dsl.polygamma", [x.value], [x.type], order=edit.number(order)).result)


derivative("math.tanh", _tanh)
derivative("math.atan2", _atan2_first, _atan2_second)
derivative("math.powf", _power_base, _power_exponent)
derivative("dsl.hypot", lambda g, z, x, y: _hypot(g, z, x), lambda g, z, x, y: _hypot(g, z, y))
derivative("dsl.gamma", lambda g, z, x: g * z * polygamma(0, x))
derivative("dsl.lgamma", lambda g, z, x: g * polygamma(0, x))
derivative("dsl.polygamma", lambda g, z, x: g * polygamma(ir.IntegerAttr(z.op.attributes["order"]).value + 1, x))
derivative("dsl.stop_gradient", None)
