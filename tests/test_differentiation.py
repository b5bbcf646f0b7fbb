"""Derivatives of programs: branches not taken, third derivatives through loops, derivatives within derivatives."""

import math

import numpy as np
import pytest

import dsl

# --- a branch not taken makes no NaN ---------------------------------------------------------------------------------


def guarded_sqrt(x):
    if x > 0.0:
        return math.sqrt(x) + 2.0 * x
    return 2.0 * x


def guarded_log(x):
    return math.log(x) if x > 0.0 else 3.0 * x


def guarded_quotient(x):
    y = x * x
    return y / x if x != 0.0 else 0.5 * x


def guarded_power(x):
    """0.0 ** 0.0 and its derivatives, in the branch that is left out."""
    result = 4.0 * x
    if x > 0.0:
        result += x**x
    return result


def guarded_sine_over_x(x):
    if abs(x) < 1e-8:
        return 1.0 - x * x / 6.0
    return math.sin(x) / x


def guarded_norm(x):
    """A vector that is zero."""
    v = np.zeros(3)
    for k in range(3):
        v[k] = x * (k + 1)
    square = 0.0
    for k in range(3):
        square += v[k] * v[k]
    return math.sqrt(square) if square > 0.0 else x


def guarded_in_loop(x):
    total = 0.0
    for k in range(-2, 3):
        y = x + k
        if y > 0.5:
            total += math.log(y) * math.sqrt(y)
        elif y < -0.5 and math.sqrt(-y) > 0.1:
            total += math.asin(0.1 * y) / y
        else:
            total += y
    return total


def guarded_while(x):
    while x > 0.0 and math.log(x) > -2.0:
        x = math.sqrt(x) - 0.5
    return x * x + x


def guarded_by_and(x):
    big = x > 0.0 and 1.0 / x < 2.0
    return 1.0 / x if big else 7.0 * x


def guarded_nested(x):
    if x >= 0.0:
        if x > 0.0:
            return math.acos(1.0 - x) * math.log(x)
        return 5.0 * x
    return math.sqrt(-x)


