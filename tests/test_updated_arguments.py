"""Derivatives of kernels that change their arguments: what only the change needed is removed before differentiation,
and what a checkpoint, a custom rule or a derivative inside reads of the code around it is not."""

import numpy as np
import pytest

import dsl


def checkpointed(a, x):
    t = x * x
    r = dsl.checkpoint(lambda y: y * t)(x)
    a[0] = r * 2.0
    return r


def checkpointed_loop(a, x):
    t = x * x

    def total(y):
        s = 0.0
        for _ in range(5):
            s += y * t
        return s

    r = dsl.checkpoint(total)(x)
    a[0] = r
    return r


def differentiated(a, x):
    t = x * x
    r = dsl.grad(lambda y: y * y * t)(x)
    a[0] = r
    return r


def pushed_forward(a, x):
    t = x * x
    r = dsl.jvp(lambda y: y * y * t, (x,), (t,))[1]
    a[0] = r
    return r


def rooted(a, x):
    t = x * x * x

    def solve(t):
        y = 1.0
        for _ in range(40):
            y = 0.5 * (y + t / y)
        return y

    r = dsl.custom_root(lambda y, t: y * y - t)(solve)(t)
    a[0] = r
    return r


def stopped(a, x):
    t = x * x
    r = x * dsl.stop_gradient(t) + t
    a[0] = r
    return r


@dsl.custom_vjp
def scaled(x, k):
    return x * k


def scaled_forward(x, k):
    return x * k, (k,)


def scaled_backward(residuals, ct):
    (k,) = residuals
    return ct * k, 0.0


scaled.defvjp(scaled_forward, scaled_backward)


def ruled(a, x):
    k = x * x
    r = scaled(x, k)
    a[0] = r
    return r


CASES = [
    (checkpointed, 3 * 1.5**2), (checkpointed_loop, 15 * 1.5**2), (differentiated, 6 * 1.5**2),
    (pushed_forward, 10 * 1.5**4), (rooted, 1.5 * 1.5**0.5), (stopped, 1.5**2 + 2 * 1.5), (ruled, 1.5**2),
]  # fmt: skip


@pytest.mark.parametrize("function, expected", CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_gradient_where_the_argument_is_changed(function, expected):
    a = np.ones(2)
    assert dsl.grad(function, argnums=1)(a, 1.5) == pytest.approx(expected, rel=1e-12)
    if function is not ruled:  # which has no forward rule
        assert dsl.jvp(function, (a, 1.5), (np.zeros(2), 1.0))[1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("function", [f for f, _ in CASES if f is not stopped], ids=lambda f: f.__name__)
def test_second_derivatives_where_the_argument_is_changed(function):
    def slope(x):
        return dsl.grad(function, argnums=1)(np.ones(2), x)

    numeric = (slope(1.5001) - slope(1.4999)) / 2e-4
    assert dsl.grad(dsl.grad(function, argnums=1), argnums=1)(np.ones(2), 1.5) == pytest.approx(numeric, rel=1e-6)
