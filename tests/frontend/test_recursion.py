"""Functions that call themselves, to a depth that depends on the data."""

import numpy as np
import pytest

import dsl
from tests.frontend.compare import check


def factorial(n):
    return 1 if n <= 0 else n * factorial(n - 1)


def fibonacci(n):
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def power(x, n):
    if n == 0:
        return 1.0
    half = power(x, n // 2)
    return half * half * (x if n % 2 else 1.0)


def even(k):
    return True if k == 0 else odd(k - 1)


def odd(k):
    return False if k == 0 else even(k - 1)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def simpson(a, b, fa, fm, fb, eps, depth):
    m = 0.5 * (a + b)
    fl, fr = integrand(0.5 * (a + m)), integrand(0.5 * (m + b))
    whole = (b - a) / 6.0 * (fa + 4.0 * fm + fb)
    left = (m - a) / 6.0 * (fa + 4.0 * fl + fm)
    right = (b - m) / 6.0 * (fm + 4.0 * fr + fb)
    delta = left + right - whole
    if depth <= 0 or abs(delta) <= 15.0 * eps:
        return left + right + delta / 15.0
    return simpson(a, m, fa, fl, fm, eps / 2, depth - 1) + simpson(m, b, fm, fr, fb, eps / 2, depth - 1)


def integrand(x):
    return x * x * x + 1.0 / (1.0 + x * x)


def adaptive(a, b, n):
    return simpson(a, b, integrand(a), integrand(0.5 * (a + b)), integrand(b), 1e-6, n)


def quicksort(a, low, high):
    if low < high:
        pivot, i = a[high], low
        for j in range(low, high):
            if a[j] < pivot:
                a[i], a[j] = a[j], a[i]
                i += 1
        a[i], a[high] = a[high], a[i]
        quicksort(a, low, i - 1)
        quicksort(a, i + 1, high)


def queens(n, row, columns, left, right):
    if row == n:
        return 1
    count = 0
    for c in range(n):
        bit = 1 << c
        if columns & bit or left & (1 << (row + c)) or right & (1 << (row - c + n)):
            continue
        count += queens(n, row + 1, columns | bit, left | (1 << (row + c)), right | (1 << (row - c + n)))
    return count


def hanoi(n, source, target, spare):
    if n == 0:
        return 0
    moves = hanoi(n - 1, source, spare, target)
    print(n, source, target)
    return moves + 1 + hanoi(n - 1, spare, target, source)


def nested(x, n):
    def descend(v, k):
        return v if k <= 0 else descend(v * 0.5 + x, k - 1)

    return descend(1.0, n) + descend(x, 2)


def recur(v, k):
    if k <= 0:
        return 0.5 * v
    w = v * v
    return w + recur(v + 1.0, k - 1) if v < 3.0 else recur(v - 2.0, k - 2) * w


def search(a, x, low, high):
    """Binary search with an early return in a loop."""
    while low < high:
        middle = (low + high) // 2
        if a[middle] == x:
            return middle
        if a[middle] < x:
            return search(a, x, middle + 1, high)
        high = middle
    return -1


def remembered(n, memo):
    if memo[n] >= 0:
        return memo[n]
    memo[n] = remembered(n - 1, memo) + remembered(n - 2, memo)
    return memo[n]


def with_memory(n):
    memo = [-1] * (n + 2)
    memo[0], memo[1] = 0, 1
    return remembered(n, memo), memo[n - 1]


def with_memory_in_an_array(n):
    memo = np.full(40, -1)
    memo[0], memo[1] = 0, 1
    return remembered(n, memo), memo[n - 1]


CASES = [
    (factorial, [(5,), (0,), (20,)]),
    (fibonacci, [(0,), (1,), (10,)]),
    (power, [(1.5, 7), (2.0, 0)]),
    (even, [(7,), (0,), (10,)]),
    (with_memory, [(10,), (1,)]),
    (with_memory_in_an_array, [(10,)]),
    (ackermann, [(2, 3), (0, 1)]),
    (adaptive, [(0.0, 2.0, 10), (0.0, 1.0, 0)]),
    (quicksort, [(np.array([3.0, 1.0, 2.0, 5.0, 4.0, 0.0]), 0, 5), (np.zeros(1), 0, 0)]),
    (queens, [(4, 0, 0, 0, 0), (5, 0, 0, 0, 0)]),
    (hanoi, [(3, 0, 1, 2)]),
    (nested, [(1.5, 4), (1.5, 0)]),
    (recur, [(1.0, 5), (4.0, 3)]),
    (search, [(np.arange(16.0), 5.0, 0, 16), (np.arange(16.0), 5.5, 0, 16)]),
]


@pytest.mark.parametrize("function, args", [(f, a) for f, rows in CASES for a in rows],
                         ids=lambda v: getattr(v, "__name__", ""))
def test_as_in_python(function, args):
    check(function, *args, approximately=True)


def signed_minors(a, columns, row):
    """A determinant by expansion; of the loop that calls itself, all iterations but one begin after a return."""
    n = a.shape[0]
    column = columns[n]
    if row == n - 1:
        return a[row, column]
    total, sign, before = 0.0, 1.0, n
    for _ in range(n - row):
        columns[before] = columns[column]
        total += sign * a[row, column] * signed_minors(a, columns, row + 1)
        columns[before] = column
        before, column, sign = column, columns[column], -sign
    return total


def test_a_loop_that_carries_only_integers_to_the_call_is_reversed():
    def determinant(a, first: int):
        columns = np.zeros(a.shape[0] + 1, dtype=np.int64)
        for i in range(a.shape[0]):
            columns[i] = i + 1
        return signed_minors(a, columns, first)

    for size in (2, 3):
        a = np.random.default_rng(size).normal(size=(size, size))
        value, slope = dsl.value_and_grad(determinant)(a, 0)
        assert value == determinant(a, 0)
        np.testing.assert_allclose(slope, np.linalg.det(a) * np.linalg.inv(a).T, rtol=1e-12)
        moved = dsl.jvp(determinant, (a, 0), (np.ones_like(a), 0))[1]
        np.testing.assert_allclose(moved, slope.sum(), rtol=1e-12)
