"""The problems of bench/gradbench at small sizes: derivatives beside differences of what CPython computes."""

import math

import numpy as np
import pytest

from bench.gradbench import derivatives, hand, inputs, programs

STEP = 1e-4
SMALL = {
    "gmm": (programs.mixture, (0, 1, 2, 3), inputs.gmm(5, 3, 2)),
    "lse": (programs.logsumexp, (0,), (inputs.lse()[0][:40],)),
    "lstm": (programs.lstm, (0, 1), inputs.lstm(2, 3, 4)),
    "ode": (programs.ode, (0,), inputs.ode(4, 5)),
    "det": (programs.determinant, (0,), inputs.det(4)),
    "llsq": (programs.least_squares, (0,), inputs.llsq(3, 20)),
    "ht": (hand.distances, (0,), inputs.ht(6, 4)),
}


def differences(function, args, wrt, directions):
    """The derivative along a direction, by differences of fourth order."""

    def at(scale):
        moved = list(args)
        for k, direction in zip(wrt, directions):
            moved[k] = args[k] + scale * STEP * direction
        return np.asarray(function(*moved))

    return (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * STEP)


@pytest.mark.parametrize("name", SMALL)
def test_derivatives_are_those_of_the_program(name):
    function, wrt, args = SMALL[name]
    found = derivatives.ASKED[name](*args)
    found = found if isinstance(found, tuple) else (found,)
    rng = np.random.default_rng(1)
    directions = [rng.normal(size=args[k].shape) for k in wrt]
    along = sum(np.tensordot(f, d, axes=d.ndim) for f, d in zip(found, directions))
    np.testing.assert_allclose(along, differences(function, args, wrt, directions), rtol=1e-7, atol=1e-9)


def test_kmeans_goes_to_the_means():
    """Gradient over second derivative leads from a centroid to the mean of the points nearest to it."""
    centroids, points = inputs.kmeans(60, 3, 2)
    owner = ((points[:, None] - centroids[None]) ** 2).sum(-1).argmin(1)
    means = np.stack([points[owner == j].mean(0) for j in range(3)])
    np.testing.assert_allclose(centroids - derivatives.ASKED["kmeans"](centroids.copy(), points), means, rtol=1e-12)


def test_rows_of_bundle_adjustment():
    cameras, points, weights, seen, features = inputs.ba(2, 3, 4)
    found = derivatives.ASKED["ba"](cameras, points, weights, seen, features)
    rng = np.random.default_rng(1)
    for p, (camera, point) in enumerate(seen):
        args = cameras[camera], points[point], weights[p]
        directions = rng.normal(size=11), rng.normal(size=3), 1.0
        for which in range(2):
            rest = features[p], which
            slope = differences(lambda *a, rest=rest: programs.reprojection(*a, *rest), args, (0, 1, 2), directions)
            np.testing.assert_allclose(found[p, which] @ np.concatenate([*directions[:2], [1.0]]), slope, rtol=1e-7)


def test_the_particle_comes_to_the_origin():
    def landing(w):
        x, y, vx, vy, dt = 0.0, 8.0, 0.75, 0.0, 1e-1
        while y > 0.0:
            before_x, before_y = x, y
            fx, fy = 0.0, 0.0
            for centre in (0.0, 10.0 - w):
                cube = math.hypot(x - 10.0, y - centre) ** 3
                fx, fy = fx + (x - 10.0) / cube, fy + (y - centre) / cube
            x, y, vx, vy = x + dt * vx, y + dt * vy, vx + dt * fx, vy + dt * fy
        return before_x + (x - before_x) * before_y / (before_y - y)

    w = derivatives.ASKED["particle"](*inputs.particle())
    assert abs(landing(w)) < 1e-3 < abs(landing(0.0))


def test_the_saddle_is_the_origin():
    np.testing.assert_allclose(derivatives.ASKED["saddle"](*inputs.saddle()), 0.0, atol=1e-6)
