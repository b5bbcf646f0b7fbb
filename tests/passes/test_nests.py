"""Constant loops that are written out for small local arrays: CPython's numbers, derivatives by the complex step, and
what is left of loops, arrays and tapes."""

import math

import numpy as np
import pytest

import dsl
from dsl.passes.ir.limits import SMALL_ARRAY, UNROLLED_NEST

POINTS = np.random.default_rng(0).normal(size=(30, 8))
LOWER = np.random.default_rng(1).normal(size=28)


def triangle(points, lower):
    """A quadratic form by a packed triangle, for each point."""
    d = points.shape[1]
    centred = np.zeros(d)
    total = 0.0
    for p in range(points.shape[0]):
        for i in range(d):
            centred[i] = points[p, i] - 0.25
        for i in range(d):
            row = centred[i]
            for j in range(i):
                row += lower[i * (i - 1) // 2 + j] * centred[j]
            total += row * row
    return total


def polynomials(points, lower):
    """Divided differences in place: a triangle that goes down."""
    total = 0.0
    for p in range(points.shape[0]):
        table = np.zeros(6)
        for i in range(6):
            table[i] = points[p, i] * lower[i]
        for k in range(1, 6):
            for i in range(5, k - 1, -1):
                table[i] = (table[i] - table[i - 1]) / k
        total += table[5] * table[5]
    return total


def too_much(points, lower):
    """Sixteen to the third power: beyond the bound, so that the loops stay."""
    total = 0.0
    for p in range(points.shape[0]):
        a = np.zeros(16)
        for i in range(16):
            for j in range(16):
                for k in range(16):
                    a[i] += points[p, k % 8] * lower[j] * a[k] * 0.01 + lower[k]
        total += a[3]
    return total


def once(points, lower):
    """No loop around: nothing that is gained again and again."""
    a = np.zeros(8)
    for i in range(8):
        a[i] = points[0, i] * lower[i]
    total = 0.0
    for i in range(8):
        total += a[i] * a[7 - i]
    return total


def functions(points, lower):
    """Loops that spend their time in functions."""
    total = 0.0
    for p in range(points.shape[0]):
        a = np.zeros(8)
        for i in range(8):
            a[i] = math.exp(points[p, i] * lower[i])
        for i in range(8):
            total += a[i] * a[7 - i]
    return total


PROGRAMS = [triangle, polynomials, too_much, once, functions]


def text_of(function, stage="clean"):
    return dsl.kernel(function, bounds_check=False).ir(POINTS, LOWER, stage=stage)


@pytest.mark.parametrize("function", PROGRAMS[:2] + PROGRAMS[3:], ids=lambda f: f.__name__)
def test_numbers_and_gradients(function):
    value, gradients = dsl.value_and_grad(function, argnums=(0, 1))(POINTS, LOWER)
    assert value == pytest.approx(function(POINTS, LOWER), rel=0.0 if function is not functions else 1e-15)
    assert value == dsl.kernel(function)(POINTS, LOWER)
    rng, step = np.random.default_rng(2), 1e-5
    directions = rng.normal(size=POINTS.shape), rng.normal(size=LOWER.shape)
    above, below = (function(POINTS + h * directions[0], LOWER + h * directions[1]) for h in (step, -step))
    along = sum(np.sum(g * d) for g, d in zip(gradients, directions))
    assert along == pytest.approx((above - below) / (2 * step), rel=1e-6)
    moved = dsl.jvp(function, (POINTS, LOWER), directions)[1]
    assert moved == pytest.approx(along, rel=1e-12)


@pytest.mark.parametrize("function", [triangle, polynomials], ids=lambda f: f.__name__)
def test_the_array_is_numbers_and_nothing_is_taped(function):
    text = text_of(function)
    assert text.count("scf.for") == 1 and not any(word in text for word in ("tensor.insert", "arith.divsi"))
    gradient = dsl.grad(function, argnums=(0, 1))
    assert gradient.tape_bytes(POINTS, LOWER) == 0
    assert gradient.ir(POINTS, LOWER, stage="clean").count("scf.for") == 1


@pytest.mark.parametrize(
    "function, loops", [(too_much, 4), (once, 2), (functions, 3)], ids=["too_much", "once", "functions"]
)  # fmt: skip
def test_loops_stay_where_it_does_not_pay(function, loops):
    assert text_of(function).count("scf.for") == loops


def test_the_code_grows_by_a_bounded_number_of_operations():
    def many(points, lower):
        """Each of eight arrays alone is within the bound."""
        total = 0.0
        for p in range(points.shape[0]):
            for _ in range(3):
                a0, a1, a2, a3 = np.zeros(16), np.zeros(16), np.zeros(16), np.zeros(16)
                for i in range(16):
                    for j in range(16):
                        a0[i] += lower[j] * points[p, i % 8]
                for i in range(16):
                    for j in range(16):
                        a1[i] += lower[j] * a0[j]
                for i in range(16):
                    for j in range(16):
                        a2[i] += lower[j] * a1[j]
                for i in range(16):
                    for j in range(16):
                        a3[i] += lower[j] * a2[j]
                total += a3[5]
        return total

    assert SMALL_ARRAY == 16
    text = text_of(many)
    written = sum(text.count(name) for name in ("arith.addf", "arith.mulf", "tensor.extract", "tensor.insert"))
    assert written <= UNROLLED_NEST + 60
