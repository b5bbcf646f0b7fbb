"""Double-word arithmetic: an unevaluated sum hi + lo of two floats, about twice the precision of one.

Sources: Dekker, "A floating-point technique for extending the available precision" (1971); Knuth's TwoSum; Joldes,
Muller and Popescu, "Tight and rigorous error bounds for basic building blocks of double-word arithmetic" (2017).
Relative errors are a few units in 2^-104 (f64) or 2^-46 (f32).
"""
from .emit import Num, multiply_add


class Double:
    """hi + lo with |lo| at most half an ulp of hi."""

    __slots__ = ("hi", "lo")

    def __init__(self, hi, lo):
        self.hi, self.lo = hi, lo

    def __add__(self, other):
        if not isinstance(other, Double):
            total = two_sum(self.hi, other)
            return fast_two_sum(total.hi, total.lo + self.lo)
        total = two_sum(self.hi, other.hi)
        return fast_two_sum(total.hi, total.lo + (self.lo + other.lo))

    def __neg__(self):
        return Double(-self.hi, -self.lo)

    def __sub__(self, other):
        return self + -other

    def __mul__(self, other):
        if not isinstance(other, Double):
            product = two_product(self.hi, other)
            return fast_two_sum(product.hi, multiply_add(self.lo, other, product.lo))
        product = two_product(self.hi, other.hi)
        return fast_two_sum(product.hi, multiply_add(self.lo, other.hi, multiply_add(self.hi, other.lo, product.lo)))

    def __truediv__(self, other):
        """hi part first, then one Newton step from the exact remainder."""
        other = other if isinstance(other, Double) else Double(other, None)
        quotient = self.hi / other.hi
        back = two_product(quotient, other.hi)
        remainder = (self.hi - back.hi) - back.lo + self.lo
        if other.lo is not None:
            remainder = remainder - quotient * other.lo
        return fast_two_sum(quotient, remainder / other.hi)

    def scale(self, power):
        """Times a power of two."""
        return Double(self.hi * power, self.lo * power)

    def round(self):
        return self.hi + self.lo


def two_sum(a: Num, b: Num) -> Double:
    """a + b exactly, in any order of magnitude."""
    total = a + b
    shadow = total - a
    return Double(total, (a - (total - shadow)) + (b - shadow))


def fast_two_sum(a: Num, b: Num) -> Double:
    """a + b exactly, where |a| >= |b| or a is zero."""
    total = a + b
    return Double(total, b - (total - a))


def two_product(a: Num, b: Num) -> Double:
    """a * b exactly (without fma: up to 2^-104 relative, both halves being cut off by a mask and not rounded)."""
    e = a.e
    b = e.float(b)
    product = a * b
    if e.options.exact_fma:
        return Double(product, multiply_add(a, b, -product))
    ah, bh = high_half(a), high_half(b)
    al, bl = a - ah, b - bh
    return Double(product, ((ah * bh - product) + ah * bl + al * bh) + al * bl)


def high_half(a: Num) -> Num:
    """`a` with the lower half of its significand cleared: products of two of these are exact."""
    low = (1 << (a.e.fmt.mantissa // 2 + 1)) - 1
    return (a.bits() & ~low).as_float()
