"""A value that was computed and not used contributes nothing to a derivative, whatever its own derivative is there.

Each function is put where its derivative is infinite or NaN into programs that do not use it then, in every way in
which a program can do without a value. What they return is 1 + 3x + x**2 a way, so that all derivatives are known."""

import math

import numpy as np
import pytest

import dsl

SINGULAR = {
    "sqrt": (lambda x: math.sqrt(x), 0.0),
    "power": (lambda x: x**0.5, 0.0),
    "small power": (lambda x: (x - 2.0) ** 1.25, 2.0),
    "cbrt": (lambda x: np.cbrt(x), 0.0),
    "reciprocal": (lambda x: 1.0 / x, 0.0),
    "quotient": (lambda x: x / (x - 1.0), 1.0),
    "log": (lambda x: np.log(x), 0.0),
    "log2": (lambda x: np.log2(x), 0.0),
    "log10": (lambda x: np.log10(x), 0.0),
    "log1p": (lambda x: np.log1p(x), -1.0),
    "asin": (lambda x: math.asin(x), 1.0),
    "acos": (lambda x: math.acos(x), -1.0),
    "acosh": (lambda x: math.acosh(x), 1.0),
    "atanh": (lambda x: np.arctanh(x), 1.0),
    "atan2": (lambda x: math.atan2(x, 2.0 * x), 0.0),
    "hypot": (lambda x: math.sqrt(math.hypot(x, x)), 0.0),
    "exp": (lambda x: np.exp(x), 1000.0),
    "sinh": (lambda x: np.sinh(x), 1000.0),
    "logarithm of a negative number": (lambda x: np.log(x), -3.0),
    "root of a root": (lambda x: math.sqrt(math.sqrt(x)), 0.0),
}


def sums(g):
    """Programs that compute g(x), and where `use` is 0 do not add it up."""

    def in_a_loop(x, use):
        t = g(x)
        s = 1.0 + 3.0 * x + x * x
        for _ in range(use):
            s += t
        return s

    def left_early(x, use):
        t = g(x)
        s = 1.0 + 3.0 * x + x * x
        k = 0
        while k < 10:
            if use == 0:
                break
            s += t
            k += 1
        return s

    def returned_early(x, use):
        t = g(x)
        if use == 0:
            return 1.0 + 3.0 * x + x * x
        return t

    return [in_a_loop, left_early, returned_early]


def ways(g):
    """Programs that compute g(x), and where `use` is 0 do without it. (No way may change `use`.)"""

    def selected(x, use):
        t = g(x)
        return t * t + t if use > 0 else 1.0 + 3.0 * x + x * x

    def in_a_branch(x, use):
        t = g(x)
        s = 1.0 + 3.0 * x + x * x
        if use > 0:
            s = s + t * math.sin(t)
        return s

    def carried(x, use):
        t, s = g(x), 0.0
        for k in range(3):
            if use > 0:
                s = s * t
            t = t * x + t
            s = s + (1.0 + 3.0 * x + x * x if k == 2 else 0.0)
        return s

    def in_an_array(x, use):
        a = np.zeros(40)
        a[use] = g(x)
        a[use + 1] = g(x)
        a[use + 1] = 1.0 + 3.0 * x + x * x
        return a[1]

    def clipped(x, use):
        t = math.atan(g(x)) if use > 0 else g(x)
        small = 0.0 * min(1.0, use) if use > 0 else 1.0 + 3.0 * x + x * x
        return small if use == 0 else t

    return [selected, in_a_branch, carried, in_an_array, clipped, *sums(g)]


def choices(g):
    """The same for what is infinite itself: programs that choose not to use it, and only add it up where they do."""

    def selected(x, use):
        t = g(x)
        return t if use > 0 else 1.0 + 3.0 * x + x * x

    def in_a_branch(x, use):
        t = g(x)
        s = 1.0 + 3.0 * x + x * x
        if use > 0:
            s = s + t
        return s

    return [selected, in_a_branch, *sums(g)]


