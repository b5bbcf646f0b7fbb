"""Searches that begin with None, routines that return None where there is nothing to return, sums and pieces that begin
with whole numbers, and things of several kinds under one name."""

import math
from dataclasses import dataclass

import numpy as np

from tests.corpus import Routine


def bracketed_root(f, low, high):
    """Bisection; None where the ends do not bracket a root."""
    if f(low) * f(high) > 0:
        return None
    for _ in range(50):
        middle = (low + high) / 2
        if f(low) * f(middle) <= 0:
            high = middle
        else:
            low = middle
    return low


def depressed_cubic(p, q):
    """The root of x**3 + p x + q in [0, 2], made exact in p and q by Newton's method; -1 without one."""
    root = bracketed_root(lambda x: x**3 + p * x + q, 0, 2)
    if root is None:
        return -1.0
    for _ in range(3):
        root = root - (root**3 + p * root + q) / (3 * root**2 + p)
    return root


def quadratic_roots(a, b, c):
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return None
    root = math.sqrt(discriminant)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def first_crossing(height, speed, slope):
    """When a thrown stone meets a rising hill, or 0 if it never does."""
    times = quadratic_roots(-4.9, speed - slope, height)
    if not times:
        return 0
    early, late = times
    return late if early < 0 else early


def newton(f, slope, x, tolerance, limit):
    """None where it does not converge."""
    for _ in range(limit):
        step = f(x) / slope(x)
        x -= step
        if abs(step) < tolerance:
            return x


def lambert_w(x, limit):
    w = newton(lambda w: w * math.exp(w) - x, lambda w: (w + 1) * math.exp(w), 0.5, 1e-13, limit)
    return w if w is not None else 0


def greatest_sum(values):
    """Kadane's algorithm: the contiguous part with the greatest sum, and where it ends."""
    best, end, here = None, None, 0
    for k in range(len(values)):
        here = max(here, 0) + values[k]
        if best is None or here > best:
            best, end = here, k
    return best, end


def kadane(values):
    best, _ = greatest_sum(values)
    return 0 if best is None else best * best


def second_least(values):
    least = second = None
    for value in values:
        if least is None or value < least:
            second, least = least, value
        elif second is None or value < second:
            second = value
    return second


def closest_pair(points):
    """The least squared distance of two points, by comparing all of them."""
    best = None
    for i in range(len(points)):
        for j in range(i):
            square = 0
            for k in range(2):
                square += (points[i, k] - points[j, k]) ** 2
            if best is None or square < best:
                best = square
    return best


def shortest_gap(points):
    square = closest_pair(points)
    return 0 if square is None else math.sqrt(square)


def skewness(values):
    n, mean, second, third = len(values), 0, 0, 0
    for value in values:
        mean += value / n
    for value in values:
        second += (value - mean) ** 2 / n
        third += (value - mean) ** 3 / n
    return 0 if second == 0 else third / second**1.5


BRACKETS = ((0, 0), (10_000, 0.14), (18_000, 0.24), (60_000, 0.42))


def income_tax(income):
    """Each part of the income at the rate of its bracket."""
    tax, above, rate = 0, 0, 0
    for start, next_rate in BRACKETS:
        if income > start:
            tax += (min(income, start) - above) * rate
            above, rate = start, next_rate
    return tax + (income - above) * rate


def b_spline(k, degree, knots, x):
    """Cox and de Boor's recursion for the basis function."""
    if degree == 0:
        return 1 if knots[k] <= x < knots[k + 1] else 0
    total = 0
    for j, sign in ((k, 1), (k + 1, -1)):
        width = knots[j + degree] - knots[j]
        if width > 0:
            weight = (x - knots[j]) / width
            total += (weight if sign == 1 else 1 - weight) * b_spline(j, degree - 1, knots, x)
    return total


def spline_value(knots, coefficients, x):
    value = 0
    for k in range(len(coefficients)):
        value += coefficients[k] * b_spline(k, 3, knots, x)
    return value


def legendre(n, x):
    if n == 0:
        return 1
    before, value = 1, x
    for k in range(1, n):
        before, value = value, ((2 * k + 1) * x * value - k * before) / (k + 1)
    return value


