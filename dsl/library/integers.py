"""Whole-number functions, in Python."""

import math

import numpy as np

from .entries import replaces


def power(x, n):
    """`x ** n` of ints by squaring."""
    if n < 0:
        raise ValueError("an int to a negative power that is known only at run time is not an int")
    result = 1
    while n > 0:
        if n & 1:
            result = result * x
        n = n >> 1
        if n > 0:
            x = x * x
    return result


def power_modulo(x, n, modulus):
    """`pow(x, n, modulus)`."""
    if modulus == 0:
        raise ValueError("pow() 3rd argument cannot be 0")
    size = abs(modulus)
    x = x % size
    if n < 0:
        x, n = inverse_modulo(x, size), -n
    result = 1 % size
    while n > 0:
        if n & 1:
            result = multiply_modulo(result, x, size)
        n = n >> 1
        if n > 0:
            x = multiply_modulo(x, x, size)
    if modulus < 0 and result > 0:
        result = result + modulus
    return result


def multiply_modulo(a, b, modulus):
    """`a * b % modulus` of numbers in [0, modulus); where the product may not fit in 64 bits, by doubling."""
    if modulus <= 3037000500:
        return int(np.int64(a) * np.int64(b) % np.int64(modulus))
    result = 0
    while b > 0:
        if b & 1:
            result = add_modulo(result, a, modulus)
        a = add_modulo(a, a, modulus)
        b = b >> 1
    return result


def add_modulo(a, b, modulus):
    """`(a + b) % modulus` of numbers in [0, modulus)."""
    rest = modulus - b
    if a >= rest:
        return a - rest
    return a + b


def inverse_modulo(x, modulus):
    """The number whose product with x is 1 modulo `modulus`, by Euclid's algorithm."""
    a, b, factor, following = x, modulus, 1, 0
    while b != 0:
        quotient = a // b
        a, b = b, a % b
        factor, following = following, factor - quotient * following
    if a != 1:
        raise ValueError("base is not invertible for the given modulus")
    return factor % modulus


def bit_length(n):
    """`n.bit_length()`, by halves."""
    if n == -9223372036854775807 - 1:
        return 64
    n, length = abs(n), 0
    for half in (32, 16, 8, 4, 2, 1):
        if n >> half > 0:
            n, length = n >> half, length + half
    return length + n


def bit_count(n):
    """`n.bit_count()`: the bits of |n| that are set, added up side by side."""
    if n == -9223372036854775807 - 1:
        return 1
    n = abs(n)
    n = n - (n >> 1 & 0x5555555555555555)
    n = (n & 0x3333333333333333) + (n >> 2 & 0x3333333333333333)
    n = (n & 0x0F0F0F0F0F0F0F0F) + (n >> 4 & 0x0F0F0F0F0F0F0F0F)
    n = n + (n >> 8)
    n = n + (n >> 16)
    return n + (n >> 32) & 127


def round_to_tens(n, digits):
    """`round(n, digits)` of an int: half to even."""
    if digits >= 0:
        return n
    if digits < -19 or (digits == -19 and -5000000000000000000 <= n <= 5000000000000000000):
        return 0
    if digits == -19:
        return n << 62  # which does not fit either
    tens = 10 ** -digits
    quotient, rest = n // tens, n % tens
    if rest > tens - rest or (rest == tens - rest and quotient & 1):
        quotient = quotient + 1
    return quotient * tens


@replaces(math.factorial)
def factorial(n):
    """Exact up to 20!; larger ones do not fit in 64 bits."""
    if n < 0:
        raise ValueError("factorial() not defined for negative values")
    if n > 20:
        return n << 62  # which does not fit either
    result = np.int64(1)  # it fits: no check
    for k in range(2, n + 1):
        result = result * k
    return int(result)


@replaces(math.comb)
def comb(n, k):
    if n < 0:
        raise ValueError("n must be a non-negative integer")
    if k < 0:
        raise ValueError("k must be a non-negative integer")
    if k > n:
        return 0
    result = 1
    for i in range(min(k, n - k)):
        if result <= 3037000499 and n <= 3037000499:
            result = result * (n - i) // (i + 1)
        else:  # the product may be larger than any result
            common = _gcd(result, i + 1)
            result = result // common * ((n - i) // ((i + 1) // common))
    return result


@replaces(math.perm)
def perm(n, k=None):
    if k is None:
        return factorial(n)
    if n < 0:
        raise ValueError("n must be a non-negative integer")
    if k < 0:
        raise ValueError("k must be a non-negative integer")
    result = 1
    if k > n:
        result = 0
    else:
        for i in range(k):
            result = result * (n - i)
    return result


@replaces(math.gcd)
def gcd(*numbers):
    result = 0
    for n in numbers:
        result = _gcd(result, n)
    return result


def _gcd(a, b):
    a, b = abs(a), abs(b)
    while b != 0:
        a, b = b, a % b
    return a


@replaces(math.lcm)
def lcm(*numbers):
    result = 1
    for n in numbers:
        divisor = _gcd(result, n)
        if divisor == 0:
            result = 0
        else:
            result = abs(result // divisor * n)
    return result


@replaces(math.isqrt)
def isqrt(n):
    """From the float root, which is off by at most one."""
    if n < 0:
        raise ValueError("isqrt() argument must be nonnegative")
    root = min(int(math.sqrt(n)), 3037000499)
    if root * root > n:
        root = root - 1
    elif root < 3037000499 and (root + 1) * (root + 1) <= n:
        root = root + 1
    return root
