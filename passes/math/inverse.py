"""asin, acos, atan, atan2.

After fdlibm (Sun Microsystems: e_asin.c, e_acos.c, s_atan.c and FreeBSD's float versions by Ian Lance Taylor).
Errors below 1 ulp (atan2: 1.5).
"""
from .double import two_product
from .emit import F32, F64, horner, multiply_add, polynomial, select
from .exponential import rescaled, unflushed
from .trigonometric import keep_tiny

HALF_PI = {F64: (1.5707963267948966, 6.123233995736766e-17), F32: (1.5707963705062866, -4.371138828673793e-08)}
ASIN_P = {
    F64: (1.66666666666666657415e-01, -3.25565818622400915405e-01, 2.01212532134862925881e-01,
          -4.00555345006794114027e-02, 7.91534994289814532176e-04, 3.47933107596021167570e-05),
    F32: (1.6666586697e-01, -4.2743422091e-02, -8.6563630030e-03),
}
ASIN_Q = {
    F64: (1.0, -2.40339491173441421878e+00, 2.02094576023350569471e+00, -6.88283971605453293030e-01,
          7.70381505559019352791e-02),
    F32: (1.0, -7.0662963390e-01),
}
ATAN = {
    F64: (3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01,
          -1.11111104054623557880e-01, 9.09088713343650656196e-02, -7.69187620504482999495e-02,
          6.66107313738753120669e-02, -5.83357013379057348645e-02, 4.97687799461593236017e-02,
          -3.65315727442169155270e-02, 1.62858201153657823623e-02),
    F32: (3.3333328366e-01, -1.9999158382e-01, 1.4253635705e-01, -1.0648017377e-01, 6.1687607318e-02),
}
# atan(1/2), atan(1), atan(3/2) in two parts.
ATAN_HALF = {F64: (0.4636476090008061, 2.2698777452961687e-17), F32: (0.46364760398864746, 5.0121582440e-09)}
ATAN_ONE = {F64: (0.7853981633974483, 3.061616997868383e-17), F32: (0.7853981852531433, -2.1855694143368964e-08)}
ATAN_THREE_HALVES = {F64: (0.982793723247329, 1.3903311031230998e-17), F32: (0.982793748378753, -2.5131424e-08)}


def asin_ratio(z):
    """(asin(sqrt z) - sqrt z) / sqrt z for z in [0, 1/4]."""
    return z * horner(z, ASIN_P[z.e.fmt]) / horner(z, ASIN_Q[z.e.fmt])


def half_angle(x):
    """For |x| >= 1/2: z = (1 - |x|)/2, its root s and what the root lacks."""
    z = (1.0 - x.abs()) * 0.5
    s = z.sqrt()
    square = two_product(s, s)
    lacks = ((z - square.hi) - square.lo) / select(z == 0.0, 1.0, s + s)
    return z, s, lacks


def asin(x):
    e, small = x.e, x.abs() < 0.5
    half, s, lacks = half_angle(x)
    z = select(small, x * x, half)
    ratio = asin_ratio(z)
    hi, lo = HALF_PI[e.fmt]
    quarter = hi / 2
    # pi/2 - 2 (s + lacks + s ratio), grouped so that what is added last is largest
    large = quarter - ((s * ratio * 2.0 - (lo - lacks * 2.0)) - (quarter - s * 2.0))
    y = select(small, multiply_add(x.abs(), ratio, x.abs()), large).with_sign(x.sign_bits())
    return keep_tiny(x, select(x.is_nan(), x, select(x.abs() > 1.0, float("nan"), y)))


def acos(x):
    e, small = x.e, x.abs() < 0.5
    half, s, lacks = half_angle(x)
    ratio = asin_ratio(select(small, x * x, half))
    hi, lo = HALF_PI[e.fmt]
    middle = hi - (x - (lo - x * ratio))
    rest = multiply_add(s, ratio, lacks)
    right = (s + rest) * 2.0
    left = (hi - (s + (rest - lo))) * 2.0
    y = select(small, middle, select(x > 0.0, right, left))
    return select(x.is_nan(), x, select(x.abs() > 1.0, float("nan"), y))


def atan_series(t):
    """t - atan(t) for |t| <= 7/16."""
    z = t * t
    return t * z * polynomial(z, ATAN[t.e.fmt])


