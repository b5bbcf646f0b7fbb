"""What is exact, or rounds once: round, copysign, fma, the tests for NaN and infinity, and the remainder, C's fmod."""
from . import control
from .double import two_product, two_sum
from .emit import select

NAN = float("nan")


def copysign(x, y):
    magnitude = x.bits() & (x.e.fmt.sign_mask - 1)
    return (magnitude | y.sign_bits()).as_float()


def round_half_away(x):
    """Adding the number just below one half, instead of it, keeps 0.49999999999999994 from reaching 1."""
    below_half = 0.5 - 2.0 ** -(x.e.fmt.mantissa + 2)
    shifted = x + x.e.float(below_half).with_sign(x.sign_bits())
    return shifted.trunc()


def fma(x, y, z):
    """x y + z, rounded once where the machine does so; elsewhere from the exact product (0.5 ulp and a trifle)."""
    e = x.e
    if e.options.exact_fma:
        return e.op("math.fma", e.float_type, x, y, z)
    product = two_product(x, y)
    total = two_sum(product.hi, z)
    plain = x * y + z
    return select(plain.abs() < float("inf"), total.hi + (total.lo + product.lo), plain)


def isnan(x):
    return x.is_nan()


def isinf(x):
    return x.abs() == float("inf")


def isfinite(x):
    return x.abs() < float("inf")


def remf(x, y):
    """x - trunc(x/y) y, exactly. Where the quotient is not too large, it is x minus an exact product."""
    e, fmt = x.e, x.e.fmt
    a, b = x.abs(), y.abs()
    quotient_bits = fmt.mantissa - 2 if e.options.exact_fma else fmt.mantissa // 2 - 1
    safe = (b > 2.0 ** (2 * fmt.mantissa + 1 - fmt.bias)) & (a < 2.0 ** (fmt.bias - 2))
    safe = safe & (a < b * 2.0**quotient_bits)
    quotient = (a / b).trunc()
    product = two_product(quotient, b)
    near = (a - product.hi) - product.lo
    near = select(near < 0.0, near + b, near)  # the quotient was rounded up to an integer
    (result,) = control.rarely(~safe, lambda: (long_division(a, b),), (near,))
    result = select(a < b, a, result)
    result = select(a.is_nan() | b.is_nan() | (a == float("inf")) | y.is_zero(), NAN, result)
    return result.with_sign(x.sign_bits())


def long_division(a, b):
    """The remainder of two positive numbers by integer division, 11 bits of the quotient (f32: 8) at a time."""
    e, fmt = a.e, a.e.fmt
    exponent_a, r = exponent_and_significand(a)
    exponent_b, divisor = exponent_and_significand(b)
    divisor = select(divisor == 0, 1, divisor)
    chunk = fmt.width - fmt.mantissa - 1
    distance = exponent_a - exponent_b

    def step(n, r):
        bits = select(n < chunk, n, chunk)
        bits = select(bits < 0, 0, bits)
        return n - bits, (r << bits).unsigned_remainder(divisor)

    _, r = control.repeat(e, (distance, r.unsigned_remainder(divisor)), lambda n, r: n > 0, step)
    result = assemble(r, exponent_b)
    return select(a.bits() < b.bits(), a, result)


def exponent_and_significand(a):
    """(exponent, significand as an integer) of a positive number; subnormals have the lowest exponent, 1."""
    fmt = a.e.fmt
    field = a.bits() >> fmt.mantissa
    fraction = a.bits() & ((1 << fmt.mantissa) - 1)
    normal = field > 0
    return select(normal, field, 1), select(normal, fraction | (1 << fmt.mantissa), fraction)


def assemble(significand, exponent):
    """The float of parts that need not be normalized."""
    fmt = significand.e.fmt
    bits = significand.to_float().bits()
    offset = exponent - (fmt.bias + fmt.mantissa)
    is_normal = (bits >> fmt.mantissa) + offset > 0
    # Where the result is subnormal, exponent - 1 is small; elsewhere the shift is unused.
    subnormal = significand << ((exponent - 1) & (fmt.width - 1))
    shifted = bits + (offset << fmt.mantissa)
    return select(is_normal & (significand != 0), shifted, subnormal).as_float()
