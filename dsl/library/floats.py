"""Functions of `math` on floats that are made of others."""

import math

import numpy as np

from .bits import from_bits, to_bits
from .entries import replaces

NARROW: tuple = (np.float32, np.float16)


@replaces(math.log)
def log(x, base=None):
    if base is None:
        return float_of(np.log(x))
    return float_of(np.log(x)) / float_of(np.log(base))


def float_of(x):
    """A NumPy f64 as Python's own float; other widths as they are."""
    return x if isinstance(x, NARROW) else float(x)


@replaces(math.hypot)
def hypot(*coordinates):
    if len(coordinates) < 2:
        return float_of(abs(sum(coordinates)))
    result = coordinates[0]  # not its absolute value, which has no second derivative at 0
    for x in coordinates[1:]:
        result = float_of(np.hypot(result, x))
    return result


@replaces(math.dist)
def dist(p, q):
    return hypot(*[a - b for a, b in zip(p, q)])


@replaces(math.degrees, np.degrees, np.rad2deg)
def degrees(x):
    return x * (180.0 / math.pi)


@replaces(math.radians, np.radians, np.deg2rad)
def radians(x):
    return x * (math.pi / 180.0)


@replaces(math.isnan, np.isnan)
def isnan(x):
    return x != x


@replaces(math.isinf, np.isinf)
def isinf(x):
    return abs(x) == math.inf


@replaces(math.isfinite, np.isfinite)
def isfinite(x):
    return abs(x) < math.inf


@replaces(math.isclose)
def isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0):
    if rel_tol < 0.0 or abs_tol < 0.0:
        raise ValueError("tolerances must be non-negative")
    if a == b:
        return True
    if abs(a) == math.inf or abs(b) == math.inf:
        return False
    difference = abs(b - a)
    return (difference <= abs(rel_tol * b) or difference <= abs(rel_tol * a)) or difference <= abs_tol


@replaces(math.modf)
def modf(x):
    whole = float_of(np.trunc(x))
    side = math.copysign(1.0, x)
    part = 0.0 if abs(x) == math.inf else side * x - side * whole
    return side * part, math.copysign(whole, x)


@replaces(math.remainder)
def remainder(x, y):
    """IEEE's remainder, exact: CPython's own algorithm from the C remainder."""
    side = math.copysign(1.0, x)
    absx, absy = side * float(x), abs(float(y))  # not abs(x), which has no derivative at 0
    if absx == math.inf or y == 0.0:
        return math.nan
    if absy == math.inf:
        return float(x)
    m = math.fmod(absx, absy)
    c = absy - m
    if m < c:
        r = m
    elif m > c:
        r = -c
    else:
        r = m - 2.0 * math.fmod(0.5 * (absx - m), absy)
    return side * r


@replaces(math.frexp)
def frexp(x):
    if x == 0.0 or not abs(x) < math.inf:
        return x, 0
    shift = 0
    if abs(x) < 2.2250738585072014e-308:
        x = x * 18014398509481984.0
        shift = 54
    exponent = ((to_bits(x) >> 52) & 0x7FF) - 1022
    return ldexp(x, -exponent), exponent - shift


@replaces(math.ldexp)
def ldexp(x, i):
    """In two or three exact steps, so that only the last one rounds."""
    i = max(-2200, min(2200, i))
    if i > 1023:
        x = x * 8.98846567431158e307
        i = i - 1023
        if i > 1023:
            x = x * 8.98846567431158e307
            i = min(i - 1023, 1023)
    elif i < -1022:
        # 2**-969 leaves room for the 53 bits, so that a subnormal result is rounded once
        x = x * 2.004168360008973e-292
        i = i + 969
        if i < -1022:
            x = x * 2.004168360008973e-292
            i = max(i + 969, -1022)
    return x * from_bits((i + 1023) << 52)


@replaces(math.ulp)
def ulp(x):
    x = abs(x)
    if not x < math.inf:
        return x
    if x == 1.7976931348623157e308:
        return 1.99584030953472e292
    return from_bits(to_bits(x) + 1) - from_bits(to_bits(x))


@replaces(math.nextafter, np.nextafter)
def nextafter(x, y):
    if x != x or y != y:
        return math.nan
    if x == y:
        return float(y)
    if x == 0.0:
        return math.copysign(5e-324, y)
    if (x < y) == (x > 0.0):
        return from_bits(to_bits(x) + 1)
    return from_bits(to_bits(x) - 1)


@replaces(np.sign)
def sign(x):
    if x != x:
        return x
    one = x**0  # of the type of x, and for infinities too
    return one if x > 0 else -one if x < 0 else one * 0


@replaces(np.square)
def square(x):
    return x * x


@replaces(np.reciprocal)
def reciprocal(x):
    return 1.0 / x


@replaces(np.maximum)
def maximum(x, y):
    if x != x:
        return x + 0 * y
    return (x if x >= y else y) if y == y else y + 0 * x


@replaces(np.minimum)
def minimum(x, y):
    if x != x:
        return x + 0 * y
    return (x if x <= y else y) if y == y else y + 0 * x


def root_of_sum(x):
    """The root of a sum of squares."""
    return np.sqrt(x)


def is_integer(x):
    """`x.is_integer()`."""
    return math.isfinite(x) and bool(np.floor(x) == x)