# at zero: value, first and second derivative
GUARDED = [
    (guarded_sqrt, 0.0, 2.0, 0.0), (guarded_log, 0.0, 3.0, 0.0), (guarded_quotient, 0.0, 0.5, 0.0),
    (guarded_power, 0.0, 4.0, 0.0), (guarded_sine_over_x, 1.0, 0.0, -1.0 / 3.0), (guarded_norm, 0.0, 1.0, 0.0),
    (guarded_while, 0.0, 1.0, 2.0), (guarded_by_and, 0.0, 7.0, 0.0), (guarded_nested, 0.0, 5.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("function", "value", "first", "second"), GUARDED, ids=lambda x: getattr(x, "__name__", ""))
def test_a_branch_not_taken_makes_no_nan(function, value, first, second):
    assert dsl.value_and_grad(function)(0.0) == (value, first)
    assert dsl.jvp(function, (0.0,), (1.0,)) == (value, first)
    found = seconds(function, 0.0)
    assert found == pytest.approx([second] * len(found), abs=1e-15)


def seconds(function, x):
    """The second derivative in four ways."""
    gradient, tangent = dsl.grad(function), lambda x: dsl.jvp(function, (x,), (1.0,))[1]
    return [dsl.jvp(gradient, (x,), (1.0,))[1], dsl.grad(tangent)(x), dsl.grad(gradient)(x),
            dsl.jvp(tangent, (x,), (1.0,))[1]]  # fmt: skip


def test_guards_in_a_loop():
    assert np.isfinite(seconds(guarded_in_loop, 0.0)).all()
    dsl.check_grads(guarded_in_loop, (0.0,), order=2)


def test_a_masked_element_makes_no_nan():
    def logs(a):
        total = 0.0
        for v in a:
            if v > 0.0:
                total += math.log(v) + v**0.5
        return total

    a = np.array([1.0, 0.0, 4.0, -1.0])
    np.testing.assert_allclose(dsl.grad(logs)(a), [1.5, 0.0, 0.5, 0.0], rtol=1e-15)
    hessian = dsl.hessian(logs)(a)
    np.testing.assert_allclose(np.diag(hessian), [-1.25, 0.0, -1.0 / 16 - 1.0 / 32, 0.0], rtol=1e-15)


# --- higher orders ---------------------------------------------------------------------------------------------------


def powered(x, n):
    """x to the n, by a loop."""
    result = 1.0
    for _ in range(n):
        result *= x
    return result


def composed(x):
    """sin three times, in a loop left by a test."""
    k = 0
    while True:
        x = math.sin(x)
        k += 1
        if k == 3:
            return x


def overwritten(x):
    """x^4 by way of an array that is written in place."""
    a = np.ones(3)
    a[0] = x
    for i in range(4):
        a[(i + 1) % 3] = a[i % 3] * (x if i > 0 else 1.0)
    return a[4 % 3]


def third(function):
    return dsl.grad(dsl.grad(dsl.grad(function)))


def test_third_derivatives_through_loops():
    assert third(powered)(1.3, 5) == pytest.approx(60.0 * 1.3**2, rel=1e-14)
    assert third(overwritten)(1.3) == pytest.approx(24.0 * 1.3, rel=1e-14)
    # forward, reverse and mixed
    twice = lambda x: dsl.jvp(lambda y: dsl.jvp(composed, (y,), (1.0,))[1], (x,), (1.0,))[1]
    expected = third(composed)(0.7)
    assert dsl.grad(twice)(0.7) == pytest.approx(expected, rel=1e-13)
    assert dsl.jvp(twice, (0.7,), (1.0,))[1] == pytest.approx(expected, rel=1e-13)
    assert dsl.jvp(dsl.grad(dsl.grad(composed)), (0.7,), (1.0,))[1] == pytest.approx(expected, rel=1e-13)
    assert dsl.grad(lambda x: dsl.jvp(dsl.grad(composed), (x,), (1.0,))[1])(0.7) == pytest.approx(expected, rel=1e-13)
    h = 1e-4
    slope = (dsl.grad(dsl.grad(composed))(0.7 + h) - dsl.grad(dsl.grad(composed))(0.7 - h)) / (2 * h)
    assert expected == pytest.approx(slope, rel=1e-6)


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def test_hessian_vector_products_both_ways():
    x, v = np.array([0.3, -0.7, 1.1, 0.9]), np.array([1.0, -2.0, 0.5, 3.0])
    hessian = dsl.hessian(rosenbrock)(x)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-13, atol=1e-12)
    over = dsl.jvp(dsl.grad(rosenbrock), (x,), (v,))[1]
    under = dsl.grad(lambda x: dsl.jvp(rosenbrock, (x,), (v,))[1])(x)
    np.testing.assert_allclose(over, hessian @ v, rtol=1e-13)
    np.testing.assert_allclose(under, hessian @ v, rtol=1e-13)


# --- derivatives inside of what is differentiated --------------------------------------------------------------------