# their own results are not finite: CPython's raise there, NumPy's warn
INFINITE = {"reciprocal", "quotient", "log", "log2", "log10", "log1p", "atanh", "exp", "sinh",
            "logarithm of a negative number"}  # fmt: skip


def every_mode(f, x, use):
    """Derivatives of the first, second and third order along x, by every composition of the modes."""
    first = dsl.grad(f)
    forward = lambda x: dsl.jvp(lambda y: f(y, use), (x,), (1.0,))[1]
    return (
        first(x, use), forward(x),
        dsl.grad(first)(x, use), dsl.jvp(lambda y: first(y, use), (x,), (1.0,))[1], dsl.grad(forward)(x),
        dsl.jvp(forward, (x,), (1.0,))[1], dsl.jvp(lambda y: dsl.grad(first)(y, use), (x,), (1.0,))[1],
    )  # fmt: skip


@pytest.mark.parametrize("name", SINGULAR)
def test_what_is_not_used_contributes_nothing(name):
    g, x = SINGULAR[name]
    programs = choices(g) if name in INFINITE else ways(g)
    f = lambda x, use: sum([program(x, use) for program in programs])
    found = dsl.kernel(lambda x, use: every_mode(f, x, use))(x, 0)
    first, second = len(programs) * (3.0 + 2.0 * x), len(programs) * 2.0
    np.testing.assert_allclose(found, [first, first, second, second, second, second, 0.0], rtol=1e-12, atol=1e-12)


# without the one whose tangent may be zero by accident
@pytest.mark.parametrize("name", [name for name in SINGULAR if name != "hypot"])
def test_a_direction_that_does_not_move_an_operand_has_no_part_in_it(name):
    """Forward mode: the tangent of x is zero, that of y is not."""
    g, x = SINGULAR[name]
    assert dsl.jvp(lambda x, y: (g(x), y * y), (x, 3.0), (0.0, 1.0))[1] == (0.0, 6.0)


@pytest.mark.parametrize("name", ["sqrt", "log", "reciprocal", "acos"])
def test_a_result_that_is_not_asked_for_has_no_part_in_it(name):
    g, x = SINGULAR[name]
    with_aux = dsl.grad(lambda x: (3.0 * x, g(x)), has_aux=True)
    assert with_aux(x)[0] == 3.0
    assert dsl.jacrev(lambda x: (3.0 * x, g(x)))(x)[0] == 3.0
    assert dsl.vjp(lambda x: (3.0 * x, g(x)), x)[1]((1.0, 0.0)) == (3.0,)


def test_what_is_used_keeps_its_infinite_derivative():
    assert dsl.grad(math.sqrt)(0.0) == math.inf
    assert dsl.grad(lambda x: 1.0 / x)(0.0) == -math.inf
    assert dsl.grad(lambda x: np.log(x))(0.0) == math.inf
    assert dsl.jvp(math.sqrt, (0.0,), (1.0,)) == (0.0, math.inf)
    assert dsl.grad(lambda x, use: math.sqrt(x) if use else x)(0.0, True) == math.inf


def test_a_cotangent_that_happens_to_be_zero_still_has_a_derivative():
    """w * sqrt(x) has the cotangent w at the root: where w is 0, that times the root's derivative is 0 too, but the
    derivative of this product by w is not."""

    def weighted(w, x, use):
        return w * math.sqrt(x) if use > 0 else 0.0

    for w in (0.0, 2.0):
        expected = [[0.0, 0.25], [0.25, -w / 32]]
        np.testing.assert_allclose(dsl.hessian(weighted, (0, 1))(w, 4.0, 1), expected)
        by_x = dsl.grad(weighted, 1)
        assert dsl.grad(by_x)(w, 4.0, 1) == 0.25
        assert dsl.grad(dsl.grad(by_x), 1)(w, 4.0, 1) == -1 / 32
