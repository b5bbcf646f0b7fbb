"""Loops over elements of arrays, after kernels hold them in registers (scalar_replacement.py), split the sums of their
adjoints (fission.py) and look once for room on the tape (stack_room.py): the numbers are CPython's, the gradients the
complex step's."""

import math

import numpy as np
import pytest

import dsl
from dsl.passes.ir.affine import Linear

N = 40


def row_times_column(a, n):
    """The accumulated element lies behind what the loop reads."""
    for j in range(n):
        for i in range(j + 1, n):
            for k in range(j):
                a[i, j] -= 0.1 * a[i, k] * a[j, k]
            a[i, j] *= 0.5
    return a[n - 1, n - 1] + a[n - 1, n - 2]


def passes_its_own_place(a, n):
    """The loop comes to the element that it accumulates."""
    for k in range(n):
        a[3, 4] += 0.1 * a[3, k]
    for k in range(n):
        a[k, 2] += 0.1 * a[5, 2]
    return a[3, 4] * a[5, 2]


def behind_and_before(a, n):
    for i in range(2, n):
        for k in range(i + 1, N):
            a[1, i] += 0.1 * a[1, k] * a[1, i - 1]
        for k in range(i - 1):
            a[2, i - 1] = 0.5 * a[2, i - 1] + a[2, k]
    return a[1, n - 1] + a[2, n - 2] + a[1, 2]


def never_runs(a, n):
    """A place that exists only where the loop runs."""
    for k in range(n - N):
        a[n, k] += a[n, k]
    for k in range(n, N):
        a[n, n] += 0.5 * a[k, 0]
    return a[0, 0] * a[1, 1]


def two_places(a, n):
    for k in range(5, n):
        a[0, 0] += 0.1 * a[2, k]
        a[1, 1] = a[0, 0] * 0.5 + a[1, 1]
        a[2, k] += a[1, 1]
    return a[0, 0] + a[2, n - 1]


def upwards(a, n):
    for i in range(1, n - 1):
        for j in range(1, N - 1):
            a[i, j] = 0.25 * (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]) * a[i, j]
    return a[n // 2, 3] + a[1, 1]


def exchanged_buffers(a, n):
    b = a.copy()
    for _ in range(n % 4):
        for i in range(1, N - 1):
            for j in range(1, N - 1):
                b[i, j] = 0.5 * a[i, j] + 0.125 * (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1])
        a, b = b, a
    return a[N // 2, N // 2] * a[1, 1]


def convolution(a, n):
    out = np.zeros(N)
    for i in range(2, N - 2):
        out[i] = a[0, i - 2] - 2.0 * a[0, i - 1] + 3.0 * a[0, i] - a[0, i + 1] * a[0, i + 1]
    s = 0.0
    for i in range(n):
        s += out[i] * out[i]
    return s


def differences(a, n):
    """Reads beside each other in a row, written back to it."""
    for _ in range(3):
        for i in range(1, n):
            a[0, i] = a[0, i] - 0.3 * a[0, i - 1] + 0.1 * a[1, i] * a[0, i]
    return a[0, n - 1]


def histogram(a, n):
    out = np.zeros(8)
    for i in range(N):
        out[i * i % 8] += a[0, i] * a[0, i]
        out[(i + 1) % 8] -= 0.5 * a[1, i]
    return out[1] * out[2] + out[n % 8]


def rows_of_three(a, n):
    """A product with a vector of three elements, written out in a loop over the rows."""
    total = 0.0
    for i in range(n):
        y = 0.0
        for j in range(3):
            y += (j + 0.5) * a[i, j]
        total += y * y * y
    return total


PROGRAMS = [
    row_times_column, passes_its_own_place, behind_and_before, never_runs, two_places, upwards, exchanged_buffers,
    convolution, differences, histogram, rows_of_three,
]  # fmt: skip


def grid(seed=0):
    return np.random.default_rng(seed).uniform(0.5, 1.5, (N, N))


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_numbers_and_gradients(function):
    kernel, n = dsl.kernel(function), N - 1
    expected, found = grid(), grid()
    assert kernel(found, n) == function(expected, n)
    np.testing.assert_array_equal(found, expected)
    direction, gradient = np.random.default_rng(1).normal(size=(N, N)), dsl.grad(kernel)(grid(), n)
    with np.errstate(all="ignore"):
        slope = function_with_complex(function, grid() + 1e-30j * direction, n).imag / 1e-30
    assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-11)


