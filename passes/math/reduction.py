"""Reduction of an angle modulo pi/2: x = n pi/2 + hi + lo, |hi| <= pi/4, with n known modulo 4.

Ordinary angles: Cody and Waite's method with pi/2 in three parts (33, 53 and 53 bits; f32: 16, 24 and 24), the middle
product being taken exactly. Huge ones: Payne and Hanek, "Radian reduction for trigonometric functions" (1983): the
significand of x, an integer, times those three words of 2/pi that decide the fraction; whole turns fall out at the top.
"""
from . import control
from .double import Double, fast_two_sum, two_product, two_sum
from .emit import F32, F64, multiply_add, select
from .exponential import nearest

HALF_PI_PARTS = {F64: (1.5707963267341256, 6.077100506506192e-11, 3.5215598651832e-27),
                 F32: (1.57080078125, -4.454454938240815e-06, -1.6513995574653217e-13)}
HALF_PI = {F64: (1.5707963267948966, 6.123233995736766e-17), F32: (1.5707963705062866, -4.371138828673793e-08)}
LIMIT = {F64: 1.6e6, F32: 390.0}  # n below 2^20 (f32: 2^8), so that n times the first part is exact
TWO_OVER_PI = (  # 1,280 bits after the binary point
    0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0,
    0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484, 0xE99C7026B45F7E41, 0x3991D639835339F4,
    0x9C845F8BBDF9283B, 0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7, 0x4F463F669E5FEA2D,
    0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB, 0xF0CFBC209AF4361D,
)


def reduce_angle(x):
    """(n, Double) for any x; infinities and NaN give NaN."""
    n, near = reduce_ordinary(x)
    n, hi, lo = control.rarely(~(x.abs() <= LIMIT[x.e.fmt]), lambda: reduce_huge(x), (n, near.hi, near.lo))
    return n, Double(hi, lo)


def reduce_ordinary(x):
    first, second, third = HALF_PI_PARTS[x.e.fmt]
    n, k = nearest(x * 0.6366197723675814)
    product = two_product(k, x.e.float(second))
    near = two_sum(multiply_add(k, -first, x), -product.hi)
    return n, fast_two_sum(near.hi, (near.lo - product.lo) - k * third)


def reduce_huge(x):
    """(n, hi, lo) for |x| of at least LIMIT."""
    fmt = x.e.fmt
    bits = x.bits() & (fmt.sign_mask - 1)
    significand = bits & ((1 << fmt.mantissa) - 1) | (1 << fmt.mantissa)
    # |x| / (pi/2) / 4 = significand * (2/pi) * 2^(exponent - 2): whole multiples of 2^0 are turns and drop out.
    exponent = (bits >> fmt.mantissa) - (fmt.bias + fmt.mantissa)
    w0, w1, w2 = window(exponent - 2)
    high1, low1 = multiply(significand, w1)
    second = low1 + multiply(significand, w2)[0]
    first = significand * w0 + high1 + select(second.compare("ult", low1), x.e.int(1), x.e.int(0))
    n, turn = quarter_turns(first, second)
    angle = turn * Double(*map(x.e.float, HALF_PI[fmt]))
    negative = x.sign_bits()
    hi = select(x.abs() < float("inf"), angle.hi.flip_sign(negative), float("nan"))
    return select(negative != 0, -n, n), hi, angle.lo.flip_sign(negative)


def window(offset):
    """Three words of 2/pi from the bit after which the weight times 2^offset is below one. A word of zeros stands in
    front, for offsets down to minus one word; a shifter of selects stands for a table lookup, which not every back end
    has for constants."""
    e, width = offset.e, offset.e.fmt.width
    table = [0, *TWO_OVER_PI] if width == 64 else [0, *(w >> s & 0xFFFFFFFF for w in TWO_OVER_PI[:4] for s in (32, 0))]
    position = offset + width
    index, shift = position >> (width.bit_length() - 1), position & (width - 1)
    words = [e.int(w) for w in table]
    for bit in range(4 if width == 64 else 2, -1, -1):
        stride, needed = 1 << bit, (1 << bit) + 3
        chosen = (index & stride) != 0
        words = [select(chosen, words[min(i + stride, len(words) - 1)], words[i]) for i in range(needed)]
    complement = shift ^ (width - 1)  # width - 1 - shift: a shift by a whole width is undefined
    return [(a << shift) | b.logical_shift(1).logical_shift(complement) for a, b in zip(words, words[1:])]


def multiply(a, b):
    """(high, low) words of the unsigned product, by halves: extended multiplication is not had everywhere."""
    half = a.e.fmt.width // 2
    mask = (1 << half) - 1
    a0, a1, b0, b1 = a & mask, a.logical_shift(half), b & mask, b.logical_shift(half)
    low, middle, cross = a0 * b0, a1 * b0, a0 * b1
    carried = low.logical_shift(half) + (middle & mask) + (cross & mask)
    high = a1 * b1 + middle.logical_shift(half) + cross.logical_shift(half) + carried.logical_shift(half)
    return high, a * b


def quarter_turns(first, second):
    """Two words of a fraction of a turn as (n, Double): n quarter turns and a remainder in [-1/2, 1/2) of one."""
    width, half = first.e.fmt.width, first.e.fmt.width // 2
    mask = (1 << half) - 1
    head = (first << 2) | second.logical_shift(width - 2)
    tail = second << 2
    n = first.logical_shift(width - 2) + head.logical_shift(width - 1)
    pieces = (head >> half, head & mask, tail.logical_shift(half), tail & mask)
    a, b, c, d = (piece.to_float() * 2.0 ** (-half * (i + 1)) for i, piece in enumerate(pieces))
    return n, fast_two_sum(a, b) + fast_two_sum(c, d)
