"""Products of vectors and matrices as whole-array operations: values beside NumPy's within the rounding of sums, and
derivatives in all modes beside closed forms and complex steps."""

import platform

import numpy as np
import pytest

import dsl

STEP = 1e-100


def within_rounding(found, a, b, expected):
    """|found - a @ b| <= n eps (|a| @ |b|), the bound of a sum of n products in any order."""
    n, eps = a.shape[-1], np.finfo(expected.dtype).eps
    assert found.shape == expected.shape and found.dtype == expected.dtype
    bound = (n + 2) * eps * (np.abs(a.astype(float)) @ np.abs(b.astype(float)))
    assert (np.abs(found.astype(float) - a.astype(float) @ b.astype(float)) <= 1.5 * bound).all()


def along(function, args, k, direction):
    """The derivative of a NumPy function along `direction` in argument k, by a complex step."""
    moved = [x + STEP * 1j * direction if i == k else x + 0j * x for i, x in enumerate(args)]
    return function(*moved).imag / STEP


@dsl.kernel
def product(a, b):
    return a @ b


@dsl.kernel
def loss(a, b, c):
    return float(np.sum((a @ b) * c))


SHAPES = [
    ((3, 17), (17, 2)), ((1, 40), (40, 1)), ((20,), (20, 9)), ((9, 20), (20,)), ((33, 20), (20, 9)), ((31,), (31,)),
    ((14, 300), (300, 1030)),  # more than a block of terms, and of columns
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_products_and_their_gradients(shapes, dtype):
    rng = np.random.default_rng(1)
    a, b = (rng.standard_normal(shape).astype(dtype) for shape in shapes)
    within_rounding(np.asarray(product(a, b)), a, b, np.asarray(a @ b))
    c = rng.standard_normal(np.shape(a @ b)).astype(dtype)
    if c.ndim == 0:
        return
    da, db, dc = dsl.grad(loss, argnums=(0, 1, 2))(a, b, c)
    rows, columns = np.atleast_2d(a), b.reshape(len(b), -1)
    g = c.reshape(len(rows), columns.shape[1])
    within_rounding(da.reshape(rows.shape), g, columns.T, g @ columns.T)
    within_rounding(db.reshape(columns.shape), rows.T, g, rows.T @ g)
    within_rounding(dc, a, b, a @ b)


def test_special_values_travel_as_in_numpy():
    a, b = np.ones((5, 20)), np.ones((20, 6))
    a[1, 3], b[7, 2], a[4, 4] = np.nan, np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(product(a, b), a @ b)
    outer = dsl.kernel(lambda x, y: np.outer(x, y))
    x, y = np.array([-0.0, 2.0, -np.inf] * 3), np.array([1.0, -0.0, 3.0, 0.5])
    with np.errstate(invalid="ignore"):
        expected = np.outer(x, y)
    found = outer(x, y)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found[~np.isnan(found)]), np.signbit(expected[~np.isnan(expected)]))


@dsl.kernel
def transposed(a, b):
    return a @ b, a.T @ b, a @ b.T, a.T @ b.T


