"""powf, fpowi, cbrt, rsqrt, hypot.

powf is exp(y log x) with the logarithm and the product in double-word precision (as in SLEEF, Naoki Shibata); where the
exponent is a small whole constant it is products of double words (Bailey's squarings). cbrt is
FreeBSD's (s_cbrt.c by Bruce Evans and Steven Kargl): an integer division of the bits by three, a polynomial, one step.
hypot is the root of a fused sum of squares, below 1 ulp; CPython corrects it once (Borges, "An improved algorithm for
hypot(a, b)", 2019), for a third of its time. Errors below 1 ulp.
"""
from dsl.passes.ir.expr import whole_constant
from dsl.passes.ir.limits import MULTIPLIED_POWER

from . import power32
from .double import Double, two_product
from .emit import F32, F64, Num, multiply_add, polynomial, select
from .exponential import clamp, exp_sum, scale, scale_normal, unflushed
from .logarithm import exponent_and_mantissa, log_double

INF, NAN = float("inf"), float("nan")


def power_of_magnitude(x, y):
    """|x|^y. Beyond the bound on y every result is 0, 1 or infinite, and the bound keeps that."""
    fmt = x.e.fmt
    positive = y.bits() >= 0  # a comparison with 0.0 would take a subnormal for zero
    bound = fmt.number(2.0**66, 2.0**36)
    y = clamp(y, -bound, bound)
    if fmt is F32 and x.e.options.cheap_f64:
        value = power32.power32_of_magnitude(x, y)
    else:
        logarithm = log_double(x)
        product = two_product(logarithm.hi, y)
        value = exp_sum(product.hi, multiply_add(logarithm.lo, y, product.lo))
    magnitude = x.bits() & (fmt.sign_mask - 1)
    value = select(magnitude == fmt.exponent_mask, select(positive, INF, x.e.float(0.0)), value)
    return select(x.is_zero(), select(positive, 0.0, x.e.float(INF)), value)


def powf(x, y):
    n = whole_constant(y.value, MULTIPLIED_POWER)
    if n is not None:
        return power_by_products(x, n)
    fmt = x.e.fmt
    integer = clamp(y, -(2.0 ** (fmt.width - 2)), 2.0 ** (fmt.width - 2)).to_int()
    is_integer = (integer.to_float() == y) & ((integer != 0) | y.is_zero()) | (y.abs() >= 2.0**fmt.mantissa)
    return finish_power(x, y, (integer & 1) != 0, is_integer)


def finish_power(x, y, is_odd, is_integer):
    """Signs and special values as in C99, F.9.4.4."""
    value = power_of_magnitude(x, y)
    negative = x.sign_bits()
    value = value.flip_sign(select(is_odd & is_integer, negative, x.e.int(0)))
    value = select((x.bits() < 0) & (x > -INF) & ~x.is_zero() & ~is_integer, NAN, value)
    value = select(x.is_nan() | y.is_nan(), NAN, value)
    return select(y.is_zero() | (x == 1.0), 1.0, value)


def power_by_products(x, n):
    """x^n of the significand, whose power stays far from the ends of the range, and the exponent times n.

    The lower words lack terms of the second order, n² 2^-106 of the value (f32: n² 2^-48)."""
    if n in (0, 1, 2):
        return (x.e.float(1.0), x, x * x)[n]
    fmt = x.e.fmt
    k, m = exponent_and_mantissa(x)
    power = product_of(m, abs(n))
    if n < 0:
        inverse = x.e.float(1.0) / power.hi
        back = two_product(inverse, power.hi)
        power = Double(inverse, inverse * ((1.0 - back.hi) - back.lo - inverse * power.lo))
    value = power.round()
    own = (value.bits() >> fmt.mantissa) - fmt.bias
    beyond = 2 * fmt.bias  # exponents that are as good as any larger one
    exponent = k * n + own
    exponent = select(exponent > beyond, beyond, select(exponent < -beyond, -beyond, exponent))
    value = scale(scale_normal(value, -own), select(exponent > fmt.bias, 0, exponent))
    magnitude = x.bits() & (fmt.sign_mask - 1)
    at_infinity, at_zero = (INF, 0.0) if n > 0 else (0.0, INF)
    value = select(exponent > fmt.bias, INF, value)
    value = select(magnitude == fmt.exponent_mask, at_infinity, select(x.is_zero(), at_zero, value))
    value = value.flip_sign(x.sign_bits()) if n % 2 else value
    return select(x.is_nan(), x, value)


