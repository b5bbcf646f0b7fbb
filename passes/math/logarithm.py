"""log, log2, log10, log1p, and the logarithm in double-word precision that powf needs.

After FreeBSD msun (Sun Microsystems e_log.c, s_log1p.c; k_log.h by Bruce Evans): x = 2^k m, m in [sqrt(1/2), sqrt 2),
s = (m-1)/(m+1), log(m) = f - (f²/2 - s (f²/2 + R(s²))). Errors below 1 ulp.
"""
from .double import Double, fast_two_sum, two_product
from .emit import F32, F64, multiply_add, polynomial, select

LN2 = {F64: (6.93147180369123816490e-01, 1.90821492927058770002e-10),
       F32: (6.9313812256e-01, 9.0580006145e-06)}
R = {
    F64: (6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
          1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01),
    F32: (0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841),
}
SQRT_HALF_BITS = {F64: 0x3FE6A09E667F3BCD, F32: 0x3F3504F3}
# log((1+s)/(1-s)) = 2s + s³ (2/3 + s² P(s²)) for |s| <= 0.1716; relative error of P 2^-57 (f64), 2^-21 (f32).
P = {
    F64: (0.4, 0.28571428571429386, 0.2222222222164286, 0.18181818338340378, 0.15384594648167274, 0.13334821758541748,
          0.11705780225155335, 0.11727939301431992),
    F32: (0.40000015, 0.28562167, 0.23051408),
}
TWO_THIRDS = {F64: (0.6666666666666666, 3.700743415417188e-17), F32: (0.6666667, -1.9868216e-08)}


def exponent_and_mantissa(x):
    """(k, m) with |x| = 2^k m, m in [sqrt(1/2), sqrt 2), for finite x. A subnormal's significand is converted as an
    integer, for arithmetic may read it as zero."""
    fmt = x.e.fmt
    bits = x.bits() & (fmt.sign_mask - 1)
    subnormal = bits < (1 << fmt.mantissa)
    bits = select(subnormal, bits.to_float().bits(), bits)
    k, m = split(bits)
    return select(subnormal, k - (fmt.bias + fmt.mantissa - 1), k), m


def split(bits):
    """The same for the bit pattern of a normal number."""
    fmt = bits.e.fmt
    k = (bits - SQRT_HALF_BITS[fmt]) >> fmt.mantissa
    return k, (bits - (k << fmt.mantissa)).as_float()


def log1p_parts(f):
    """(f²/2, s (f²/2 + R)): log(1 + f) = f - (first - second)."""
    s = f / (f + 2.0)
    z = s * s
    half_square = f * f * 0.5
    return half_square, s * multiply_add(z, polynomial(z, R[f.e.fmt]), half_square)


def finish_log(x, k, y):
    """The ends of the domain. Zero is known by its exponent: LLVM turns a comparison of its bits with zero into one of
    floats, which takes subnormals for zero where the machine flushes them."""
    fmt, inf = x.e.fmt, float("inf")
    y = select(x.bits() < 0, float("nan"), y)
    y = select(k < -2 * fmt.bias, -inf, y)
    return select((x == inf) | x.is_nan(), x, y)


def log(x):
    hi, lo = LN2[x.e.fmt]
    k, m = exponent_and_mantissa(x)
    kf, f = k.to_float(), m - 1.0
    half_square, rest = log1p_parts(f)
    y = multiply_add(kf, hi, f - (half_square - multiply_add(kf, lo, rest)))
    return finish_log(x, k, y)