def step_length(f, x, direction, slope):
    """Armijo's rule by halving; None where no step is short enough."""
    length = 1
    for _ in range(30):
        if f(x + length * direction) <= f(x) + 0.1 * length * direction * slope:
            return length
        length = length / 2


def descent(x, y, steps):
    """Gradient descent for a valley whose floor lies at y."""
    valley = lambda t: (t - y) ** 4 + (t - y) ** 2
    for _ in range(steps):
        slope = 4 * (x - y) ** 3 + 2 * (x - y)
        length = step_length(valley, x, -slope, slope)
        if length is None:
            break
        x -= length * slope
    return x


@dataclass(frozen=True)
class Disc:
    x: float
    y: float
    radius: float

    def distance(self, x, y):
        return math.sqrt((x - self.x) ** 2 + (y - self.y) ** 2) - self.radius

    def shade(self):
        return self.radius


@dataclass(frozen=True)
class Slab:
    low: float
    high: float

    def distance(self, x, y):
        return max(self.low - y, y - self.high)

    def shade(self):
        return (self.high - self.low) / 2


def march(x, y, angle, radius):
    """A ray through discs and slabs; the distance it goes, shaded by what it hits, 0 where it hits nothing."""
    shapes = (Disc(4.0, 1.0, radius), Slab(3.0, 3.5), Disc(6.0, -2.0, 0.5 * radius))
    along, hit = 0, None
    for _ in range(60):
        nearest, least = None, None
        for shape in shapes:
            distance = shape.distance(x + along * math.cos(angle), y + along * math.sin(angle))
            if least is None or distance < least:
                nearest, least = shape, distance
        if least < 1e-9:
            hit = nearest
            break
        along += least
        if along > 20:
            break
    if hit is None:
        return 0
    return along * hit.shade() * (2 if isinstance(hit, Slab) else 1)


def euler(f, x, h):
    return x + h * f(x)


def heun(f, x, h):
    k = f(x)
    return x + h / 2 * (k + f(x + h * k))


def midpoint(f, x, h):
    return x + h * f(x + h / 2 * f(x))


METHODS = (euler, heun, midpoint)


def methods_in_turn(x, rate, steps):
    """A decay by one method after another."""
    for k in range(steps):
        x = METHODS[k % 3](lambda v: -rate * v * v, x, 0.1)
    return x


POINTS = np.array([[0.0, 0.0], [3.0, 1.0], [2.2, 1.9], [5.0, -1.0], [-2.0, 2.5]])
KNOTS = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 2.5, 3.0, 3.0, 3.0, 3.0])

ROUTINES = [
    Routine(depressed_cubic, (1.5, -3.2), None, (0, 1)),
    Routine(depressed_cubic, (1.5, 3.2)),
    Routine(first_crossing, (12.0, 5.0, 0.7), None, (0, 1, 2)),
    Routine(quadratic_roots, (1.0, 2.0, -5.0)),
    Routine(lambert_w, (2.3, 30), None, (0,)),
    Routine(greatest_sum, (np.array([1.5, -2.0, 3.25, -1.0, 2.5, -4.0, 1.0]),), kadane, (0,)),
    Routine(second_least, ([3.5, 1.25, 2.75, 4.0],)),
    Routine(second_least, ([3.5],)),
    Routine(closest_pair, (POINTS,), shortest_gap, (0,)),
    Routine(skewness, (np.array([1.0, 2.5, -0.75, 4.0]),), None, (0,)),
    Routine(income_tax, (25_500.0,), None, (0,)),
    Routine(spline_value, (KNOTS, np.array([1.0, -0.5, 2.0, 0.75, -1.0, 0.5]), 1.7), None, (1, 2)),
    Routine(legendre, (5, 0.37), None, (1,)),
    Routine(descent, (3.0, 0.8, 4), None, (0, 1)),
    Routine(march, (0.0, 0.2, 0.15, 0.8), None, (0, 1, 2, 3)),
    Routine(march, (0.0, 0.2, 0.7, 0.8), None, (0, 1, 2)),
    Routine(methods_in_turn, (1.5, 0.8, 7), None, (0, 1)),
]
