"""Curves and surfaces through points."""

import math

import numpy as np

from tests.corpus import Routine


def cubic_spline(xs, ys, x):
    """The natural cubic spline through the points, at x."""
    n = len(xs)
    m, z, mu = np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(1, n - 1):
        h0, h1 = xs[i] - xs[i - 1], xs[i + 1] - xs[i]
        slope = 3.0 * ((ys[i + 1] - ys[i]) / h1 - (ys[i] - ys[i - 1]) / h0)
        pivot = 2.0 * (xs[i + 1] - xs[i - 1]) - h0 * mu[i - 1]
        mu[i] = h1 / pivot
        z[i] = (slope - h0 * z[i - 1]) / pivot
    for i in range(n - 2, 0, -1):
        m[i] = z[i] - mu[i] * m[i + 1]
    low, high = 0, n - 1
    while high - low > 1:
        middle = (low + high) // 2
        if xs[middle] <= x:
            low = middle
        else:
            high = middle
    h, t = xs[high] - xs[low], x - xs[low]
    b = (ys[high] - ys[low]) / h - h * (m[high] + 2.0 * m[low]) / 3.0
    return ys[low] + t * (b + t * (m[low] + t * (m[high] - m[low]) / (3.0 * h)))


def bilinear(image, x, y):
    """A picture between its pixels, with the edges repeated."""
    rows, columns = image.shape
    x, y = min(max(x, 0.0), columns - 1.0), min(max(y, 0.0), rows - 1.0)
    i, j = min(int(y), rows - 2), min(int(x), columns - 2)
    u, v = x - j, y - i
    top = (1.0 - u) * image[i, j] + u * image[i, j + 1]
    bottom = (1.0 - u) * image[i + 1, j] + u * image[i + 1, j + 1]
    return (1.0 - v) * top + v * bottom


def neville(xs, ys, x):
    """Polynomial interpolation, the triangle kept in one row."""
    row = ys.copy()
    n = len(xs)
    for k in range(1, n):
        for i in range(n - k):
            row[i] = ((x - xs[i + k]) * row[i] + (xs[i] - x) * row[i + 1]) / (xs[i] - xs[i + k])
    return row[0]


def de_casteljau(points, t):
    """A Bezier curve's point, as (x, y)."""
    work = points.copy()
    for k in range(len(work) - 1, 0, -1):
        for i in range(k):
            for d in range(2):
                work[i, d] += t * (work[i + 1, d] - work[i, d])
    return work[0, 0], work[0, 1]


def bezier_radius(points, t):
    x, y = de_casteljau(points, t)
    return math.hypot(x, y)


def horner(coefficients, x):
    """A polynomial and its derivative."""
    value, slope = 0.0, 0.0
    for c in reversed(coefficients):
        slope = slope * x + value
        value = value * x + c
    return value, slope


def horner_newton(coefficients, x):
    value, slope = horner(coefficients, x)
    return x - value / slope


RNG = np.random.default_rng(17)
KNOTS = (np.array([0.0, 0.7, 1.5, 2.1, 3.0, 4.2]), RNG.uniform(-1, 1, 6), 1.8)

ROUTINES = [
    Routine(cubic_spline, KNOTS, None, (0, 1, 2)),
    Routine(bilinear, (RNG.uniform(0, 1, (4, 5)), 2.3, 1.6), None, (0, 1, 2)),
    Routine(neville, KNOTS, None, (0, 1, 2)),
    Routine(de_casteljau, (RNG.uniform(-1, 1, (4, 2)), 0.35), bezier_radius, (0, 1)),
    Routine(horner, ((1.0, -0.5, 0.25, 2.0), 0.8), horner_newton, (1,)),
]
