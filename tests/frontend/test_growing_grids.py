"""Lists of lists whose number is known only at run time: values, errors and derivatives."""

import pytest

import dsl
from tests.frontend.compare import check
from tests.frontend.test_growing_lists import check_derivatives, named


def longest_common(n, m):
    dp = [[0] * m for _ in range(n)]
    for i in range(1, n):
        for j in range(1, m):
            dp[i][j] = dp[i - 1][j - 1] + 1 if i * j % 3 == 0 else max(dp[i - 1][j], dp[i][j - 1])
    return (dp[n - 1][m - 1], dp)


def matmul(x, n):
    a = [[x * (i + j) for j in range(n)] for i in range(n)]
    b = [[1.0 / (1 + i + j * x) for j in range(n)] for i in range(n)]
    c = [[0.0 for _ in range(n)] for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                c[i][j] += a[i][k] * b[k][j]
    return sum(c[i][i] for i in range(n)) + max(c[0]) * len(c) * len(c[-1])


def relax(x, n):
    u = [[0.0] * (n + 2) for _ in range(n)]
    for i in range(n):
        u[i][0] = x * i
        u[i][-1] = x * x
    for _ in range(4):
        v = [[0.0] * (n + 2) for _ in range(n)]
        for i in range(n):
            row = v[i]
            for j in range(n + 2):
                row[j] = u[i][j]
                if 0 < i < n - 1 and 0 < j < n + 1:
                    row[j] = 0.25 * (u[i - 1][j] + u[i + 1][j] + u[i][j - 1] + u[i][j + 1])
        u = v
    t = 0.0
    for row in u:
        for w in row:
            t = t * 0.9 + w
    return t


def ints_become_floats(x, n):
    g = [[0] * n for _ in range(n + 1)]
    for i in range(n + 1):
        for j in range(n):
            g[i][j] = x * i + j
    return sum([sum(row) for row in g]) + g[-1][0]


def asked(n):
    g = [[i * j for j in range(3)] for i in range(n)]
    return ([r[1] for r in g], g[0][:2], 4 in g[n - 1], g[1], len(g))


def no_such_row(n):
    g = [[1] * n for _ in range(n)]
    return g[n][0]


def no_such_place(n):
    g = [[1] * n for _ in range(n)]
    g[0][n] = 1
    return g[0][0]


def add_to_all(g, x):
    for i in range(len(g)):
        for j in range(len(g[i])):
            g[i][j] += x


def passed(x, n):
    g = [[x * j for j in range(n)] for _ in range(n)]
    add_to_all(g, x)
    h = g
    h[0][0] = 7.0
    if x > 1:
        g[1][1] = x * x
    return g[0][0] + g[1][1] + sum(map(sum, g))


def pascal(n):
    t = [[1] * n for _ in range(n)]
    for i in range(1, n):
        for j in range(1, n):
            t[i][j] = t[i - 1][j] + t[i][j - 1]
    return t


SMOOTH = [(matmul, (0.7, 4)), (relax, (0.7, 4)), (ints_become_floats, (0.7, 4)), (passed, (1.5, 3))]
OTHERS = [
    (longest_common, (5, 6)), (asked, (4,)), (no_such_row, (3,)), (no_such_place, (3,)), (pascal, (5,)), (pascal, (0,)),
]  # fmt: skip


@pytest.mark.parametrize("case", SMOOTH + OTHERS, ids=named)
def test_equals_cpython(case):
    function, args = case
    check(function, *args)


@pytest.mark.parametrize("case", SMOOTH, ids=named)
def test_derivatives_of_grids(case):
    check_derivatives(case)


def test_native_code():
    assert dsl.kernel(pascal)(7) == pascal(7)
    assert dsl.grad(relax)(0.7, 40) == pytest.approx((relax(0.7 + 1e-5, 40) - relax(0.7 - 1e-5, 40)) / 2e-5)
