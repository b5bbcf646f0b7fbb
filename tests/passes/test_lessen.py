"""Cotangents that reverse loops subtract from: written as sums for the vectoriser, the same numbers; in long loops as
sums without an order."""

import numpy as np
import pytest

import dsl


def residuals(y, x, w, b):
    total = 0.0
    for i in range(len(y)):
        r = y[i] - (w * x[i] + b)
        total += r * r
    return total


def nearest(points, centres):
    total = 0.0
    for i in range(len(points)):
        best = 1e9
        for c in range(3):
            d = (points[i] - centres[c]) ** 2
            best = min(best, d)
        total += best
    return total


def remaining(x, n):
    s = 100.0
    for i in range(n):
        s -= x * i
    return s


RNG = np.random.default_rng(5)


@pytest.mark.parametrize("count, mark", [(12, "llvm.intr.fmuladd"), (100, "fastmath<reassoc>")])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gradient_of_residuals(dtype, count, mark):
    y, x = RNG.uniform(-1, 1, (2, count)).astype(dtype)
    w, b = dtype(0.5), dtype(-0.25)
    kernel = dsl.grad(residuals, argnums=(0, 1, 2, 3))
    assert mark in kernel.ir(y, x, w, b, stage="exact")
    r = y - (w * x + b)
    wanted = 2 * r, -2 * r * w, np.sum(-2 * r * x, dtype=np.float64), np.sum(-2 * r, dtype=np.float64)
    for got, expected in zip(kernel(y, x, w, b), wanted, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12 if dtype is np.float64 else 1e-4, atol=1e-5)


@pytest.mark.parametrize("count, mark", [(12, "llvm.intr.fmuladd"), (33, "fastmath<reassoc>")])
def test_elements_that_every_iteration_lessens(count, mark):
    points, centres = RNG.uniform(-1, 1, count), np.array([-0.6, 0.05, 0.5])
    kernel = dsl.grad(nearest, argnums=(0, 1))
    assert mark in kernel.ir(points, centres, stage="exact")
    offsets = points[:, None] - centres[None, :]
    mine = np.argmin(offsets**2, axis=1)
    expected = [-2 * offsets[mine == c, c].sum() for c in range(3)]
    by_points, by_centres = kernel(points, centres)
    np.testing.assert_allclose(by_centres, expected, rtol=1e-12)
    np.testing.assert_allclose(by_points, 2 * offsets[np.arange(count), mine], rtol=1e-13)


def test_the_primal_keeps_its_differences():
    kernel = dsl.kernel(remaining)
    text = kernel.ir(0.3, 5, stage="exact")
    assert "fmuladd" not in text and "reassoc" not in text
    assert kernel(0.3, 50) == remaining(0.3, 50)
