"""Generators: what is made item by item, and what takes it."""

import math

import numpy as np

from tests.corpus import Routine


def convergents(x, terms):
    """The convergents of the continued fraction of the logarithm of 1 + x."""
    p0, q0, p1, q1 = 1.0, 0.0, 0.0, 1.0
    for k in range(1, terms + 1):
        a = x if k == 1 else (k // 2) ** 2 * x
        p0, p1 = p1, k * p1 + a * p0
        q0, q1 = q1, k * q1 + a * q0
        yield p1 / q1


def logarithm(x, terms):
    last = 0.0
    for value in convergents(x, terms):
        if abs(value - last) < 1e-13:
            break
        last = value
    return last


def partial_sums(x, n):
    """Partial sums of the alternating harmonic series with powers of x."""
    total, sign, power = 0.0, 1.0, x
    for k in range(1, n + 1):
        total += sign * power / k
        yield total
        sign, power = -sign, power * x


def accelerated(x, n):
    """Aitken's acceleration of a series."""
    a = b = 0.0
    for k, c in enumerate(partial_sums(x, n)):
        if k >= 2:
            bottom = c - 2.0 * b + a
            best = a - (b - a) ** 2 / bottom
        a, b = b, c
    return best


def sieve(n):
    """The primes below n."""
    composite = np.zeros(n, dtype=bool)
    for p in range(2, n):
        if composite[p]:
            continue
        yield p
        for multiple in range(p * p, n, p):
            composite[multiple] = True


def prime_sum(n):
    return sum(sieve(60)), max(p for p in sieve(60) if p % 4 == 1), any(p % 17 == 0 for p in sieve(60)) and n > 2


def collatz(n):
    while n != 1:
        yield n
        n = n // 2 if n % 2 == 0 else 3 * n + 1
    yield 1


def collatz_peaks(limit):
    """The longest and the highest orbit below a limit."""
    longest = highest = 0
    for start in range(1, limit):
        length = 0
        for value in collatz(start):
            length += 1
            highest = max(highest, value)
        longest = max(longest, length)
    return longest, highest


def windows(xs, width):
    for k in range(len(xs) - width + 1):
        total = 0.0
        for j in range(width):
            total += xs[k + j]
        yield total / width


def roughness(xs):
    """The squared change of a running mean."""
    last, total = 0.0, 0.0
    for k, mean in enumerate(windows(xs, 3)):
        if k > 0:
            total += (mean - last) ** 2
        last = mean
    return total


def path(x, v, dt):
    """A thrown ball, without end."""
    while True:
        yield x, v
        v -= 9.81 * dt
        x += v * dt


def first_bounces(x, v, n):
    """The height after some bounces, each of which takes a third of the speed."""
    bounces = 0
    while bounces < n:
        for height, speed in path(x, v, 0.01):
            if height < 0.0:
                x, v = -height * 0.5, -speed * 0.7
                bounces += 1
                break
    return x + 0.1 * v


def merged(xs):
    """Merge sort on slices."""
    n = len(xs)
    if n <= 1:
        return xs.copy()
    a, b = merged(xs[: n // 2]), merged(xs[n // 2 :])
    out = np.zeros(n)
    i = j = 0
    for k in range(n):
        if j >= len(b) or (i < len(a) and a[i] <= b[j]):
            out[k] = a[i]
            i += 1
        else:
            out[k] = b[j]
            j += 1
    return out


def weighed(xs):
    total = 0.0
    for k, x in enumerate(merged(xs)):
        total += (k + 1) * x * math.cos(x)
    return total


def halves(xs):
    """Pairwise summation of squares, by slices."""
    n = len(xs)
    if n == 1:
        return xs[0] * xs[0]
    return halves(xs[: n // 2]) + halves(xs[n // 2 :])


SERIES = np.array([0.5, -1.25, 2.0, 0.75, -0.5, 1.5, 3.0])

ROUTINES = [
    Routine(logarithm, (0.7, 30), wrt=(0,)),
    Routine(accelerated, (0.8, 12), wrt=(0,)),
    Routine(prime_sum, (3,)),
    Routine(collatz_peaks, (20,)),
    Routine(roughness, (SERIES,), wrt=(0,)),
    Routine(first_bounces, (1.0, 2.0, 3), wrt=(0, 1)),
    Routine(merged, (SERIES,), objective=weighed, wrt=(0,)),
    Routine(halves, (SERIES,), wrt=(0,)),
]
