"""Integrals: recursion that follows the data, and tables."""

import math

import numpy as np

from tests.corpus import Routine


def simpson(fa, fm, fb, h):
    return h / 6.0 * (fa + 4.0 * fm + fb)


def integrand(x, a):
    return math.exp(-a * x) * math.sin(3.0 * x) + math.sqrt(x + 0.01)


def refine(low, high, fa, fm, fb, whole, tolerance, a):
    """Simpson's rule, halved until two halves agree with the whole."""
    middle = 0.5 * (low + high)
    fl, fr = integrand(0.5 * (low + middle), a), integrand(0.5 * (middle + high), a)
    left, right = simpson(fa, fl, fm, middle - low), simpson(fm, fr, fb, high - middle)
    change = left + right - whole
    if abs(change) <= 15.0 * tolerance:
        return left + right + change / 15.0
    return refine(low, middle, fa, fl, fm, left, 0.5 * tolerance, a) + refine(
        middle, high, fm, fr, fb, right, 0.5 * tolerance, a
    )


def adaptive_simpson(high, a, tolerance):
    fa, fm, fb = integrand(0.0, a), integrand(0.5 * high, a), integrand(high, a)
    return refine(0.0, high, fa, fm, fb, simpson(fa, fm, fb, high), tolerance, a)


def romberg(high, a, levels):
    """Richardson extrapolation of the trapezoidal rule, one row kept in place."""
    row = np.zeros(levels)
    h = high
    row[0] = 0.5 * h * (integrand(0.0, a) + integrand(h, a))
    n = 1
    for k in range(1, levels):
        h *= 0.5
        inner = 0.0
        for i in range(n):
            inner += integrand((2 * i + 1) * h, a)
        n *= 2
        previous = row[0]
        row[0] = 0.5 * row[0] + h * inner
        factor = 1.0
        for j in range(1, k + 1):
            factor *= 4.0
            better = row[j - 1] + (row[j - 1] - previous) / (factor - 1.0)
            previous, row[j] = row[j], better
    return row[levels - 1]


NODES = (0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363)
WEIGHTS = (0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763)


def gauss_legendre(low, high, a):
    """Eight points, from a table of half of them."""
    centre, half = 0.5 * (low + high), 0.5 * (high - low)
    total = 0.0
    for node, weight in zip(NODES, WEIGHTS):
        total += weight * (integrand(centre + half * node, a) + integrand(centre - half * node, a))
    return half * total


ROUTINES = [
    Routine(adaptive_simpson, (2.0, 0.7, 1e-7), None, (0, 1)),
    Routine(romberg, (2.0, 0.7, 7), None, (0, 1)),
    Routine(gauss_legendre, (0.1, 2.0, 0.7), None, (0, 1, 2)),
]