@pytest.mark.parametrize("chip", ["host", "generic", "x86-64-v3"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_transposed_operands(dtype, chip):
    if platform.machine() not in ("x86_64", "AMD64") and chip != "host":
        pytest.skip("a chip of another architecture")
    kernel = dsl.kernel(target=f"cpu:{chip}")(transposed.python)
    for n in (13, 41):
        a, b = (np.random.default_rng(n).standard_normal((n, n)).astype(dtype) for _ in range(2))
        expected = [(a, b), (a.T, b), (a, b.T), (a.T, b.T)]
        for found, (x, y) in zip(kernel(a, b), expected, strict=True):
            within_rounding(found, x, y, x @ y)


@dsl.kernel
def exchanged(a, b, n: int):
    a, b, w = a.copy(), b.copy(), b.copy()
    for _ in range(n):
        c = a @ w
        for i in range(len(a)):
            for j in range(len(a)):
                b[i, j] = 0.5 * b[i, j] + c[i, j]
        a, b = b, a
    return float(np.sum(a * b))


def exchanged_np(a, b):
    w = b
    for _ in range(4):
        a, b = 0.5 * b + a @ w, a
    return np.sum(a * b)


@dsl.kernel
def many(a):
    b0 = a @ a
    b1 = b0 @ a
    b2 = b1 @ b0.T
    b3 = b2.T @ b1
    return float(np.sum(b3 @ b0) * b1[0, 0] + np.sum(b2 @ b1) * b3[0, 1])


def many_np(a):
    b0 = a @ a
    b1 = b0 @ a
    b2 = b1 @ b0.T
    b3 = b2.T @ b1
    return np.sum(b3 @ b0) * b1[0, 0] + np.sum(b2 @ b1) * b3[0, 1]


@dsl.kernel
def parts(a, b):
    c = a.T[:, 1:] @ b[1:, ::2]
    d = np.dot(b[:, 0], a @ a[2])
    return float(np.sum(c * c)) + d + np.inner(a[0], a[1]) + np.vdot(a, a) + float(np.sum(np.outer(b[0], a[1])))


def parts_np(a, b):
    c = a.T[:, 1:] @ b[1:, ::2]
    d = np.dot(b[:, 0], a @ a[2])
    return np.sum(c * c) + d + np.dot(a[0], a[1]) + np.sum(a * a) + np.sum(np.outer(b[0], a[1]))


@dsl.kernel
def recurrent(w, u, xs, h, n: int):
    for t in range(n):
        h = np.tanh(w @ h + u @ xs[t])
        if h[0] > 0.0:
            z = h * 2.0
            h = h + 0.1 * (w @ z)
            z[1] = 5.0
    h = h.copy()
    while h[0] < 1.5:
        h[0] = h[0] + 0.5
        h[1:] = (u.T @ h)[:1] + h[1:]
    return float(h @ h)


def recurrent_np(w, u, xs, h):
    for t in range(len(xs)):
        h = np.tanh(w @ h + u @ xs[t])
        if h[0].real > 0:
            h = h + 0.1 * (w @ (h * 2.0))
    h = h.copy()
    while h[0].real < 1.5:
        h[0] = h[0] + 0.5
        h[1:] = (u.T @ h)[:1] + h[1:]
    return h @ h


@dsl.kernel
def powers(a, n: int):
    b = a
    for _ in range(n):
        b = b @ a
        b[0, 0] = b[0, 0] * 0.5
        b[1:3] = b[:2] @ a
    return float(np.sum(b))


def powers_np(a):
    b = a
    for _ in range(4):
        b = b @ a
        b[0, 0] *= 0.5
        b[1:3] = b[:2] @ a
    return np.sum(b)


RNG = np.random.default_rng(2)
PROGRAMS = {
    "parts": (parts, parts_np, (RNG.standard_normal((20, 20)) / 4, RNG.standard_normal((20, 20)) / 4), ()),
    "recurrent": (recurrent, recurrent_np, (
        RNG.standard_normal((20, 20)) / 20, RNG.standard_normal((20, 18)) / 20, RNG.standard_normal((5, 18)),
        RNG.standard_normal(20)), (5,)),
    "exchanged": (exchanged, exchanged_np, (
        RNG.standard_normal((19, 19)) / 3, RNG.standard_normal((19, 19)) / 3), (4,)),
    "many": (many, many_np, (RNG.standard_normal((17, 17)) / 4,), ()),
    "powers": (powers, powers_np, (RNG.standard_normal((6, 6)) * 0.4,), (4,)),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_of_products_in_both_modes(name):
    kernel, by_numpy, args, rest = PROGRAMS[name]
    assert kernel(*args, *rest) == pytest.approx(by_numpy(*(x.copy() for x in args)), rel=1e-12)
    gradients = dsl.grad(kernel, argnums=tuple(range(len(args))))(*args, *rest)
    for k in range(len(args)):
        direction = RNG.standard_normal(args[k].shape)
        expected = along(by_numpy, args, k, direction)
        assert np.sum(gradients[k] * direction) == pytest.approx(expected, rel=1e-10, abs=1e-12)
    tangents = tuple(RNG.standard_normal(x.shape) for x in args)
    _, found = dsl.jvp(lambda *primals: kernel(*primals, *rest), args, tangents)
    assert found == pytest.approx(sum(along(by_numpy, args, k, t) for k, t in enumerate(tangents)), rel=1e-10)


@dsl.kernel
def cubes(a, b):
    c = a @ b
    return float(np.sum(c * c * c))


@dsl.kernel
def directional(a, b, da, db):
    for_a, for_b = dsl.grad(cubes, argnums=(0, 1))(a, b)
    return float(np.sum(for_a * da) + np.sum(for_b * db))


def test_second_derivatives():
    a, b = RNG.standard_normal((7, 5)), RNG.standard_normal((5, 9))
    da, db = RNG.standard_normal(a.shape), RNG.standard_normal(b.shape)
    moved_a, moved_b = a + STEP * 1j * da, b + STEP * 1j * db
    g = 3 * (moved_a @ moved_b) ** 2
    expected = (g @ moved_b.T).imag / STEP, (moved_a.T @ g).imag / STEP
    _, forward = dsl.jvp(dsl.grad(cubes, argnums=(0, 1)), (a, b), (da, db))
    reverse = dsl.grad(directional, argnums=(0, 1))(a, b, da, db)
    for found in (forward, reverse):
        for x, y in zip(found, expected, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-11)


def test_a_product_is_one_operation_and_so_are_its_derivatives():
    a, b, c = np.ones((30, 20)), np.ones((20, 40)), np.ones((30, 40))
    products = lambda text: sum(line.count("parallel") == 2 and "reduction" in line for line in text.splitlines())
    assert products(loss.ir(a, b, c, stage="primal")) == 1
    assert products(dsl.grad(loss, argnums=(0, 1)).ir(a, b, c, stage="clean")) == 2
