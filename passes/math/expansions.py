"""Which function expands which operation. Each gets the operation (for its attributes) and its operands."""
from . import (
    exponential,
    gamma,
    hyperbolic,
    inverse,
    logarithm,
    loggamma,
    polygamma,
    power,
    rounding,
    special,
    trigonometric,
)
from .emit import Num


def plain(function):
    """An expansion that needs only the operands."""
    return lambda op, *operands: function(*operands)


def family(module, names):
    return {f"math.{name}": plain(getattr(module, name)) for name in names.split()}


EXPANSIONS = {
    **family(exponential, "exp exp2 expm1"),
    **family(logarithm, "log log2 log10 log1p"),
    **family(trigonometric, "sin cos tan"),
    **family(inverse, "asin acos atan atan2"),
    **family(hyperbolic, "sinh cosh tanh asinh acosh atanh"),
    **family(power, "powf fpowi cbrt rsqrt"),
    **family(special, "erf erfc"),
    **family(rounding, "copysign fma isnan isinf isfinite"),
    **{f"math.{name}": plain(getattr(Num, name)) for name in ("floor", "ceil", "trunc")},
    "math.round": plain(rounding.round_half_away),
    "arith.remf": plain(rounding.remf),
    "dsl.hypot": plain(power.hypot),
    "dsl.gamma": plain(gamma.gamma),
    "dsl.lgamma": plain(loggamma.lgamma),
    "dsl.polygamma": polygamma.polygamma,
}
