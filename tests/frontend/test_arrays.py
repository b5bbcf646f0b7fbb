"""Arrays: element access, views and their aliases, small vector arithmetic."""

import math

import numpy as np
import pytest

from tests.frontend.compare import check

TABLE = np.array([1.0, 4.0, 9.0])
BIG = np.linspace(0.0, 1.0, 40)


def total(a):
    s = 0.0
    for x in a:
        s += x
    return s


def by_index(a, n):
    s = 0.0
    for i in range(n):
        s += a[i] * a[-1 - i]
    return s


def scale(a, k):
    for i in range(len(a)):
        a[i] *= k
    return a[0]


def stencil(u, steps):
    n, m = u.shape
    v = np.zeros((n, m))
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                v[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                u[i, j] = v[i, j]
    return u[1, 1]


def cholesky(a):
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


def vectors(x):
    a = np.array([x, 2.0, 3.0])
    b = np.ones(3) * x
    c = a + b * 2.0 - 1.0
    m = np.array([[1.0, x, 0.0], [0.0, 1.0, x], [x, 0.0, 1.0]])
    a[1] += 1.0
    d = m @ a
    return (c, a @ b, d, m.T @ m, np.cross(a, b), np.dot(a, b), np.linalg.norm(a), a.sum(), np.sum(m), m.shape, len(m),
            -a, a / b, a**2, np.sin(a), abs(a - 5.0), np.max(a), a.min(), np.mean(a), np.outer(a, b), m[1], m[:, 0])


def views(x):
    a = np.zeros(6)
    b = a[1:5]
    c = b[::-1]
    c[0] = x
    b[0] = 2.0 * x
    a[1:3] += 1.0
    a[-2:] = np.array([7.0, x])
    d = np.zeros((2, 3))
    d[0] = a[:3]
    d[:, 1] = 5.0
    row = d[1]
    row[2] = x
    d[1] += 0.5
    return a, b[0], c[0], d, d[0, ::2], a[::-1], d.T, a[2:2].shape


def local(n):
    a = np.zeros(8)
    for i in range(n):
        a[i % 8] += i
    b = a.copy()
    b[0] = -1.0
    return a, b, a[n % 8]


def branch_writes(a, x):
    if x > 0.0:
        a[0] = x
        b = np.zeros(4)
    else:
        a[1] = x
        b = np.ones(4)
    b[2] = 7.0
    return a, b


def insertion_sort(a):
    for i in range(1, len(a)):
        x = a[i]
        j = i - 1
        while j >= 0 and a[j] > x:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = x


def helper_write(a, n):
    def put(arr, i, v):
        arr[i] = v

    for i in range(n):
        put(a, i, i * 1.0)
    view = a[2:]
    put(view, 0, 99.0)
    return a[2]


def constants(i):
    return TABLE[i] + TABLE[-1] + BIG[i] + BIG.sum() + len(BIG)


def dtypes(a, n):
    x = a[0] * 2.0
    k = n[1] + 1
    b = np.zeros(3, dtype=np.float32)
    b[0] = x
    made = np.arange(3), np.arange(2, 8, 3), np.linspace(0.0, 1.0, 5)
    return x, k, b, a[1] + n[0], k // 2, a.astype(np.float64), made


def run_time_size(n, x):
    size = n % 4 + 2
    a = np.zeros(size)
    for i in range(len(a)):
        a[i] = x * i
    b = a * 2.0 + 1.0
    return b.sum(), len(a), a[size - 1], a[-1], a.shape[0], np.dot(a, b)


def swapped_elements(a, i, j):
    a[i], a[j] = a[j], a[i]
    return a


def early_exit(a, limit):
    for i, x in enumerate(a):
        if x > limit:
            return i
    return -1


def zipped(a, b):
    s = 0.0
    for x, y in zip(a, b):
        s += x * y
    for i, x in enumerate(reversed(a)):
        s += i * x
    return s + sum(x * x for x in a), max(b), sorted([a[0], b[0]])


def three(v):
    s = 0.0
    for i in range(3):
        for j in range(3):
            v[i] += v[j] * 0.5
        s += v[i]
    return s


def clipped(a):
    return (np.clip(a, 1.5, None), np.clip(a, None, 1.5), np.clip(a, None, a_max=2.0), np.clip(a, min=2.5, max=None),
            np.clip(a, None, None), a.clip(1.5), a.clip(max=1.5), a.clip(0.75, 2.0), np.clip(a[0], 4.0, None))


def eyes(n, k):
    return (np.eye(2, 3), np.eye(3, 2), np.eye(3, k=1), np.eye(3, 4, -2), np.eye(2, 3, 5), np.eye(2, dtype=np.int64),
            np.identity(3), np.eye(7, 5, k=-1), np.eye(n, n + 2, k), np.eye(4, None, k), np.eye(0, 2))


def limits(a):
    info = np.finfo(np.float64)
    for _ in range(2):
        info = np.finfo(a.dtype)
    single, whole = np.finfo(np.float32), np.iinfo(np.int64)
    return (info.eps, info.max, info.min, info.tiny, single.eps, single.max, whole.max, whole.min, np.finfo(float).bits,
            np.iinfo(np.int32).max, a / max(a[0], info.eps), np.minimum(a, info.tiny), single.tiny)


A, B = np.array([3.0, 1.0, 2.0]), np.array([0.5, 4.0, -1.0])
SPD = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
CASES = [
    (total, [(A,), (np.zeros(0),)]),
    (by_index, [(A, 3), (A, 0), (A, 4)]),
    (scale, [(A, 2.0)]),
    (stencil, [(np.arange(20.0).reshape(4, 5), 3)]),
    (cholesky, [(SPD,)]),
    (vectors, [(1.5,)]),
    (views, [(1.5,)]),
    (local, [(3,), (20,)]),
    (branch_writes, [(A, 1.0), (A, -1.0)]),
    (insertion_sort, [(A,), (np.array([5.0, 4.0, 3.0, 2.0, 1.0]),)]),
    (helper_write, [(np.zeros(5), 3), (np.zeros(5), 6)]),
    (constants, [(1,), (2,), (5,)]),
    (dtypes, [(np.array([1.5, 2.5], np.float32), np.array([3, 4], np.int32))]),
    (run_time_size, [(0, 1.5), (7, 0.5)]),
    (swapped_elements, [(A, 0, 2), (A, -1, 0), (A, 0, 3)]),
    (early_exit, [(A, 1.5), (A, 10.0)]),
    (zipped, [(A, B)]),
    (three, [(A,)]),
    (clipped, [(A,), (np.array([np.nan, 1.0]),)]),
    (eyes, [(2, 1), (3, -2), (5, 0), (0, 7)]),
    (limits, [(A,)]),
]


@pytest.mark.parametrize("function, args", [(f, a) for f, rows in CASES for a in rows],
                         ids=lambda v: getattr(v, "__name__", ""))
def test_as_in_python(function, args):
    check(function, *args, approximately=function in (vectors, constants, zipped, run_time_size))


def rebound(a, n):
    x = np.array([1.0, 2.0, 3.0])
    for _ in range(n):
        x = x + a * 0.5
        if x[0] > 3.0:
            x = x - 1.0
    return x


def rebound_large(n):
    x = np.ones(40)
    y = x
    for _ in range(n):
        x = x * 1.5
    return x[3], y[3], x.sum()


def buffers(n):
    u = np.linspace(0.0, 1.0, 20)
    v = np.zeros(20)
    for _ in range(n):
        for i in range(1, 19):
            v[i] = u[i - 1] + u[i + 1] - u[i]
        u, v = v, u
    return u, v


def best_of(a, n):
    x = a.copy()
    best, best_value = x, 1e9
    for _ in range(n):
        x = x * 0.5 - 0.1
        value = abs(x[0] - 0.3)
        if value < best_value:
            best, best_value = x, value
    return best, best_value


def lists_of_arrays(n):
    xs = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]
    for _ in range(n):
        xs = [xs[1], xs[0] + xs[1]]
    xs[0][0] = 9.0
    return xs


