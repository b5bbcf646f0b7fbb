"""sinh, cosh, tanh and their inverses.

Near zero odd polynomials (Chebyshev interpolants, relative error below 2^-58 for f64, 2^-24 for f32), elsewhere from
exp; the inverses from log1p as in FreeBSD msun and musl. Errors below 2 ulp.
"""
from .emit import F32, F64, minimum, multiply_add, polynomial, select
from .exponential import OVERFLOW, clamp, exp, exp_minus_one_core, reduce_exp, scale_normal
from .logarithm import log1p
from .trigonometric import keep_tiny

SINH = {
    F64: (0.16666666666666666, 0.008333333333333333, 0.00019841269841269773, 2.755731922404034e-06,
          2.505210836405804e-08, 1.6059048396350562e-10, 7.646625361656657e-13, 2.8445264169895285e-15),
    F32: (0.16666667, 0.008333339, 0.00019838102, 2.8062802e-06),
}
TANH = {
    F64: (-0.3333333333333333, 0.13333333333332714, -0.053968253967434016, 0.021869488493666944,
          -0.008863234397814355, 0.003592110378689024, -0.001455661830100716, 0.0005889360520074057,
          -0.0002346347410887237, 8.511313685577672e-05, -2.060276537636634e-05),
    F32: (-0.3333333, 0.13333113, -0.05390943, 0.021309389, -0.0066102277),
}


def odd(x, coefficients):
    """x + x³ p(x²)."""
    z = x * x
    return multiply_add(z * x, polynomial(z, coefficients), x)


def half_exp_pair(a):
    """(exp(a)/2, exp(-a)/2) for a >= 0; the first overflows only where it should, the second may flush to zero."""
    fmt = a.e.fmt
    k, r = reduce_exp(clamp(a, 0.0, OVERFLOW[fmt] + 1))
    y = exp_minus_one_core(r) + 1.0
    big = scale_normal(y, k - 2) * 2.0
    return big, 0.25 / big


def sinh(x):
    a = x.abs()
    big, small = half_exp_pair(a)
    y = select(a < 1.0, odd(a, SINH[x.e.fmt]), big - small)
    return finish(x, y.with_sign(x.sign_bits()))


def cosh(x):
    big, small = half_exp_pair(x.abs())
    return select(x.is_nan(), x, big + small)


def finish(x, y):
    """Zeros, subnormals and NaN through."""
    return keep_tiny(x, select(x.is_nan(), x, y))


def tanh(x):
    a = x.abs()
    e = exp(minimum(a, x.e.float(x.e.fmt.number(22.0, 10.0))) * 2.0)
    y = select(a < 0.55, odd(a, TANH[x.e.fmt]), 1.0 - 2.0 / (e + 1.0))
    return finish(x, y.with_sign(x.sign_bits()))


def asinh(x):
    """log1p(a + a²/(1 + sqrt(1 + a²))); for large a, log(a) + log(2)."""
    a = x.abs()
    large = a > x.e.fmt.number(2.0**60, 2.0**30)
    square = a * a
    u = select(large, a, a + square / ((square + 1.0).sqrt() + 1.0))
    y = log1p(u) + select(large, 0.6931471805599453, x.e.float(0.0))
    return finish(x, y.with_sign(x.sign_bits()))


def acosh(x):
    """With u = x - 1: log1p(u + sqrt(u² + 2u)); for large x, log(x) + log(2)."""
    large = x > x.e.fmt.number(2.0**60, 2.0**30)
    u = x - 1.0
    u = select(large, x, u + multiply_add(u, u, u + u).sqrt())
    y = log1p(u) + select(large, 0.6931471805599453, x.e.float(0.0))
    return select(x < 1.0, float("nan"), y)


def atanh(x):
    """log1p(2a/(1-a))/2, the fraction written as 2a + 2a²/(1-a) for small a."""
    a = x.abs()
    double = a + a
    ratio = double / (1.0 - a)
    y = log1p(select(a < 0.5, multiply_add(a, ratio, double), ratio)) * 0.5
    return finish(x, y.with_sign(x.sign_bits()))
