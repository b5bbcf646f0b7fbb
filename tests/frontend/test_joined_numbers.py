"""Numbers that are ints on one path and floats on another: equal to CPython's, and of no type that can be asked for."""

import math

import numpy as np
import pytest

import dsl
from dsl.frontend.lower import lower
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import in_ir, in_python


def smooth_step(t):
    if t <= 0:
        return 0
    return 1 if t >= 1 else t * t * (3 - 2 * t)


def power(x, n):
    if n == 0:
        return 1
    return x * power(x, n - 1)


def sums(x, n):
    total = 0
    for i in range(n):
        for j in range(i):
            if j % 2 == 0:
                total += x * j
        total = total + i
    return total


def chosen(x, n):
    m = 0 if n > 2 else x
    return m * 2 - 1, -m, abs(m), m**2, m / 3


def calls(x, n):
    return smooth_step(x) + smooth_step(n * x), power(x, n)


def extrema(x, n):
    return min(n, x), max(x, n, 0), max(0, x)


def best_of(x, n):
    best = 0
    for i in range(n):
        value = x * i - i * i
        if value > best:
            best = value
    return best


def halved(x, n):
    steps = 0
    while n > 1:
        n = n / 2
        steps += 1
    return n, steps


def accumulators(x, n):
    xs, pair = [0, 0, 0], (0, 0)
    for i in range(n):
        xs[i % 3] += x
        pair = (pair[0] + x, pair[1] + 1)
    return xs, pair, (1, 2.5, 3)[n % 3]


def reset(x, n):
    total = 0
    for i in range(n):
        row = 0
        for _ in range(i):
            row = row + x
        total += row if i % 2 else 1
    return total


def early(x, n):
    for i in range(n):
        if x * i > 3:
            return x * i
    return 0


def whole_numbers(x, n):
    s = 0
    for _ in range(n):
        s += x
    return isinstance(s, (int, float)), s // 2, s % 3, divmod(s, 2), round(s, 1), int(s), round(s)


def left_again(x, n):
    s = 1.0
    for i in range(n):
        s = 0 if s > 3 else s + x * i
    return s


PROGRAMS = [sums, chosen, calls, extrema, best_of, halved, accumulators, reset, early, whole_numbers, left_again]
ARGUMENTS = [(1.5, 0), (1.5, 1), (2.5, 3), (-0.75, 7), (0.25, 12)]


def equal(a, b) -> bool:
    """Equal, whatever the type of a number."""
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-300)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_joined_numbers_equal_cpythons(program):
    lowered = lower(program, ARGUMENTS[0])
    for args in ARGUMENTS:
        expected, _, error, _ = in_python(program, args)
        found, _, raised, *_ = in_ir(program, args, lowered)
        assert type(error) is type(raised) and equal(found, expected), (args, found, expected)


def test_float32_is_summed_into_a_literal_in_nested_loops():
    def f(a, n):
        total = 0
        for _ in range(n):
            part = 0
            for row in a:
                for x in row:
                    part += x
            total += part
        return total

    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    for n in (1, 3):
        found, expected = in_ir(f, (a, n))[0], f(a, n)
        assert found == expected and type(found) is type(expected)


def test_an_int_above_2_to_the_53_is_no_float():
    def f(x):
        return 2**53 + 1 if x > 0.0 else x

    with pytest.raises(CompileError, match="an int on one path and a float on another"):
        lower(f, (1.0,))


def test_derivatives_of_joined_numbers():
    """Against the closed forms, first and second, in both modes."""
    @dsl.kernel
    def f(x, n):
        s = 0
        for i in range(n):
            s += smooth_step(x * (i + 1)) + power(x, i)
        return s if s < 100 else 0

    def slope(x, n):
        step = sum(6 * t * (1 - t) * k for k in range(1, n + 1) if 0 < (t := x * k) < 1)
        return step + sum(i * x ** (i - 1) for i in range(1, n))

    def curvature(x, n):
        step = sum((6 - 12 * t) * k * k for k in range(1, n + 1) if 0 < (t := x * k) < 1)
        return step + sum(i * (i - 1) * x ** (i - 2) for i in range(2, n))

    for x, n in ((0.15, 4), (0.4, 6), (-0.3, 3), (0.5, 0)):
        assert dsl.grad(f)(x, n) == pytest.approx(slope(x, n), rel=1e-12)
        assert dsl.jvp(f, (x, n), (1.0, 0))[1] == pytest.approx(slope(x, n), rel=1e-12)
        assert dsl.grad(dsl.grad(f))(x, n) == pytest.approx(curvature(x, n), rel=1e-11)
