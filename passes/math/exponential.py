"""exp, exp2, expm1 and the core they share.

exp(x) = 2^k exp(r) with k = round(x / ln 2), |r| <= ln(2)/2 and exp(r) = 1 + r + r² q(r). The two-part ln 2 is
fdlibm's (Sun Microsystems, e_exp.c, e_expf.c): k times its upper part is exact. q interpolates at Chebyshev nodes
(relative error below 2^-58 for f64, 2^-28 for f32). Errors stay below 1 ulp (exp, exp2) and 1.5 ulp (expm1).
"""
from .emit import F32, F64, maximum, minimum, multiply_add, polynomial, select

LOG2_E = 1.4426950408889634
LN2 = {F64: (6.93147180369123816490e-01, 1.90821492927058770002e-10),
       F32: (6.9314575195e-01, 1.4286067653e-06)}
Q = {
    F64: (0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333325966, 0.0013888888888883629,
          0.0001984126987540889, 2.4801587325967827e-05, 2.7557254656202336e-06, 2.7557273111810967e-07,
          2.5105525761140995e-08, 2.091490745304636e-09),
    F32: (0.5, 0.16666667, 0.041666463, 0.0083333105, 0.001393391, 0.00019891279),
}
OVERFLOW = {F64: 709.782712893384, F32: 88.72283935546875}  # the largest x with a finite exp(x)
UNDERFLOW = {F64: -745.1332191019412, F32: -103.97208404541016}  # the smallest with a nonzero one


def nearest(x):
    """(round to nearest of x as an integer value, and as a float), for |x| below 2^50 (f64) or 2^21 (f32).

    Adding 1.5 * 2^52 leaves the integer in the low bits (Hecker's trick), faster than a conversion on every machine.
    """
    e, magic = x.e, x.e.fmt.number(1.5 * 2.0**52, 1.5 * 2.0**23)
    shifted = x + magic
    return shifted.bits() - e.float(magic).bits(), shifted - magic


def scale_normal(y, k):
    """y * 2^k where neither y nor the result is zero, subnormal or infinite: an addition to the exponent field."""
    return (y.bits() + (k << y.e.fmt.mantissa)).as_float()


def scale_down(y, k):
    """y * 2^k for y near 1 and k below the normal range, rounded once to a subnormal.

    The sum with 2^52 (f32: 2^23) leaves the subnormal's pattern in the low bits: no arithmetic sees a subnormal.
    """
    fmt = y.e.fmt
    lowest = fmt.bias + fmt.mantissa - 1  # the smallest subnormal is 2^-lowest
    anchor = 2.0**fmt.mantissa
    scaled = scale_normal(y, select(k + lowest > -2, k + lowest, -2))
    return ((scaled + anchor).bits() - y.e.float(anchor).bits()).as_float()


def scale(y, k):
    """y * 2^k for y >= 0 of ordinary size and any k up to the format's range, subnormal results included."""
    normal = scale_normal(y, k)
    return select(normal.bits() < (1 << y.e.fmt.mantissa), scale_down(y, k), normal)


def reduce_exp(x, low=None):
    """(k, r) with x + low = k ln 2 + r; |x| must be below a few thousand."""
    hi, lo = LN2[x.e.fmt]
    k, kf = nearest(x * LOG2_E)
    first = multiply_add(kf, -hi, x)
    return k, multiply_add(kf, -lo, first) if low is None else first + multiply_add(kf, -lo, low)


def exp_minus_one_core(r):
    """exp(r) - 1 for |r| <= ln(2)/2."""
    return multiply_add(r * r, polynomial(r, Q[r.e.fmt]), r)


def clamp(x, low, high):
    """x between two bounds; NaN becomes a bound (callers put it back)."""
    return minimum(maximum(x, x.e.float(low)), x.e.float(high))


def finish_exp(x, y):
    """Overflow to infinity, underflow to zero, NaN through."""
    fmt = x.e.fmt
    y = select(x > OVERFLOW[fmt], float("inf"), y)
    y = select(x < UNDERFLOW[fmt], 0.0, y)
    return select(x.is_nan(), x, y)


def exp(x):
    fmt = x.e.fmt
    k, r = reduce_exp(clamp(x, UNDERFLOW[fmt] - 1, OVERFLOW[fmt] + 1))
    return finish_exp(x, scale(exp_minus_one_core(r) + 1.0, k))


def exp_parts(hi, lo):
    """(k, y) with exp(hi + lo) = y 2^k, y in [1/2, 2), the sum being far more precise than one float."""
    fmt = hi.e.fmt
    k, r = reduce_exp(clamp(hi, UNDERFLOW[fmt] - 1, OVERFLOW[fmt] + 1), lo)
    return k, exp_minus_one_core(r) + 1.0


def exp_sum(hi, lo):
    """exp(hi + lo). NaN only through hi."""
    k, y = exp_parts(hi, lo)
    return finish_exp(hi, scale(y, k))


def exp2(x):
    e, fmt = x.e, x.e.fmt
    limit = fmt.bias + 1.0
    smallest = -(fmt.bias + fmt.mantissa)  # 2^smallest is half the smallest subnormal, which rounds to zero
    bounded = clamp(x, smallest - 1.0, limit)
    k, kf = nearest(bounded)
    y = scale(exp_minus_one_core((bounded - kf) * 0.6931471805599453) + 1.0, k)
    y = select(x >= limit, float("inf"), y)
    y = select(x <= e.float(smallest), 0.0, y)
    return select(x.is_nan(), x, y)


def expm1(x):
    """2^k (exp(r) - 1 + (1 - 2^-k)): the difference is exact where it matters; below -40, minus one."""
    e, fmt = x.e, x.e.fmt
    lowest = fmt.number(-40.0, -20.0)
    k, r = reduce_exp(clamp(x, lowest, OVERFLOW[fmt] + 1))
    bounded = select(k > fmt.mantissa + 8, fmt.mantissa + 8, k)
    offset = 1.0 - scale_normal(e.float(1.0), -bounded)
    y = scale_normal(exp_minus_one_core(r) + offset, k)
    y = select(k == 0, exp_minus_one_core(r), y)
    y = select(x > OVERFLOW[fmt], float("inf"), y)
    y = select(x < lowest, -1.0, y)
    small = x.abs() < 2.0 ** -(fmt.mantissa + 2)
    return select(small | x.is_nan(), x, y)


def unflushed(x, power):
    """x * 2^power, a subnormal x being read through its bits: arithmetic may take it for zero."""
    fmt = x.e.fmt
    magnitude = x.bits() & (fmt.sign_mask - 1)
    lifted = (magnitude.to_float() * 2.0 ** (power - fmt.bias - fmt.mantissa + 1)).with_sign(x.sign_bits())
    return select(magnitude < (1 << fmt.mantissa), lifted, x * 2.0**power)


def rescaled(y, power):
    """y * 2^-power for y >= 0, a subnormal result being put together from its bits."""
    fmt = y.e.fmt
    units = y * 2.0 ** (fmt.bias + fmt.mantissa - 1 - power)  # in units of the smallest subnormal
    anchor = y.e.float(2.0**fmt.mantissa)
    subnormal = ((minimum(units, anchor) + anchor).bits() - anchor.bits()).as_float()
    return select(y < 2.0 ** (power + 1 - fmt.bias), subnormal, y * 2.0**-power)
