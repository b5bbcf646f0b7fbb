"""Implicit functions: closed forms to third order, both modes, on the host and inside kernels, and no tape."""

import math

import numpy as np
import pytest

import dsl


def newton(a):
    x = a
    for _ in range(100):
        step = (x * x * x + x - a) / (3.0 * x * x + 1.0)
        x -= step
        if abs(step) < 1e-15:
            break
    return x


def bisection(a):
    low, high = -10.0, 10.0
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            return middle
        if middle**3 + middle > a:
            high = middle
        else:
            low = middle


def cubic(x, a):
    return x**3 + x - a


def derivatives(x):
    """The first three of the inverse of x^3 + x, at its value x."""
    first = 1.0 / (3.0 * x * x + 1.0)
    second = -6.0 * x * first**3
    return first, second, -6.0 * first**4 - 18.0 * x * first**2 * second


@pytest.mark.parametrize("solve", [newton, bisection])
def test_three_orders(solve):
    root = dsl.custom_root(cubic, solve)
    x = root(1.7)
    assert x == solve(1.7) == dsl.kernel(root)(1.7)
    first, second, third = derivatives(x)
    gradient = dsl.grad(root)
    assert gradient(1.7) == pytest.approx(first, rel=1e-14)
    assert dsl.jvp(root, (1.7,), (1.0,)) == (x, pytest.approx(first, rel=1e-14))
    assert dsl.grad(gradient)(1.7) == pytest.approx(second, rel=1e-13)
    assert dsl.jvp(gradient, (1.7,), (1.0,))[1] == pytest.approx(second, rel=1e-13)
    assert dsl.grad(lambda a: dsl.jvp(root, (a,), (1.0,))[1])(1.7) == pytest.approx(second, rel=1e-13)
    assert dsl.grad(dsl.grad(gradient))(1.7) == pytest.approx(third, rel=1e-12)


def test_no_tape_and_no_second_solution():
    gradient = dsl.grad(dsl.custom_root(cubic, newton))
    text = gradient.ir(1.7, stage="clean")
    assert "dsl.push" not in text and text.count("scf.while") + text.count("scf.for") == 1
    assert "dsl.push" in dsl.grad(newton).ir(1.7, stage="clean")


@dsl.custom_root(lambda anomaly, mean, e: anomaly - e * math.sin(anomaly) - mean)
def kepler(mean, e):
    anomaly = mean
    while True:
        step = (anomaly - e * math.sin(anomaly) - mean) / (1.0 - e * math.cos(anomaly))
        anomaly -= step
        if abs(step) < 1e-15:
            return anomaly


@dsl.kernel
def orbit(e, n):
    """Roots in a loop and in a branch, used further."""
    total = 0.0
    for k in range(n):
        if k % 2 == 0:
            total += math.cos(kepler(0.3 * k * e, e)) * total + e
    return total


def test_in_loops_and_branches():
    expected = dsl.grad(dsl.kernel(lambda e, n: _orbit_through_iterations(e, n)))(0.4, 6)
    assert dsl.grad(orbit)(0.4, 6) == pytest.approx(expected, rel=1e-12)
    dsl.check_grads(orbit, (0.4, 6), order=2)


def _orbit_through_iterations(e, n):
    total = 0.0
    for k in range(n):
        if k % 2 == 0:
            total += math.cos(kepler.function(0.3 * k * e, e)) * total + e
    return total


def test_derivative_taken_inside_a_kernel():
    @dsl.kernel
    def slope(mean, e):
        return dsl.grad(kepler, argnums=1)(mean, e)

    x = kepler(0.8, 0.3)
    assert slope(0.8, 0.3) == pytest.approx(math.sin(x) / (1.0 - 0.3 * math.cos(x)), rel=1e-14)
    dsl.check_grads(slope, (0.8, 0.3))


@dsl.custom_root(lambda x, r, p: (x[0] ** 2 + x[1] ** 2 - r * r, x[1] - p * x[0] ** 2))
def crossing(r, p):
    """Where a circle meets a parabola, in closed form."""
    y = (math.sqrt(1.0 + 4.0 * p * p * r * r) - 1.0) / (2.0 * p)
    return math.sqrt(y / p), y


def closed_crossing(r, p):
    return crossing.function(r, p)


