"""Integer routines: no derivative, equal to the last bit."""

import numpy as np

from tests.corpus import Routine

MASK32 = 0xFFFFFFFF


def multiply64(a_high, a_low, b_high, b_low):
    """The low 64 bits of a product as two halves, from 16-bit digits so that nothing exceeds 63 bits."""
    a0, a1 = a_low & 0xFFFF, a_low >> 16
    b0, b1 = b_low & 0xFFFF, b_low >> 16
    middle = a1 * b0 + (a0 * b0 >> 16)
    other = a0 * b1 + (middle & 0xFFFF)
    low = (other & 0xFFFF) << 16 | a0 * b0 & 0xFFFF
    high = a1 * b1 + (middle >> 16) + (other >> 16)
    cross = (a_high * (b_low & 0xFFFF) + ((a_high * (b_low >> 16) & 0xFFFF) << 16)) & MASK32
    cross += (b_high * (a_low & 0xFFFF) + ((b_high * (a_low >> 16) & 0xFFFF) << 16)) & MASK32
    return high + cross & MASK32, low


def pcg32(seed, count):
    """O'Neill's PCG-XSH-RR generator; the exclusive or of the numbers drawn and their last."""
    high, low = seed >> 32 & MASK32, seed & MASK32
    mixed, out = 0, 0
    for _ in range(count):
        shifted_high, shifted_low = high >> 18, (high << 14 | low >> 18) & MASK32
        x, y = shifted_high ^ high, shifted_low ^ low
        word = (x << 5 | y >> 27) & MASK32
        turn = high >> 27
        out = (word >> turn | word << (-turn & 31)) & MASK32
        mixed ^= out
        high, low = multiply64(high, low, 0x5851F42D, 0x4C957F2D)
        low += 0xF767814F
        high = high + 0x14057B7E + (low >> 32) & MASK32
        low &= MASK32
    return mixed, out


def xorshift32(state, count):
    for _ in range(count):
        state ^= state << 13 & MASK32
        state ^= state >> 17
        state ^= state << 5 & MASK32
    return state


def extended_gcd(a, b):
    """(g, x, y) with a x + b y = g."""
    x, next_x, y, next_y = 1, 0, 0, 1
    while b != 0:
        quotient = a // b
        a, b = b, a % b
        x, next_x = next_x, x - quotient * next_x
        y, next_y = next_y, y - quotient * next_y
    return a, x, y


def modular_power(base, exponent, modulus):
    result = 1
    base %= modulus
    while exponent > 0:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


def sieve(flags):
    """Marks the primes below len(flags); how many there are."""
    n, count = len(flags), 0
    for i in range(2, n):
        flags[i] = True
    i = 2
    while i * i < n:
        if flags[i]:
            for j in range(i * i, n, i):
                flags[j] = False
        i += 1
    for i in range(n):
        count += flags[i]
    return count


def collatz(limit):
    """The start below the limit with the longest path, and its length."""
    best, longest = 1, 0
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = 3 * n + 1 if n % 2 else n // 2
            steps += 1
        if steps > longest:
            best, longest = start, steps
    return best, longest


def day_of_week(year, month, day):
    """Zeller's congruence in its form by Sakamoto; Sunday is 0."""
    offsets = (0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4)
    if month < 3:
        year -= 1
    return (year + year // 4 - year // 100 + year // 400 + offsets[month - 1] + day) % 7


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


ROUTINES = [
    Routine(pcg32, (0x853C49E6748FEA9B - 2**64, 40)),
    Routine(xorshift32, (2463534242, 100)),
    Routine(extended_gcd, (240, -46)),
    Routine(modular_power, (12345, 6789, 1000003)),
    Routine(sieve, (np.zeros(100, dtype=bool),)),
    Routine(collatz, (60,)),
    Routine(day_of_week, (2024, 2, 29)),
    Routine(ackermann, (2, 3)),
]