def log1p(x):
    """1 + x is rounded; the error over 1 + x is added to the logarithm (s_log1p.c)."""
    fmt = x.e.fmt
    hi, lo = LN2[fmt]
    total = x + 1.0
    k, m = split(total.bits())
    f = select(k == 0, x, m - 1.0)
    correction = select(total > 2.0, 1.0 - (total - x), x - (total - 1.0)) / total
    correction = select(k == 0, 0.0, correction)
    kf = k.to_float()
    half_square, rest = log1p_parts(f)
    y = multiply_add(kf, hi, f - (half_square - (rest + multiply_add(kf, lo, correction))))
    y = select(x < -1.0, float("nan"), select(x == -1.0, -float("inf"), y))
    y = select((x == float("inf")) | x.is_nan(), x, y)
    return select(x.abs() < 2.0 ** -(fmt.mantissa + 2), x, y)


def log_double(x):
    """log(x) as a Double, relative error about 2^-64 (f64), 2^-32 (f32), for positive finite x.

    s = hi + lo = (m-1)/(m+1), log(m) = 2s + s z (2/3 + z P(z)) with z = s². The parts are renormalized only where a
    further term needs it: every step is on the critical path of powf.
    """
    e, fmt = x.e, x.e.fmt
    k, m = exponent_and_mantissa(x)
    f = m - 1.0
    below = f + 2.0
    below_low = f - (below - 2.0)
    inverse = 1.0 / below
    s = f * inverse
    back = two_product(s, below)
    s_low = inverse * ((f - back.hi) - back.lo - s * below_low)
    z = two_product(s, s)
    z_low = multiply_add(s + s, s_low, z.lo)
    third, third_low = TWO_THIRDS[fmt]
    c = fast_two_sum(e.float(third), multiply_add(z.hi, polynomial(z.hi, P[fmt]), third_low))
    t = two_product(z.hi, c.hi)
    t_low = multiply_add(z.hi, c.lo, multiply_add(z_low, c.hi, t.lo))
    v = two_product(s, t.hi)
    v_low = multiply_add(s, t_low, multiply_add(s_low, t.hi, v.lo))
    log_m = fast_two_sum(s + s, v.hi)
    kf = k.to_float()
    hi, lo = LN2[fmt]
    total = fast_two_sum(kf * hi, log_m.hi)
    return Double(total.hi, total.lo + multiply_add(kf, lo, log_m.lo + (s_low + s_low + v_low)))


# 1/ln 2 and 1/ln 10 in two parts, and log10(2) whose upper part times any exponent is exact (FreeBSD e_log10.c).
LOG2_E = {F64: (1.4426950408889634, 2.0355273740931033e-17), F32: (1.442695, 1.925963e-08)}
LOG10_E = {F64: (0.4342944819032518, 1.098319650216765e-17), F32: (0.4342945, -1.0103050e-08)}
LOG10_2 = {F64: (3.01029995663611771306e-01, 3.69423907715893078616e-13), F32: (3.0102920532e-01, 7.9034151668e-07)}


def log_of_significand(m):
    """log(m) as a Double good to a few bits more than a float: f - f²/2 is exact as a pair (k_log.h)."""
    f = m - 1.0
    half_square, rest = log1p_parts(f)
    square = two_product(f, f * 0.5)
    head = fast_two_sum(f, -square.hi)
    return fast_two_sum(head.hi, head.lo - square.lo + rest)


def log2(x):
    k, m = exponent_and_mantissa(x)
    hi, lo = LOG2_E[x.e.fmt]
    y = log_of_significand(m) * Double(x.e.float(hi), x.e.float(lo))
    total = fast_two_sum(k.to_float(), y.hi)
    return finish_log(x, k, select(k == 0, y.hi, total.hi + (total.lo + y.lo)))


def log10(x):
    e, fmt = x.e, x.e.fmt
    k, m = exponent_and_mantissa(x)
    hi, lo = LOG10_E[fmt]
    y = log_of_significand(m) * Double(e.float(hi), e.float(lo))
    kf = k.to_float()
    hi, lo = LOG10_2[fmt]
    total = fast_two_sum(kf * hi, y.hi)
    return finish_log(x, k, select(k == 0, y.hi, total.hi + (total.lo + multiply_add(kf, lo, y.lo))))