def function_with_complex(function, a, n):
    """The function where `np.zeros` makes complex arrays."""
    names = dict(function.__globals__, np=type("np", (), {"zeros": staticmethod(lambda k: np.zeros(k, complex))}))
    return type(function)(function.__code__, names)(a, n)


def test_an_accumulated_element_is_neither_read_nor_written_in_the_loop():
    text = dsl.kernel(row_times_column, bounds_check=False).ir(grid(), 5, stage="effects")
    innermost = text.split("scf.for")[3].split("scf.yield")[0]
    assert innermost.count("memref.load") == 2 and "memref.store" not in innermost


def test_one_that_the_loop_comes_to_is():
    text = dsl.kernel(passes_its_own_place, bounds_check=False).ir(grid(), 5, stage="effects")
    assert text.split("scf.for")[1].count("memref.store") == 1


def test_sums_beside_each_other_have_loops_of_their_own():
    text = dsl.grad(dsl.kernel(exchanged_buffers)).ir(grid(), 3, stage="effects")
    bodies = [part for part in text.split("scf.for") if "mulf" in part]
    assert [body.count("arith.addf") for body in bodies][-3:] == [3, 1, 1]


def test_sums_along_which_no_loop_goes_share_one():
    text = dsl.grad(dsl.kernel(rows_of_three, bounds_check=False)).ir(grid(), 30, stage="effects")
    assert (text.count("scf.for"), text.count("memref.load")) == (3, 7)


@pytest.mark.parametrize("n", [0, 1, 900, 1024, 1025, 5000])
def test_a_tape_that_grows(n):
    """1024 elements are there to begin with: beyond, the loops do without looking once, count, and run again."""

    def f(x, n):
        s = x
        for i in range(n):
            s = s * (1.0 + 0.1 * x) / (1.0 + 0.001 * s * s) + 0.001 * i
        return s

    def both(x, n):
        s, d = x, 1.0
        for i in range(n):
            a, b = s * (1.0 + 0.1 * x), 1.0 + 0.001 * s * s
            s, d = a / b + 0.001 * i, ((d * (1.0 + 0.1 * x) + 0.1 * s) * b - a * 0.002 * s * d) / (b * b)
        return s, d

    value, slope = dsl.value_and_grad(dsl.kernel(f))(0.3, n)
    expected = both(0.3, n)
    assert value == expected[0] and slope == pytest.approx(expected[1], rel=1e-10)


def turns_of_known_length(x, n):
    s = np.zeros(24)
    total = 0.0
    for _ in range(n):
        for k in range(24):
            u = math.sin(s[k] + x[k])
            if u > 0.3:
                u = u * x[k]
            s[k] = u
            total += u * u
    return total


@pytest.mark.parametrize("n", [0, 1, 12, 60, 700])
def test_a_tape_that_grows_by_loops_of_known_length(n):
    """What such a loop pushes is brought into range at once, also past the capacity: floats and decisions."""
    x = np.random.default_rng(2).uniform(0.2, 1.5, 24)
    s, d, gradient = np.zeros(24), np.zeros(24), np.zeros(24)
    for _ in range(n):
        u, c = np.sin(s + x), np.cos(s + x) * (d + 1.0)
        s, d = np.where(u > 0.3, u * x, u), np.where(u > 0.3, c * x + u, c)
        gradient += 2 * s * d
    kernel = dsl.grad(dsl.kernel(turns_of_known_length, bounds_check=False))
    np.testing.assert_allclose(kernel(x, n), gradient, rtol=1e-11)


def test_room_is_looked_at_once():
    text = dsl.grad(dsl.kernel(row_times_column, bounds_check=False)).ir(grid(), 5, stage="effects")
    forward = text.split("scf.if", 1)[1].split("scf.for", 1)[1].split("}", 1)[0]
    assert "memref.store" in forward and "minsi" not in forward


def test_linear_forms():
    a = Linear({"i": 1, "j": 2}, 3)
    b = Linear({"i": 1}, 1)
    assert a - b == Linear({"j": 2}, 2) and (a - a) == Linear({}, 0)
    assert a.substituted("j", b) == Linear({"i": 3}, 5)
