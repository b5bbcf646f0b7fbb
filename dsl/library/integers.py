"""Whole-number functions, in Python."""

import math

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
    """`pow(x, n, modulus)`; products must fit in 64 bits."""
    if n < 0:
        raise ValueError("pow() with a negative exponent and a modulus is not in the language")
    result = 1 % modulus
    x = x % modulus
    while n > 0:
        if n & 1:
            result = result * x % modulus
        n = n >> 1
        x = x * x % modulus
    return result


@replaces(math.factorial)
def factorial(n):
    """Exact up to 20!; larger ones do not fit in 64 bits."""
    if n < 0:
        raise ValueError("factorial() not defined for negative values")
    if n > 20:
        raise OverflowError("factorial() of more than 20 does not fit in 64 bits")
    result = 1
    for k in range(2, n + 1):
        result = result * k
    return result


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
        result = result * (n - i) // (i + 1)
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
