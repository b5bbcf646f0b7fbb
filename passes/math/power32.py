"""f32 powers on CPUs, by way of f64: there f64 is at hand and plain f64 steps replace double-word f32 ones.

|x|^y = exp(y log|x|) as in power.py, with polynomials just good enough (logarithm 2^-38, exponential 2^-34),
so that the only rounding that counts is the last. Twice as fast as double-word arithmetic, scalar and vector alike.
"""
import copy

from .emit import F64, polynomial, select
from .exponential import LOG2_E, clamp, nearest, scale_normal
from .logarithm import exponent_and_mantissa

LN2 = 0.6931471805599453
P = (0.3999999990348772, 0.2857153300185066, 0.22204628523866451, 0.19124082317367874)  # relative error 2^-28.6
Q = (0.5, 0.16666666719947168, 0.0416666667199301, 0.008333298063298206, 0.0013888853629345115, 0.00019899622984148832,
     2.4859927088938107e-05)  # relative error 2^-34


def power32_of_magnitude(x, y):
    """|x|^y for finite |x| > 0 and y within bounds that keep y log|x| finite."""
    single = x.e
    double = as_double(single)
    k, m = exponent_and_mantissa(x)
    f = double.op("arith.extf", double.float_type, m) - 1.0
    s = f / (f + 2.0)
    z = s * s
    log_m = s * (z * (z * polynomial(z, P) + 2.0 / 3.0) + 2.0)
    logarithm = double.op("arith.sitofp", double.float_type, k) * LN2 + log_m
    exponent = clamp(logarithm * double.op("arith.extf", double.float_type, y), -110.0, 100.0)
    k, kf = nearest(exponent * LOG2_E)
    r = exponent - kf * LN2
    value = scale_normal(r * r * polynomial(r, Q) + r + 1.0, k)
    return to_single(single, value)


def as_double(single):
    """An emitter at the same place whose floats are f64."""
    double = copy.copy(single)
    double.fmt = F64
    double.float_type, double.int_type = double.shaped(double.f64), double.shaped(double.i64)
    return double


def to_single(single, value):
    """Rounded to f32 once; a subnormal's pattern is taken from the low bits of a sum (see `scale_down`)."""
    rounded = single.op("arith.truncf", single.float_type, value)
    anchor = value.e.float(2.0**52)
    units = (value * 2.0**149 + anchor).bits() - anchor.bits()
    subnormal = single.op("arith.trunci", single.int_type, units).as_float()
    return select(value < 2.0**-126, subnormal, rounded)
