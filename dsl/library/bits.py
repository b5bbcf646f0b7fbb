"""What floats are made of. Python definitions of operations that the library builds on."""

import struct
from fractions import Fraction


def multiply_add(x, y, z):
    """`x * y + z`, rounded once."""
    return float(Fraction(x) * Fraction(y) + Fraction(z))


def to_bits(x):
    """The 64 bits of a float as an int."""
    return struct.unpack("<q", struct.pack("<d", x))[0]


def from_bits(n):
    """The float of 64 bits."""
    return struct.unpack("<d", struct.pack("<q", n))[0]