@pytest.mark.parametrize("part", [0, 1])
def test_two_unknowns(part):
    implicit, explicit = lambda r, p: crossing(r, p)[part], lambda r, p: closed_crossing(r, p)[part]
    assert dsl.grad(implicit, argnums=(0, 1))(1.3, 0.7) == pytest.approx(
        dsl.grad(explicit, argnums=(0, 1))(1.3, 0.7), rel=1e-13
    )
    rows, expected = (dsl.hessian(f, argnums=(0, 1))(1.3, 0.7) for f in (implicit, explicit))
    np.testing.assert_allclose(rows, expected, rtol=1e-11)


@dsl.custom_root(lambda x, a, b: (
    a[0, 0] * x[0] + a[0, 1] * x[1] + a[0, 2] * x[2] - b[0],
    a[1, 0] * x[0] + a[1, 1] * x[1] + a[1, 2] * x[2] - b[1],
    a[2, 0] * x[0] + a[2, 1] * x[1] + a[2, 2] * x[2] - b[2],
))  # fmt: skip
def linear(a, b):
    """Jacobi's iteration, which converges for these matrices."""
    x, y, z = 0.0, 0.0, 0.0
    for _ in range(200):
        x, y, z = (
            (b[0] - a[0, 1] * y - a[0, 2] * z) / a[0, 0],
            (b[1] - a[1, 0] * x - a[1, 2] * z) / a[1, 1],
            (b[2] - a[2, 0] * x - a[2, 1] * y) / a[2, 2],
        )
    return x, y, z


def test_three_unknowns_and_arrays():
    a = np.array([[5.0, 1.0, -2.0], [0.5, -4.0, 1.0], [1.0, 2.0, 6.0]])
    b = np.array([1.0, -2.0, 0.5])
    weights = np.array([1.0, 2.0, -3.0])
    objective = lambda a, b: linear(a, b)[0] + 2.0 * linear(a, b)[1] - 3.0 * linear(a, b)[2]
    for_a, for_b = dsl.grad(objective, argnums=(0, 1))(a, b)
    w, x = np.linalg.solve(a.T, weights), np.linalg.solve(a, b)
    np.testing.assert_allclose(for_b, w, rtol=1e-12)
    np.testing.assert_allclose(for_a, -np.outer(w, x), rtol=1e-12)
    dsl.check_grads(objective, (a, b), order=2)


def test_single_precision():
    root = dsl.custom_root(lambda x, a: x * x - a, lambda a: np.sqrt(a))
    slope = dsl.grad(root)(np.float32(2.0))
    assert type(slope) is np.float32 and slope == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-6)


def test_a_root_inside_the_residual():
    outer = dsl.custom_root(lambda y, a: y - kepler(y * 0.1 + a, 0.3), fixed_point)
    y = outer(0.5)
    k = 1.0 / (1.0 - 0.3 * math.cos(y))
    assert dsl.grad(outer)(0.5) == pytest.approx(k / (1.0 - 0.1 * k), rel=1e-12)
    dsl.check_grads(outer, (0.5,), order=2)


def fixed_point(a):
    y = a
    for _ in range(60):
        y = kepler(y * 0.1 + a, 0.3)
    return y


def test_a_captured_variable_is_refused():
    @dsl.kernel
    def captured(a):
        return dsl.custom_root(lambda x, b: x * x - a * b, lambda b: math.sqrt(a * b))(2.0)

    assert captured(8.0) == 4.0
    with pytest.raises(dsl.CompileError, match="pass it to the function as an argument"):
        dsl.grad(captured)(8.0)


def test_a_captured_variable_is_refused_where_no_argument_varies():
    @dsl.kernel
    def captured(a):
        @dsl.custom_jvp
        def scaled(x):
            return a * x

        return scaled(2.0)

    for derive in (dsl.grad(captured), lambda a: dsl.jvp(captured, (a,), (1.0,))):
        with pytest.raises(dsl.CompileError):
            derive(8.0)


def test_made_inside_a_kernel():
    @dsl.kernel
    def made(a, power):
        @dsl.custom_root(lambda x, a: x**power - a)
        def root(a):
            return a ** (1.0 / power)

        return root(a)

    assert dsl.grad(made)(2.0, 3) == pytest.approx(2.0 ** (-2.0 / 3.0) / 3.0, rel=1e-14)


def test_equations_are_counted():
    root = dsl.custom_root(lambda x, a: (x - a, x + a), lambda a: a)
    with pytest.raises(dsl.CompileError, match="has 2 numbers and the solution has 1"):
        dsl.kernel(lambda a: root(a))(1.0)