def atan(x):
    """Towards the nearest of 0, 1/2, 1, 3/2 and infinity: atan(x) = atan(c) + atan((x - c) / (1 + c x))."""
    e, fmt = x.e, x.e.fmt
    a = x.abs()
    half, one, three_halves, infinite = a >= 0.4375, a >= 0.6875, a >= 1.1875, a >= 2.4375

    def pick(c0, c1, c2, c3, c4):
        value = select(half, c1, e.float(c0))
        return select(infinite, c4, select(three_halves, c3, select(one, c2, value)))

    c = pick(0.0, 0.5, 1.0, 1.5, 0.0)
    t = select(infinite, -1.0, a - c) / select(infinite, a, multiply_add(c, a, 1.0))
    bases = ((0.0, 0.0), ATAN_HALF[fmt], ATAN_ONE[fmt], ATAN_THREE_HALVES[fmt], HALF_PI[fmt])
    hi, lo = (pick(*(base[i] for base in bases)) for i in range(2))
    y = hi - ((atan_series(t) - lo) - t)
    return keep_tiny(x, select(x.is_nan(), x, y.with_sign(x.sign_bits())))


def atan2(y, x):
    """The angle of the smaller over the larger of |x| and |y|, put into its octant."""
    e, fmt = x.e, x.e.fmt
    ax, ay = scaled_pair(x, y)
    steep = ay.bits() > ax.bits()  # as integers: a minimum of floats may flush subnormals
    a, b = select(steep, ax, ay), select(steep, ay, ax)
    t, hi, lo, tiny = smaller_angle(a, b)
    small = select(tiny, 0.0, t)
    angle = hi - ((atan_series(small) - lo) - small)
    half_pi = HALF_PI[fmt]
    behind = x.bits() < 0
    # pi/2 - angle if steep; pi - that if behind: together base ± angle, the base in two parts
    base_hi = select(steep, half_pi[0], select(behind, 2 * half_pi[0], e.float(0.0)))
    base_lo = select(steep, half_pi[1], select(behind, 2 * half_pi[1], e.float(0.0)))
    minus = steep.compare("!=", behind)
    turned = base_hi + (base_lo + select(minus, -angle, angle))
    result = select(steep | behind, turned, angle)
    result = select(tiny & ~(steep | behind), rescaled(t, SHIFT[fmt]), result)
    result = select(b == 0.0, select(behind, 2 * half_pi[0], e.float(0.0)), result)
    return select(x.is_nan() | y.is_nan(), float("nan"), result.with_sign(y.sign_bits()))


SHIFT = {F64: 600, F32: 64}


def scaled_pair(x, y):
    """|x| and |y| times a power of two that keeps the larger one and its double ordinary; infinities become ones
    beside zeros."""
    fmt, shift = x.e.fmt, SHIFT[x.e.fmt]
    ax, ay = x.abs(), y.abs()
    larger = select(ax > ay, ax, ay)
    small, large = larger < 2.0 ** -(shift - 100 if shift == 600 else shift - 4), larger > 2.0 ** (fmt.bias - 2)
    ax, ay = (select(small, unflushed(v, shift), select(large, v * 0.25, v)) for v in (ax, ay))
    infinite = larger == float("inf")
    return tuple(select(infinite, select(v == float("inf"), 1.0, x.e.float(0.0)), v) for v in (ax, ay))


def smaller_angle(a, b):
    """(t, hi, lo, tiny) with atan(a/b) = hi + lo + atan(t) for 0 <= a <= b. Where `tiny`, a/b is below 2^-100 (f32:
    2^-40) and a below one, and t is a/b times 2^SHIFT."""
    e, fmt, shift = a.e, a.e.fmt, SHIFT[a.e.fmt]
    half, one = a >= b * 0.4375, a >= b * 0.6875
    tiny = (a < b * 2.0 ** -(100 if shift == 600 else 40)) & (a < 1.0)
    c = select(one, 1.0, select(half, 0.5, e.float(0.0)))
    top = select(tiny, unflushed(a, shift), multiply_add(-c, b, a))
    t = top / multiply_add(c, a, b)
    hi, lo = (select(one, ATAN_ONE[fmt][i], select(half, ATAN_HALF[fmt][i], e.float(0.0))) for i in range(2))
    return t, hi, lo, tiny
