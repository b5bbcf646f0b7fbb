"""Functions on floats that are made of others, as CPython computes them."""

import math
import random

import pytest

from tests.frontend.compare import check

EDGES = [0.0, -0.0, 1.0, -1.0, 0.1, -2.5, 1e-300, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
         1e16, math.inf, -math.inf, math.nan, 2.0**52 + 0.5, 123456.789]


def f_unary(x):
    return (math.modf(x), math.frexp(x), math.ulp(x), math.isnan(x), math.isinf(x), math.isfinite(x),
            math.nextafter(x, 10.0), math.nextafter(x, -math.inf), math.fabs(x), math.copysign(1.0, x))


def f_binary(x, y):
    return (math.remainder(x, y) if y != 0.0 and abs(x) < math.inf else 0.0, math.isclose(x, y),
            math.isclose(x, y, rel_tol=0.1), math.isclose(x, y, abs_tol=3.0), math.copysign(x, y))


def f_ldexp(x, n):
    return math.ldexp(x, n)


def f_angles(x):
    return math.degrees(x), math.radians(x), math.dist((x, 2.0), (1.0, x)), math.hypot(x, 1.0, 2.0), math.log(x, 3.0)


def f_sums(x):
    return math.fsum([x, 1e16, 1.0, -1e16]), math.prod([x, 2.0, 3.0]), math.prod((), start=2), sum([x, 1.0])


def f_round(x):
    return (round(x, 0), round(x, 1), round(x, 2), round(x, 3), round(x, 5), round(x, -1), round(x, -2))


def f_round_to_int(x):
    return round(x), math.floor(x), math.ceil(x), math.trunc(x), int(x)


@pytest.mark.parametrize("x", EDGES)
def test_unary(x):
    check(f_unary, x)


@pytest.mark.parametrize("x, y", [(x, y) for x in EDGES[:8] for y in (3.0, -0.7, 1e-5, 1e300)])
def test_binary(x, y):
    check(f_binary, x, y)


@pytest.mark.parametrize("x", [1.0, -3.7, 1e-300, 5e-324, 1.5e308, 0.0, 0.1])
@pytest.mark.parametrize("n", [0, 1, -1, 52, -52, 1000, -1000, -1060, -1075, -2100])
def test_ldexp(x, n):
    if abs(math.frexp(x)[1] + n) < 1024 or x == 0.0:
        check(f_ldexp, x, n)


@pytest.mark.parametrize("x", [0.5, 2.0, 100.0])
def test_made_of_others(x):
    check(f_angles, x, approximately=True)
    check(f_sums, x)


def test_round_is_of_the_exact_decimal_value():
    rng = random.Random(5)
    halves = [1.115, 2.675, 1.005, 0.285, 5.015, 0.5, 1.5, 2.5, -0.5, -1.115, 1e15 + 0.5, 25.0, 35.0, 150.0, 250.0]
    for x in [*halves, *[round(rng.uniform(-1000, 1000), 4) + 0.0005 for _ in range(60)]]:
        check(f_round, x)


@pytest.mark.parametrize("x", [0.5, 1.5, -0.5, -2.5, 2.4999999999999996, 1e15 + 0.5, math.nan, math.inf, -0.0])
def test_round_to_int(x):
    check(f_round_to_int, x)


def f_round_by(x, digits):
    return round(x, digits), x.is_integer()


@pytest.mark.parametrize("digits", [-23, -3, -1, 0, 1, 2, 5, 15, 22, 30])
def test_round_to_digits_known_at_run_time(digits):
    for x in (2.675, 1234.5, -0.5, 2.5e15, 1e22, 0.0, -0.0, math.inf, math.nan, 12345678.125):
        check(f_round_by, x, digits)
