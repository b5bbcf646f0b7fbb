"""Statistics and small models."""

import math
from typing import NamedTuple

import numpy as np

from tests.corpus import Routine


def kmeans_step(points, centres):
    """Assigns points to the nearest centre, moves the centres to their means in place; the distortion before."""
    k, dimensions = centres.shape
    total, count, distortion = np.zeros((k, dimensions)), np.zeros(k), 0.0
    for point in points:
        best, nearest = 0, math.inf
        for c in range(k):
            distance = 0.0
            for d in range(dimensions):
                distance += (point[d] - centres[c, d]) ** 2
            if distance < nearest:
                best, nearest = c, distance
        distortion += nearest
        count[best] += 1.0
        for d in range(dimensions):
            total[best, d] += point[d]
    for c in range(k):
        if count[c] > 0.0:
            for d in range(dimensions):
                centres[c, d] = total[c, d] / count[c]
    return distortion


class Moments(NamedTuple):
    count: int
    mean: float
    spread: float

    def add(self, x):
        count = self.count + 1
        change = x - self.mean
        mean = self.mean + change / count
        return Moments(count, mean, self.spread + change * (x - mean))


def welford(values):
    """Mean and variance in one pass."""
    state = Moments(0, 0.0, 0.0)
    for v in values:
        state = state.add(v)
    return state.mean, state.spread / (state.count - 1)


def welford_ratio(values):
    mean, variance = welford(values)
    return mean / math.sqrt(variance)


def logistic_regression(x, y, rate, steps):
    """Gradient descent on the log loss; the loss at the end. Differentiable to the data and the learning rate."""
    n, dimensions = x.shape
    w, slope = np.zeros(dimensions), np.zeros(dimensions)
    loss = 0.0
    for _ in range(steps):
        slope[:] = 0.0
        loss = 0.0
        for i in range(n):
            z = 0.0
            for d in range(dimensions):
                z += w[d] * x[i, d]
            p = 1.0 / (1.0 + math.exp(-z))
            loss -= y[i] * math.log(p) + (1.0 - y[i]) * math.log(1.0 - p)
            for d in range(dimensions):
                slope[d] += (p - y[i]) * x[i, d]
        for d in range(dimensions):
            w[d] -= rate * slope[d] / n
    return loss / n


def mixture_step(values, mean1, mean2, sigma):
    """One step of expectation maximisation for two Gaussians of equal width: the new means and width."""
    weight1 = sum1 = sum2 = 0.0
    for v in values:
        a = math.exp(-0.5 * ((v - mean1) / sigma) ** 2)
        b = math.exp(-0.5 * ((v - mean2) / sigma) ** 2)
        share = a / (a + b)
        weight1 += share
        sum1 += share * v
        sum2 += (1.0 - share) * v
    mean1, mean2 = sum1 / weight1, sum2 / (len(values) - weight1)
    spread = 0.0
    for v in values:
        spread += min((v - mean1) ** 2, (v - mean2) ** 2)
    return mean1, mean2, math.sqrt(spread / len(values))


def mixture_gap(values, mean1, mean2, sigma):
    for _ in range(3):
        mean1, mean2, sigma = mixture_step(values, mean1, mean2, sigma)
    return (mean1 - mean2) / sigma


RNG = np.random.default_rng(23)
LABELS = (RNG.uniform(size=10) > 0.5).astype(np.float64)

ROUTINES = [
    Routine(kmeans_step, (RNG.uniform(-1, 1, (12, 2)), RNG.uniform(-1, 1, (3, 2))), None, (0, 1)),
    Routine(welford, (RNG.uniform(0, 2, 9),), welford_ratio, (0,)),
    Routine(logistic_regression, (RNG.uniform(-1, 1, (10, 3)), LABELS, 0.5, 6), None, (0, 2)),
    Routine(mixture_step, (RNG.uniform(-2, 2, 9), -1.0, 1.1, 0.8), mixture_gap, (0, 1, 2, 3)),
]