def test_perturbations_are_not_confused():
    # d/dx (x * d/dy (x + y)) is 1; a single perturbation would say 2
    assert dsl.grad(lambda x: x * dsl.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    inner = lambda x: x * dsl.jvp(lambda y: x + y, (1.0,), (1.0,))[1]
    assert dsl.jvp(inner, (1.0,), (1.0,))[1] == dsl.grad(inner)(1.0) == 1.0
    assert dsl.grad(lambda x: x * dsl.jvp(lambda y: x * y, (2.0,), (1.0,))[1])(3.0) == 6.0


def test_closures_at_three_levels():
    def f(x):
        def g(y):
            def h(z):
                return x * y * y * z**3

            return dsl.grad(h)(y) * x

        return dsl.grad(g)(2.0 * x)

    # h' = 3 x y^4, g = 3 x^2 y^4, g' = 12 x^2 y^3, f = 96 x^5
    assert f(1.5) == pytest.approx(96.0 * 1.5**5, rel=1e-14)
    assert dsl.grad(f)(1.5) == pytest.approx(480.0 * 1.5**4, rel=1e-14)
    assert dsl.jvp(f, (1.5,), (1.0,))[1] == pytest.approx(480.0 * 1.5**4, rel=1e-14)


@dsl.kernel
def descended(rate, start, n):
    """Steps of gradient descent, each with a gradient of a closure over what is differentiated."""
    x = start
    for _ in range(n):
        x -= dsl.grad(lambda t: rate * math.cosh(t - rate))(x) * 0.1
    return x


def test_gradients_in_a_loop_are_differentiated():
    dsl.check_grads(descended, (0.8, 1.7, 6), order=2)


@dsl.kernel
def newton_by_derivative(c):
    """A loop whose end depends on a derivative taken in it."""
    x = 1.0
    while abs(x**3 - c) > 1e-13:
        x -= (x**3 - c) / dsl.grad(lambda t: t**3 - c)(x)
    return x


def test_newton_by_derivative():
    assert dsl.grad(newton_by_derivative)(2.0) == pytest.approx(2.0 ** (-2.0 / 3.0) / 3.0, rel=1e-12)
    assert dsl.grad(dsl.grad(newton_by_derivative))(2.0) == pytest.approx(-2.0 * 2.0 ** (-5.0 / 3.0) / 9.0, rel=1e-10)


# --- arrays, views and lists as arguments of derivatives in a kernel -------------------------------------------------

WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0])


def weighted(x):
    total = 0.0
    for i in range(len(x)):
        total += WEIGHTS[i] * x[i] * x[i]
    return total


def of_views(x):
    """Each result is an array that was differentiated by way of a view, or along one."""
    first = dsl.grad(weighted)(x[1:])
    along = dsl.jvp(weighted, (x,), (x[::-1],))[1]
    constant = dsl.jvp(weighted, (x,), (WEIGHTS,))[1]
    value, dots = dsl.jvp(lambda y: (y * y)[1:], (x,), (x,))
    (pulled,) = dsl.vjp(lambda y: y * y, x[1:])[1](x[:3])
    return first, along, constant, value, dots, pulled


def test_views_inside_kernels():
    x = np.array([1.0, 3.0, -2.0, 0.5])
    first, along, constant, value, dots, pulled = dsl.kernel(of_views)(x)
    np.testing.assert_allclose(first, 2.0 * WEIGHTS[:3] * x[1:])
    assert along == pytest.approx(2.0 * (WEIGHTS * x) @ x[::-1])
    assert constant == pytest.approx(2.0 * (WEIGHTS * x) @ WEIGHTS)
    np.testing.assert_allclose(value, x[1:] ** 2)
    np.testing.assert_allclose(dots, 2.0 * x[1:] ** 2)
    np.testing.assert_allclose(pulled, 2.0 * x[1:] * x[:3])


def test_a_rule_of_its_own_on_a_view():
    @dsl.custom_vjp
    def doubled(v):
        return v[0] * v[1]

    doubled.defvjp(lambda v: (v[0] * v[1], v), lambda v, ct: (np.array([2.0 * ct * v[1], 2.0 * ct * v[0]]),))
    gradient = dsl.grad(lambda x: doubled(x[1:3]))(np.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_allclose(gradient, [0.0, 6.0, 4.0, 0.0])


def test_the_size_of_an_array_is_no_derivative():
    @dsl.kernel
    def norm_of_slope(n):
        slope = dsl.grad(weighted)(np.ones(min(n, 4)))
        total = 0.0
        for v in slope:
            total += v
        return total

    assert [norm_of_slope(n) for n in (0, 2, 3, 9)] == [0.0, 6.0, 12.0, 20.0]
