"""Powers to whole constants and `math.hypot`, which have forms of their own: CPython's values at special points and
beside them, exact derivatives, and what they are made of."""

import math
from fractions import Fraction

import numpy as np
import pytest

import dsl

SPECIAL = [0.0, 5e-324, 2.2e-308, 1e-300, 1e-155, 0.75, 1.0, 3.5, 1e155, 1e300, 1.7e308, math.inf, math.nan]
EXPONENTS = (5, 50, 64, -2, -7)


def fifth(x):
    return x**5.0


def fiftieth(x):
    return x**50.0


def sixtyfourth(x):
    return math.pow(x, 64.0)


def inverse_square(x):
    return x**-2


def inverse_seventh(x):
    return x**-7.0


POWERS = dict(zip((fifth, fiftieth, sixtyfourth, inverse_square, inverse_seventh), EXPONENTS))


def signed(values):
    return [sign * v for v in values for sign in (1.0, -1.0)]


def expected(x, n):
    """x**n with infinities where CPython raises."""
    try:
        return x**n
    except ZeroDivisionError:
        return math.copysign(math.inf, x) if n % 2 else math.inf
    except OverflowError:
        return -math.inf if x < 0 and n % 2 else math.inf


@pytest.mark.parametrize("function", POWERS, ids=lambda f: f.__name__)
def test_powers_are_cpythons(function):
    n, kernel = POWERS[function], dsl.kernel(function)
    rng = np.random.default_rng(0)
    points = [*signed(SPECIAL), *rng.uniform(-2.0, 2.0, 60), *2.0 ** rng.uniform(-1100 / abs(n), 1100 / abs(n), 60)]
    for x in map(float, points):
        want, found = expected(x, n), kernel(x)
        assert math.isnan(want) == math.isnan(found) and math.copysign(1, want) == math.copysign(1, found), x
        assert math.isnan(want) or want == found or abs(found - want) <= math.ulp(want), x


@pytest.mark.parametrize("function", POWERS, ids=lambda f: f.__name__)
def test_derivatives_of_powers(function):
    n = POWERS[function]
    for x in (0.75, -1.5, 1.0009765625):
        first = float(n * Fraction(x) ** (n - 1))
        second = float(n * (n - 1) * Fraction(x) ** (n - 2))
        assert dsl.grad(function)(x) == pytest.approx(first, rel=5e-16)
        assert dsl.grad(dsl.grad(function))(x) == pytest.approx(second, rel=1e-15)
        assert dsl.jvp(function, (x,), (2.0,))[1] == pytest.approx(2 * first, rel=5e-16)
    if n > 1:
        assert dsl.grad(function)(0.0) == 0.0


def test_a_power_to_a_whole_constant_is_products():
    text, general = (dsl.kernel(f).ir(1.5, stage="math") for f in (fiftieth, lambda x: x**50.5))
    assert text.count(" = ") < 0.6 * general.count(" = ")
    assert not any(word in text for word in ("scf.if", "arith.divf"))
    gradient = dsl.grad(fiftieth).ir(1.5, stage="clean")
    assert gradient.count("math.powf") == 1 and "scf.if" not in gradient


def norm(x, y):
    return math.hypot(x, y)


def test_hypot_is_cpythons():
    kernel = dsl.kernel(norm)
    rng = np.random.default_rng(1)
    pairs = [(x, y) for x in signed(SPECIAL) for y in SPECIAL]
    pairs += [tuple(2.0 ** rng.uniform(low, high, 2)) for low, high in ((-1, 1), (-1080, -1000), (1000, 1023)) * 40]
    for x, y in pairs:
        want, found = math.hypot(x, y), kernel(float(x), float(y))
        assert math.isnan(want) == math.isnan(found), (x, y)
        assert math.isnan(want) or want == found or abs(found - want) <= math.ulp(want), (x, y)


def test_hypot_is_one_root_and_no_quotient():
    text = dsl.kernel(norm).ir(1.5, 2.0, stage="math")
    assert text.count("math.sqrt") == 1 and "arith.divf" not in text and "scf.if" not in text
