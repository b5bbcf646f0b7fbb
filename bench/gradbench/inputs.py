"""The data of the problems, the same for every system: what a problem is given, the function of its name makes."""


import numpy as np

from .hand import BONES_OF_FINGER, FINGERS


def random():
    return np.random.default_rng(5)


def lse():
    return (random().normal(size=100_000),)


def gmm(n=1000, d=10, k=5):
    rng = random()
    return (
        rng.normal(size=k), rng.normal(size=(k, d)), rng.normal(size=(k, d)) * 0.3,
        rng.normal(size=(k, d * (d - 1) // 2)) * 0.3, rng.normal(size=(n, d)), 1.5, 2,
    )  # fmt: skip


def kmeans(n=2000, k=20, d=4):
    points = random().normal(size=(n, d))
    return points[:k].copy(), points


def lstm(layers=2, width=64, length=64):
    rng = random()
    return (
        rng.normal(size=(2 * layers, 4, width)), rng.normal(size=(3, width)), rng.normal(size=(layers, 2, width)),
        rng.normal(size=(length, width)),
    )  # fmt: skip


def ode(n=100, steps=100):
    return random().uniform(0.5, 1.5, size=n), steps


def det(size=7):
    return random().normal(size=(size, size)), size


def llsq(m=16, n=4000):
    return random().normal(size=m), n


def ba(cameras=10, points=100, observations=1000):
    rng = random()
    camera = np.concatenate([
        rng.normal(size=(cameras, 3)) * 0.3, rng.normal(size=(cameras, 3)), rng.uniform(400, 600, size=(cameras, 1)),
        rng.normal(size=(cameras, 2)), rng.normal(size=(cameras, 2)) * 1e-2,
    ], axis=1)  # fmt: skip
    point = rng.normal(size=(points, 3)) + (0.0, 0.0, 12.0)
    seen = np.stack([rng.integers(cameras, size=observations), rng.integers(points, size=observations)], axis=1)
    return camera, point, rng.uniform(0.5, 1.5, size=observations), seen, rng.normal(size=(observations, 2)) * 100


def ht(vertices=200, seen=60):
    rng, bones = random(), 1 + FINGERS * BONES_OF_FINGER
    parents = np.array([-1] + [0 if j == 0 else b for b, j in (
        (f * BONES_OF_FINGER + j, j) for f in range(FINGERS) for j in range(BONES_OF_FINGER))])  # fmt: skip
    affine = np.concatenate([np.tile(np.eye(3), (bones, 1, 1)), rng.normal(size=(bones, 3, 1))], axis=2)
    weights = rng.uniform(size=(bones, vertices))
    return (
        rng.normal(size=26) * 0.3, affine, -affine + 2 * np.eye(3, 4), parents, rng.normal(size=(vertices, 3)),
        weights / weights.sum(axis=0), rng.integers(vertices, size=seen), rng.normal(size=(seen, 3)),
    )  # fmt: skip


def particle():
    return (0.0,)


def saddle():
    return (1.0, 1.0)


