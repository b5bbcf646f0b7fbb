"""Dense and banded linear algebra by element, in place."""

import math

import numpy as np

from tests.corpus import Routine


def cholesky(a):
    """Overwrites the lower triangle of a symmetric positive definite matrix with its factor."""
    n = len(a)
    for j in range(n):
        for k in range(j):
            a[j, j] -= a[j, k] * a[j, k]
        a[j, j] = math.sqrt(a[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
    return a


def log_determinant(a):
    n = len(a)
    cholesky(a)
    total = 0.0
    for i in range(n):
        total += 2.0 * math.log(a[i, i])
    return total


def lu_pivot(a, order):
    """LU with partial pivoting in place; `order` receives the row permutation. The sign of the permutation."""
    n = a.shape[0]
    sign = 1
    for i in range(n):
        order[i] = i
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[best, k]):
                best = i
        if best != k:
            sign = -sign
            order[k], order[best] = order[best], order[k]
            for j in range(n):
                a[k, j], a[best, j] = a[best, j], a[k, j]
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    return sign


def determinant(a, order):
    value = float(lu_pivot(a, order))
    for i in range(len(a)):
        value *= a[i, i]
    return value


def thomas(lower, diagonal, upper, right):
    """Solves a tridiagonal system; diagonal and right are overwritten, right becomes the solution."""
    n = len(diagonal)
    for i in range(1, n):
        w = lower[i - 1] / diagonal[i - 1]
        diagonal[i] -= w * upper[i - 1]
        right[i] -= w * right[i - 1]
    right[n - 1] /= diagonal[n - 1]
    for i in range(n - 2, -1, -1):
        right[i] = (right[i] - upper[i] * right[i + 1]) / diagonal[i]
    return right


def thomas_energy(lower, diagonal, upper, right):
    x = thomas(lower, diagonal, upper, right)
    total = 0.0
    for v in x:
        total += v * v
    return total


def qr_givens(a):
    """Turns a matrix into its triangular factor by Givens rotations, in place."""
    m, n = a.shape
    for j in range(n):
        for i in range(m - 1, j, -1):
            x, y = a[i - 1, j], a[i, j]
            r = math.hypot(x, y)
            if r == 0.0:
                continue
            c, s = x / r, y / r
            for k in range(j, n):
                top, bottom = a[i - 1, k], a[i, k]
                a[i - 1, k] = c * top + s * bottom
                a[i, k] = c * bottom - s * top
    return a


def qr_trace(a):
    qr_givens(a)
    total = 0.0
    for i in range(min(a.shape[0], a.shape[1])):
        total += abs(a[i, i]) * (i + 1)
    return total


def power_iteration(a, tolerance):
    """The largest eigenvalue, to a tolerance that decides how many steps are taken."""
    n = len(a)
    v, w = np.ones(n), np.zeros(n)
    old, value = 0.0, 1.0
    while abs(value - old) > tolerance * abs(value):
        old = value
        norm = 0.0
        for i in range(n):
            w[i] = 0.0
            for j in range(n):
                w[i] += a[i, j] * v[j]
            norm += w[i] * w[i]
        norm = math.sqrt(norm)
        value = 0.0
        for i in range(n):
            value += v[i] * w[i]
        size = 0.0
        for i in range(n):
            size += v[i] * v[i]
        value /= size
        for i in range(n):
            v[i] = w[i] / norm
    return value


def conjugate_gradient(a, b, steps):
    """x with a x = b after a number of steps, for a symmetric positive definite matrix."""
    n = len(b)
    x, r, p, q = np.zeros(n), b.copy(), b.copy(), np.zeros(n)
    rr = 0.0
    for i in range(n):
        rr += r[i] * r[i]
    for _ in range(steps):
        if rr < 1e-20:
            break
        pq = 0.0
        for i in range(n):
            q[i] = 0.0
            for j in range(n):
                q[i] += a[i, j] * p[j]
            pq += p[i] * q[i]
        alpha, new = rr / pq, 0.0
        for i in range(n):
            x[i] += alpha * p[i]
            r[i] -= alpha * q[i]
            new += r[i] * r[i]
        for i in range(n):
            p[i] = r[i] + new / rr * p[i]
        rr = new
    return x


def conjugate_gradient_energy(a, b, steps):
    x = conjugate_gradient(a, b, steps)
    total = 0.0
    for i in range(len(b)):
        total += x[i] * (i + 1)
    return total


def matrix(n, seed, diagonal=0.0):
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (n, n)) + diagonal * np.eye(n)


def positive(n, seed):
    a = matrix(n, seed)
    return a @ a.T + n * np.eye(n)


RNG = np.random.default_rng(7)
BANDS = (RNG.uniform(-1, 1, 7), RNG.uniform(3, 4, 8), RNG.uniform(-1, 1, 7), RNG.uniform(-2, 2, 8))

ROUTINES = [
    Routine(cholesky, (positive(6, 1),), log_determinant, (0,)),
    Routine(lu_pivot, (matrix(5, 2), np.zeros(5, dtype=np.int64)), determinant, (0,)),
    Routine(thomas, BANDS, thomas_energy, (0, 1, 2, 3)),
    Routine(qr_givens, (matrix(5, 3)[:, :4].copy(),), qr_trace, (0,)),
    Routine(power_iteration, (positive(4, 4), 1e-10), None, (0,)),
    Routine(conjugate_gradient, (positive(5, 5), RNG.uniform(-1, 1, 5), 3), conjugate_gradient_energy, (0, 1)),
]