def newton_vector(x0, tolerance):
    x = np.array([x0, 1.0])
    while True:
        f = np.array([x[0] * x[0] + x[1] - 3.0, x[0] - x[1]])
        if np.linalg.norm(f) < tolerance:
            return x
        j = np.array([[2.0 * x[0], 1.0], [1.0, -1.0]])
        det = j[0, 0] * j[1, 1] - j[0, 1] * j[1, 0]
        dx = np.array([j[1, 1] * f[0] - j[0, 1] * f[1], j[0, 0] * f[1] - j[1, 0] * f[0]]) / det
        x = x - dx


def chosen(a, b, c):
    p = a if c > 0.0 else b
    return p[0] + p[-1]


def rk4(n):
    def f(y):
        return np.array([y[1], -y[0]])

    y, h = np.array([1.0, 0.0]), 0.1
    for _ in range(n):
        k1 = f(y)
        k2 = f(y + 0.5 * h * k1)
        k3 = f(y + 0.5 * h * k2)
        k4 = f(y + h * k3)
        y += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


def argument_buffers(u, v, n):
    for _ in range(n):
        for i in range(1, len(u) - 1):
            v[i] = 0.5 * (u[i - 1] + u[i + 1])
        u, v = v, u
    return u


def three_buffers(a, b, c, n):
    k = 0
    while k < n:
        a[k % 3] += 1.0
        a, b, c = b, c, a
        k += 1
    a[0] = -5.0
    return b[1] + c[2]


def inplace_then_new(x, n):
    for _ in range(n):
        x = x * 0.5
    return x


REBOUND = [
    (argument_buffers, [(np.arange(6.0), np.zeros(6), n) for n in (0, 1, 2, 3)]),
    (three_buffers, [(np.arange(3.0), np.zeros(3), np.ones(3), n) for n in (0, 1, 2, 3, 4)]),
    (inplace_then_new, [(A, 2), (A, 0)]),
    (rebound, [(A, 4), (A, 0)]),
    (rebound_large, [(3,)]),
    (buffers, [(0,), (3,), (4,)]),
    (best_of, [(A, 5), (A, 0)]),
    (lists_of_arrays, [(0,), (3,)]),
    (newton_vector, [(2.0, 1e-10)]),
    (chosen, [(A, B, 1.0), (A, B, -1.0)]),
    (rk4, [(10,)]),
]


@pytest.mark.parametrize("function, args", [(f, a) for f, rows in REBOUND for a in rows],
                         ids=lambda v: getattr(v, "__name__", ""))
def test_names_that_change_what_they_mean(function, args):
    check(function, *args, approximately=True)
