"""Whole-number functions, exact."""

import math
import random

import pytest

from tests.frontend.compare import check, in_ir, in_python

SMALL = [(0, 0), (1, 0), (5, 2), (20, 10), (7, 7), (3, 5), (30, 4), (-1, 2), (4, -1)]
PAIRS = [(0, 0), (12, 18), (-12, 18), (7, 0), (1, 1), (2**40, 3 * 2**30), (17, 5)]


def f_comb(n, k):
    return math.comb(n, k)


def f_perm(n, k):
    return math.perm(n, k)


def f_gcd(a, b):
    return math.gcd(a, b), math.gcd(a), math.gcd(a, b, 6), math.gcd()


def f_lcm(a, b):
    return math.lcm(a, b), math.lcm(a, b, 4)


def f_power(x, n):
    return x**n


def f_modular(x, n):
    return pow(x, n, 97)


def f_factorial(n):
    return math.factorial(n)


def f_isqrt(n):
    return math.isqrt(n)


def f_constant(x):
    return x**5 + x**0 + 2**10 + (-3) ** 3


def f_any_modulus(x, n, modulus):
    return pow(x, n, modulus)


def f_bits(n):
    return n.bit_length(), n.bit_count(), (n > 0).bit_length(), n.numerator, n.denominator


def f_tens(n, digits):
    return round(n, digits)


def f_divided(a, b):
    return divmod(a, b), a // b, a % b


LARGE = [2**62, 2**63 - 25, -(2**63), 3037000500, 10**18 + 9]
CASES = [(f, args) for f in (f_comb, f_perm) for args in SMALL]
CASES += [(f, args) for f in (f_gcd, f_lcm) for args in PAIRS if f is f_gcd or abs(args[0]) < 2**20]
CASES += [(f_power, args) for args in [(3, 4), (-2, 5), (7, 0), (0, 0), (10, 18), (-1, 63)]]
CASES += [(f_modular, args) for args in [(3, 100), (5, 0), (96, 7)]]
CASES += [(f_factorial, (n,)) for n in (0, 1, 5, 20, -1)]
CASES += [(f_any_modulus, args) for args in [
    (3, -1, 7), (2, -1, 4), (5, 3, -7), (2**62, 2**62, 2**63 - 25), (10, 0, 1), (3, 4, 0), (-5, 3, 7),
    (7, 9, 3037000501), (7**20, 2**40, 2**61 - 1), (-(7**20), -5, 2**61 - 1), (12345, 678, -(2**62))]]  # fmt: skip
CASES += [(f_bits, (n,)) for n in (0, 1, -1, 37, 255, -256, 2**31, 2**63 - 1, -(2**63) + 1, *LARGE[:2])]
CASES += [(f_tens, args) for args in [(15, -1), (25, -1), (-15, -1), (14, -1), (5, 1), (1250, -2), (2**62, -18),
                                      (2**62, -19), (2**62, -20), (-449, -3), (10**18, -18)]]
CASES += [(f_divided, args) for args in [(-(2**63), 3), (2**63 - 1, -1), (7, -2), (-(2**63), -(2**63))]]
CASES += [(f_comb, args) for args in [(62, 31), (66, 33), (10**6, 3), (2**40, 1), (2**62, 1)]]
CASES += [(f_constant, (x,)) for x in (2, -3)]


@pytest.mark.parametrize("function, args", CASES, ids=lambda v: getattr(v, "__name__", str(v)))
def test_as_in_python(function, args):
    check(function, *args)


def test_isqrt_everywhere():
    rng = random.Random(3)
    roots = [0, 1, 2, 3, 3037000499, 94906265, *[rng.randrange(3037000499) for _ in range(40)]]
    for n in {max(0, min(2**63 - 1, r * r + d)) for r in roots for d in (-1, 0, 1)}:
        check(f_isqrt, n)
    check(f_isqrt, -1)


def test_a_negative_run_time_exponent_fails():
    def f(x, n):
        return x**n

    from tests.frontend.compare import in_ir

    _, _, error, _, _ = in_ir(f, (2, -1))
    assert isinstance(error, ValueError)


BEYOND = [
    (f_factorial, (21,)), (f_comb, (67, 33)), (f_perm, (21, 21)), (f_power, (2, 63)), (f_power, (-3, 41)),
    (f_lcm, (2**40, 3**20)), (f_divided, (-(2**63), -1)), (f_tens, (2**63 - 1, -19)), (f_tens, (2**63 - 1, -1)),
]  # fmt: skip


@pytest.mark.parametrize("function, args", BEYOND, ids=lambda v: getattr(v, "__name__", str(v)))
def test_what_does_not_fit_is_an_error(function, args):
    assert in_python(function, args)[2] is None
    assert type(in_ir(function, args)[2]) is OverflowError
