"""What is asked of each problem: gradients, Jacobians, and derivatives inside of searches."""

import math

import numpy as np

import dsl

from . import hand, programs


def newton_step(centroids, points):
    """The gradient of k-means over its second derivative, which is diagonal, so that one product with ones has all."""
    ones = np.ones_like(centroids)
    slope, curvature = dsl.jvp(lambda c: dsl.grad(programs.kmeans)(c, points), (centroids,), (ones,))
    for i in range(centroids.shape[0]):
        for j in range(centroids.shape[1]):
            slope[i, j] /= curvature[i, j]
    return slope


def bundle_jacobian(cameras, points, weights, seen, features):
    """The derivatives of each of an observation's two distances in camera, point and weight: (observations, 2, 15)."""
    out = np.zeros((seen.shape[0], 2, 15))
    for p in range(seen.shape[0]):
        for which in range(2):
            slopes = dsl.grad(programs.reprojection, argnums=(0, 1, 2))(
                cameras[seen[p, 0]], points[seen[p, 1]], weights[p], features[p], which
            )
            for i in range(11):
                out[p, which, i] = slopes[0][i]
            for i in range(3):
                out[p, which, 11 + i] = slopes[1][i]
            out[p, which, 14] = slopes[2]
    return out


def flight(w):
    """Where a charged particle meets the axis, squared; its force is a derivative."""
    x, y, vx, vy, dt = 0.0, 8.0, 0.75, 0.0, 1e-1
    while y > 0.0:
        fx, fy = dsl.grad(programs.potential, argnums=(0, 1))(x, y, w)
        before_x, before_y = x, y
        x, y = x + dt * vx, y + dt * vy
        vx, vy = vx - dt * fx, vy - dt * fy
    return (before_x + (x - before_x) * before_y / (before_y - y)) ** 2


def particle(w):
    """The control of the field that sends the particle to the origin, by descent."""
    rate, (value, slope) = 1e-2, dsl.value_and_grad(flight)(w)
    for _ in range(200):
        if abs(slope) < 1e-6:
            break
        new = w - rate * slope
        there, slope_there = dsl.value_and_grad(flight)(new)
        if there < value:
            w, value, slope, rate = new, there, slope_there, rate * 2.0
        else:
            rate *= 0.5
    return w


def descended(function, x, y):
    """A minimum of a function of two numbers, by descent that adapts its rate."""
    rate, (value, slope) = 0.1, dsl.value_and_grad(function, argnums=(0, 1))(x, y)
    for _ in range(200):
        if math.sqrt(slope[0] ** 2 + slope[1] ** 2) < 1e-8:
            break
        new_x, new_y = x - rate * slope[0], y - rate * slope[1]
        there, slope_there = dsl.value_and_grad(function, argnums=(0, 1))(new_x, new_y)
        if there < value:
            x, y, value, slope, rate = new_x, new_y, there, slope_there, rate * 1.3
        else:
            rate *= 0.5
    return x, y


def saddle(s, t):
    """A saddle: the least of what is greatest, a search inside a search that is differentiated."""

    def highest(x, y):
        u, v = descended(lambda u, v: -programs.saddle_height((x, y), (u, v)), s, t)
        return programs.saddle_height((x, y), (u, v))

    x, y = descended(highest, s, t)
    u, v = descended(lambda u, v: -programs.saddle_height((x, y), (u, v)), s, t)
    return x, y, u, v


# What is compiled for each problem.
ASKED = {
    "gmm": dsl.grad(programs.mixture, argnums=(0, 1, 2, 3)),
    "lse": dsl.grad(programs.logsumexp),
    "kmeans": dsl.kernel(newton_step),
    "lstm": dsl.grad(programs.lstm, argnums=(0, 1)),
    "ode": dsl.grad(programs.ode),
    "det": dsl.grad(programs.determinant),
    "llsq": dsl.grad(programs.least_squares),
    "ba": dsl.kernel(bundle_jacobian),
    "ht": dsl.jacfwd(hand.distances),
    "particle": dsl.kernel(particle),
    "saddle": dsl.kernel(saddle),
}
