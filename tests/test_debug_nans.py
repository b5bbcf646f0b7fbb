"""DSL_DEBUG_NANS: the line of the first NaN, in the primal and in what is derived from it."""

import inspect
import math

import numpy as np
import pytest

import dsl


@pytest.fixture(autouse=True)
def debugging(monkeypatch):
    monkeypatch.setenv("DSL_DEBUG_NANS", "1")


def line_of(function, text: str) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(k for k, line in enumerate(lines) if text in line)


def raises(program, args, function, text, part):
    """The call raises, naming the part of the program and the line that holds the text."""
    with pytest.raises(FloatingPointError, match=f"is nan, the first one; this is in the {part}(\\n|$)") as caught:
        program(*args)
    assert f"test_debug_nans.py:{line_of(function, text)}:" in caught.value.__notes__[0]


def difference(x):
    y = x * 2.0
    z = y - x * 2.0 * 1.0
    w = (1e308 * 10.0 * y) - (1e308 * 10.0 * y) + z
    return w * w


def test_primal():
    kernel = dsl.kernel(difference)
    raises(kernel, (1.0,), difference, "w = ", "primal")


def rooted(x):
    a = x * x
    b = math.sqrt(a)
    return b * 3.0


def test_adjoint_and_tangent():
    """0 * infinity: the primal is sound, its derivative is not."""
    kernel = dsl.kernel(rooted)
    assert kernel(0.0) == 0.0
    raises(dsl.grad(kernel), (0.0,), rooted, "a = ", "adjoint")
    raises(lambda x: dsl.jvp(kernel, (x,), (1.0,)), (0.0,), rooted, "b = ", "tangent")
    assert dsl.grad(kernel)(2.0) == 3.0


def looped(a):
    total = 0.0
    for i in range(len(a)):
        total += a[i]
        inverse = 1.0 / a[i]
        total += inverse * a[i]
    return total


def test_in_a_loop_over_an_array():
    values = np.array([1.0, 2.0, 0.0, 0.0])
    raises(dsl.kernel(looped), (values,), looped, "total += inverse", "primal")
    assert dsl.kernel(looped)(values[:2]) == 5.0


def stuck(x):
    while not x > 10.0:
        x = x - x * 1e308 * 10.0 + x * 1e308 * 10.0
    return x


def test_a_loop_that_would_not_end_ends():
    raises(dsl.kernel(stuck), (1.0,), stuck, "x = x", "primal")


def test_second_derivative():
    def powered(x):
        return x**1.5 * x**1.5

    with pytest.raises(FloatingPointError, match="adjoint of the adjoint of the primal|in the adjoint"):
        dsl.grad(dsl.grad(powered))(0.0)


def test_nans_from_outside_are_no_finding():
    assert math.isnan(dsl.kernel(rooted)(math.nan))


def test_off_by_default(monkeypatch):
    monkeypatch.delenv("DSL_DEBUG_NANS")
    assert math.isnan(dsl.kernel(lambda x: x - x * 1.0 + (x * math.inf) * 0.0)(1.0))
