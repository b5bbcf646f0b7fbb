"""Derivatives at points where a formula has a special case: the functions of `math`, and `%` and `**`, where they are
smooth, against differences of CPython's values; first and second."""

import math

import pytest

import dsl
from tests.fuzz.interpreted import interpreting

POINTS = (0.0, -0.0, 0.25, -0.3, 1.0, -1.0, 0.5, 1.5, 2.0, -2.0)
SECOND = (0.0, 0.7, 2.0, -1.5, 3.0)
STEP = 1e-4
FUNCTIONS = [getattr(math, name) for name in dir(math) if not name.startswith("_") and callable(getattr(math, name))]
TWO = [pow, divmod, math.atan2, math.fmod, math.hypot, math.remainder, math.copysign, max, min]
KINKS = (math.fabs,)  # abs of a square is smooth, the derivative of abs at 0 is 0 all the same


def values(function, x):
    try:
        found = [function(x + k * STEP) for k in (-2, -1, 0, 1, 2)]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return found if all(isinstance(v, float) and math.isfinite(v) for v in found) else None


# those from a float to a float
ONE = [f for f in FUNCTIONS if f not in KINKS and (values(f, 0.5) or values(f, 1.5))]


def slopes(v):
    """First and second derivative; None where those from the left and from the right differ."""
    left, right = (3 * v[2] - 4 * v[1] + v[0]) / (2 * STEP), (-3 * v[2] + 4 * v[3] - v[4]) / (2 * STEP)
    bent_left, bent_right = (v[2] - 2 * v[1] + v[0]) / STEP**2, (v[4] - 2 * v[3] + v[2]) / STEP**2
    first, second = (v[3] - v[1]) / (2 * STEP), (v[3] - 2 * v[2] + v[1]) / STEP**2
    if not math.isclose(left, right, rel_tol=1e-3, abs_tol=1e-3) or abs(first) > 100:
        return None, None
    return first, second if math.isclose(bent_left, bent_right, rel_tol=0.02, abs_tol=0.02) else None


def check(function, x):
    found = values(function, x)
    first, second = slopes(found) if found else (None, None)
    gradient = dsl.grad(function)
    if first is not None:
        assert gradient(x) == pytest.approx(first, rel=1e-4, abs=1e-4)
    if second is not None:
        assert dsl.grad(gradient)(x) == pytest.approx(second, rel=0.01, abs=0.01)


@pytest.mark.parametrize("function", ONE, ids=lambda f: f.__name__)
def test_functions_of_one_number(function):
    with interpreting():
        for x in POINTS:
            check(lambda x: function(x), x)
            if function is not math.hypot:
                check(lambda x: function(x * x), x)


@pytest.mark.parametrize("function", [*TWO, "%", "//"], ids=lambda f: getattr(f, "__name__", f))
@pytest.mark.parametrize("y", SECOND)
def test_functions_of_two_numbers(function, y):
    apply = {"%": lambda a, b: a % b, "//": lambda a, b: a // b}.get(function, function)
    if function is divmod:
        apply = lambda a, b: divmod(a, b)[1]
    with interpreting():
        for x in POINTS:
            if apply is not math.atan2 or y != 0.0:
                check(lambda x: apply(x, y), x)
            check(lambda x: apply(y, x), x)
            if not (apply in (math.hypot, min, max) and y == 0.0):  # a kink of these
                check(lambda x: apply(x * x, y), x)


@pytest.mark.parametrize("base, exponent", [(0.5, 0.0), (0.875, -0.0), (2.0, 1.0), (1.0, 0.0)])
def test_mixed_derivative_of_powers(base, exponent):
    """d/dx d/dy x**y = x**(y - 1) * (1 + y * log(x)), also where y is 0."""
    slope = dsl.grad(lambda x, y: x**y, argnums=0)
    with interpreting():
        mixed = dsl.grad(slope, argnums=1)(base, exponent)
    assert mixed == pytest.approx(base ** (exponent - 1) * (1 + exponent * math.log(base)))
