"""Small systems of linear equations, as programs of the language."""

import numpy as np


def solved(rows, right):
    """The tuple y with rows * y = right, by Gaussian elimination with partial pivoting."""
    if len(right) == 1:
        return (right[0] / rows[0][0],)
    a, b = np.array(rows), np.array(right)
    n = len(b)
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[best, k]):
                best = i
        for j in range(k, n):
            a[k, j], a[best, j] = a[best, j], a[k, j]
        b[k], b[best] = b[best], b[k]
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= factor * a[k, j]
            b[i] -= factor * b[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            b[i] -= a[i, j] * b[j]
        b[i] /= a[i, i]
    return tuple([b[i] for i in range(len(right))])