def product_of(m: Num, n: int) -> Double:
    """m^n, n being positive, by squarings; the two words may overlap."""
    power = Double(m, m.e.float(0.0))
    for bit in bin(n)[3:]:
        square = two_product(power.hi, power.hi)
        power = Double(square.hi, multiply_add(power.hi + power.hi, power.lo, square.lo))
        if bit == "1":
            product = two_product(power.hi, m)
            power = Double(product.hi, multiply_add(power.lo, m, product.lo))
    return power


def fpowi(x, n):
    """x to an integer power; the exponent's parity is the integer's own, for f32 does not hold every i32."""
    e = x.e
    if n.element.width < e.fmt.width:
        n = e.op("arith.extsi", e.int_type, n)
    elif n.element.width > e.fmt.width:
        limit = e.constant(2**31 - 2, n.type)
        parity = n & 1
        n = select(n > limit, limit, select(n < -limit, -limit, n)) + parity
        n = e.op("arith.trunci", e.int_type, n)
    return finish_power(x, n.to_float(), (n & 1) != 0, n == n)


CBRT = (1.87595182427177009643, -1.88497979543377169875, 1.621429720105354466140, -0.758397934778766047437,
        0.145996192886612446982)  # 1/cbrt(r) to 2^-23.5 for |r - 1| < 1/10
THIRD_OF_BIAS = {F64: 715094163 << 32, F32: 709958130}


def cbrt(x):
    e, fmt = x.e, x.e.fmt
    lift = fmt.number(54, 24)
    magnitude = x.bits() & (fmt.sign_mask - 1)
    subnormal = magnitude < (1 << fmt.mantissa)
    a = select(subnormal, unflushed(magnitude.as_float(), lift), magnitude.as_float())
    third = e.op("arith.divui", e.int_type, a.bits(), e.int(3))
    t = (third + THIRD_OF_BIAS[fmt]).as_float()
    t = t * polynomial((t * t) * (t / a), CBRT)
    # Cut t to 23 bits (f32: 12), so that its square is exact.
    dropped = fmt.number(30, 12)
    t = ((t.bits() + (1 << dropped)) & ~((1 << dropped) - 1)).as_float()
    r = a / (t * t)
    t = multiply_add(t, (r - t) / (t + t + r), t)
    t = select(subnormal, t * 2.0 ** -(lift // 3), t)
    unchanged = x.is_zero() | (magnitude >= fmt.exponent_mask)
    return select(unchanged, x, t.with_sign(x.sign_bits()))


def rsqrt(x):
    """1/sqrt(x); a subnormal is lifted by an even power."""
    lift = x.e.fmt.number(54, 24)
    magnitude = x.bits() & (x.e.fmt.sign_mask - 1)
    subnormal = (magnitude - 1).compare("ult", (1 << x.e.fmt.mantissa) - 1)
    root = select(subnormal, unflushed(x, lift), x).sqrt()
    return 1.0 / root * select(subnormal, 2.0 ** (lift // 2), x.e.float(1.0))


def hypot(x, y):
    """The root of the sum of squares; numbers whose squares leave the range are scaled first, and the root back."""
    e, fmt = x.e, x.e.fmt
    shift = fmt.number(600, 100)
    ax, ay = x.abs(), y.abs()
    small = (ax < 2.0 ** -(shift // 2)) & (ay < 2.0 ** -(shift // 2))
    large = (ax > 2.0 ** (shift // 2)) | (ay > 2.0 ** (shift // 2))
    a, b = (select(small, unflushed(v, shift), v * select(large, 2.0**-shift, e.float(1.0))) for v in (ax, ay))
    h = multiply_add(a, a, b * b).sqrt()
    # a subnormal result is put together from its bits, the others are a product
    anchor = e.float(2.0**fmt.mantissa)
    units = multiply_add(h, 2.0 ** (fmt.bias + fmt.mantissa - 1 - shift), anchor)
    subnormal = (units.bits() - anchor.bits()).as_float()
    back = select(small, 2.0**-shift, select(large, 2.0**shift, e.float(1.0)))
    h = select(small & (h < 2.0 ** (shift + 1 - fmt.bias)), subnormal, h * back)
    return select((ax == INF) | (ay == INF), INF, h)
