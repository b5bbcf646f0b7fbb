"""Roots and minima: loops that end when the data say so, functions passed as arguments."""

import math

from tests.corpus import Routine


def brent(f, a, b, tolerance):
    """Brent's method: inverse quadratic interpolation, secant and bisection."""
    fa, fb = f(a), f(b)
    if fa * fb > 0.0:
        raise ValueError("the interval does not bracket a root")
    c, fc = a, fa
    d = e = b - a
    while True:
        if (fb > 0.0) == (fc > 0.0):
            c, fc = a, fa
            d = e = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        limit = 2.0 * 2.2e-16 * abs(b) + 0.5 * tolerance
        middle = 0.5 * (c - b)
        if abs(middle) <= limit or fb == 0.0:
            return b
        if abs(e) >= limit and abs(fa) > abs(fb):
            s = fb / fa
            if a == c:
                p, q = 2.0 * middle * s, 1.0 - s
            else:
                q, r = fa / fc, fb / fc
                p = s * (2.0 * middle * q * (q - r) - (b - a) * (r - 1.0))
                q = (q - 1.0) * (r - 1.0) * (s - 1.0)
            if p > 0.0:
                q = -q
            p = abs(p)
            if 2.0 * p < min(3.0 * middle * q - abs(limit * q), abs(e * q)):
                e, d = d, p / q
            else:
                d = e = middle
        else:
            d = e = middle
        a, fa = b, fb
        b += d if abs(d) > limit else math.copysign(limit, middle)
        fb = f(b)


def kepler_brent(mean, eccentricity):
    """Kepler's equation by Brent's method on a closure."""

    def residual(anomaly):
        return anomaly - eccentricity * math.sin(anomaly) - mean

    return brent(residual, 0.0, math.pi, 1e-14)


def bisection_cubic(p, q, steps):
    """The real root of x^3 + p x + q, by bisection; a derivative through it is zero: it is a piecewise constant."""
    low, high = -10.0, 10.0
    for _ in range(steps):
        middle = 0.5 * (low + high)
        if middle**3 + p * middle + q > 0.0:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


def newton_line_search(a, b):
    """Minimises Rosenbrock's function by Newton steps with backtracking; its value after seven of them."""
    x, y = -1.2, 1.0
    value = (a - x) ** 2 + b * (y - x * x) ** 2
    for _ in range(7):
        gx = -2.0 * (a - x) - 4.0 * b * x * (y - x * x)
        gy = 2.0 * b * (y - x * x)
        hxx = 2.0 - 4.0 * b * (y - 3.0 * x * x)
        hxy, hyy = -4.0 * b * x, 2.0 * b
        determinant = hxx * hyy - hxy * hxy
        dx = -(hyy * gx - hxy * gy) / determinant
        dy = -(hxx * gy - hxy * gx) / determinant
        step = 1.0
        while True:
            nx, ny = x + step * dx, y + step * dy
            new = (a - nx) ** 2 + b * (ny - nx * nx) ** 2
            if new <= value + 1e-4 * step * (gx * dx + gy * dy) or step < 1e-6:
                break
            step *= 0.5
        x, y, value = nx, ny, new
    return x + 2.0 * y + value


def secant(f, x0, x1):
    f0, f1 = f(x0), f(x1)
    count = 0
    while abs(f1) > 1e-13 and count < 50:
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
        f0, f1 = f1, f(x1)
        count += 1
    return x1


def lambert_w(z):
    return secant(lambda w: w * math.exp(w) - z, 0.5, 0.6)


def golden_section(low, high, weight):
    """Where x^2 - weight * cos(3 x) is least in the interval, by golden-section search: the value there."""

    def f(x):
        return x * x - weight * math.cos(3.0 * x)

    ratio = (math.sqrt(5.0) - 1.0) / 2.0
    c, d = high - ratio * (high - low), low + ratio * (high - low)
    while high - low > 1e-6:
        if f(c) < f(d):
            high = d
        else:
            low = c
        c, d = high - ratio * (high - low), low + ratio * (high - low)
    return f(0.5 * (low + high))


ROUTINES = [
    Routine(kepler_brent, (0.8, 0.3), None, (0, 1)),
    Routine(bisection_cubic, (1.5, -2.25, 60), None, (0, 1)),
    Routine(newton_line_search, (1.0, 5.0), None, (0, 1)),
    Routine(lambert_w, (1.3,), None, (0,)),
    Routine(golden_section, (-0.4, 0.9, 0.7), None, (0, 1, 2)),
]
