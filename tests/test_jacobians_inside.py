"""Jacobians and Hessians taken inside a kernel: against central differences of the Python function, and as outside."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dsl

A, M = np.array([1.5, 2.0, -0.5]), np.array([[1.0, 2.0], [0.5, -1.0]])


def vectors(a):
    return np.array([a[0] * a[1], a[1] ** 2 * a[2], math.sin(a[0]) + 3 * a[2], a[2]])


def matrices(m):
    return m @ m * 0.5


def total(a):
    s = 0.0
    for v in a:
        s += v * v * v * a[0]
    return s


def differences(function, at, step=1e-5):
    """The Jacobian of a NumPy function by central differences."""
    columns = []
    for k in range(at.size):
        along = np.zeros(at.size)
        along[k] = step
        along = along.reshape(at.shape)
        columns.append((np.asarray(function(at + along)) - np.asarray(function(at - along))) / (2 * step))
    found = np.stack(columns, axis=-1)
    return found.reshape(*found.shape[:-1], *at.shape)


@pytest.mark.parametrize("transform", [dsl.jacfwd, dsl.jacrev])
@pytest.mark.parametrize("function, at", [(vectors, A), (matrices, M), (total, A)])
def test_jacobians(transform, function, at):
    found = dsl.kernel(lambda x: transform(function)(x))(at)
    np.testing.assert_allclose(found, differences(function, at), rtol=1e-8, atol=1e-9)
    assert repr(found) == repr(transform(function)(at))


def gradient_of_total(a):
    return np.array([3 * v * v * a[0] for v in a]) + np.eye(3)[0] * (a**3).sum()


def test_hessians_and_their_derivatives():
    inside = dsl.kernel(lambda a: dsl.hessian(total)(a))
    np.testing.assert_allclose(inside(A), differences(gradient_of_total, A), rtol=1e-8)
    weighed = lambda a: (dsl.hessian(total)(a) * a).sum()
    gradient = differences(lambda a: (inside(a) * a).sum(), A)
    np.testing.assert_allclose(dsl.grad(weighed)(A), gradient, rtol=1e-8)
    np.testing.assert_allclose(dsl.jvp(weighed, (A,), (A,))[1], gradient @ A, rtol=1e-8)
    np.testing.assert_allclose(dsl.hessian(weighed)(A), differences(dsl.grad(weighed), A), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("transform", [dsl.jacfwd, dsl.jacrev])
def test_structures_are_those_of_outside(transform):
    def several(x, y, n):
        return {"s": x * y * n, "n": n, "v": np.array([x, y * y])}

    inside = dsl.kernel(lambda x, y, n: transform(several, (0, 1, 2))(x, y, n))
    assert repr(inside(2.0, 3.0, 4)) == repr(transform(several, (0, 1, 2))(2.0, 3.0, 4))


def test_a_hessian_for_two_arguments():
    found = dsl.kernel(lambda x, y: dsl.hessian(lambda x, y: x * x * y, (0, 1))(x, y))(2.0, 3.0)
    assert found == ((6.0, 4.0), (4.0, 0.0))


def test_newton_on_a_system():
    def residual(v):
        return np.array([v[0] ** 2 + v[1] ** 2 - 4.0, v[0] * v[1] - 1.0])

    def solved(v):
        for _ in range(8):
            j, r = dsl.jacfwd(residual)(v), residual(v)
            det = j[0, 0] * j[1, 1] - j[0, 1] * j[1, 0]
            v = v - np.array([j[1, 1] * r[0] - j[0, 1] * r[1], j[0, 0] * r[1] - j[1, 0] * r[0]]) / det
        return v

    found = dsl.kernel(solved)(np.array([2.0, 0.7]))
    assert found == pytest.approx([math.sqrt(2 + math.sqrt(3)), math.sqrt(2 - math.sqrt(3))], rel=1e-14)


def test_a_jacobian_of_what_always_raises_raises():
    def fails(x):
        raise ValueError("not here")

    with pytest.raises(ValueError, match="not here"):
        dsl.kernel(lambda x: dsl.jacfwd(fails)(x))(1.0)


def test_integers_that_are_annotated_as_floats():
    def cube(x: float):
        return x**3

    def nested(n):
        def inner(x: float):
            return x**3

        return dsl.grad(dsl.grad(inner))(n), dsl.jacfwd(inner)(n)

    assert dsl.kernel(lambda n: dsl.grad(dsl.grad(cube))(n))(3) == 18.0
    assert dsl.kernel(nested)(3) == (18.0, 27.0)


@pytest.mark.parametrize("nothing", [None, np.zeros((), [("float0", "V0")])])
def test_tangents_of_integers_may_be_nothing(nothing):
    product = lambda x, n: (x * n, n)
    assert dsl.jvp(product, (2.0, 3), (1.0, nothing)) == ((6.0, 3), (3.0, 0))
    assert dsl.vjp(product, 2.0, 3)[1]((1.0, nothing)) == (3.0, 0)


def test_tangents_of_integers_may_be_nothing_in_a_kernel():
    @dsl.kernel
    def both(x, n):
        product = lambda x, n: (x * n, n)
        return dsl.jvp(product, (x, n), (1.0, None)), dsl.vjp(product, x, n)[1]((1.0, None))

    assert both(2.0, 3) == (((6.0, 3), (3.0, 0)), (3.0, 0))
