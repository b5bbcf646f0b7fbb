"""Dataclasses and NamedTuples."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pytest

from tests.frontend.compare import check


class Point(NamedTuple):
    x: float
    y: float = 1.0

    def norm(self):
        return math.sqrt(self.x * self.x + self.y * self.y)

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)


@dataclass(frozen=True)
class Vec:
    x: float
    y: float
    DIM = 2

    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __matmul__(self, o):
        return self.x * o.x + self.y * o.y

    def __neg__(self):
        return Vec(-self.x, -self.y)

    @property
    def length(self):
        return math.sqrt(self @ self)

    @staticmethod
    def unit(k):
        return Vec(1.0, k)

    @classmethod
    def zero(cls):
        return cls(0.0, 0.0)


@dataclass
class Body:
    position: Vec
    velocity: Vec
    mass: float = 1.0
    steps: int = 0
    history: list = field(default_factory=list)

    def __post_init__(self):
        self.mass = self.mass * 2.0

    def move(self, dt):
        self.position = self.position + self.velocity * dt
        self.steps += 1

    @property
    def energy(self):
        return 0.5 * self.mass * (self.velocity @ self.velocity)

    @energy.setter
    def energy(self, value):
        self.mass = value


@dataclass(order=True)
class Pair:
    a: int
    b: float


def points(x):
    p = Point(x)
    q = p + Point(1.0, 2.0)
    a, b = q
    return p, q.norm(), a + b, q._replace(x=5.0), q[1], p == q, p < q


def vectors(x):
    v = Vec(x, 2.0)
    w = -(2.0 * v + Vec.unit(x) * 3.0) + Vec.zero()
    return v, w, v @ w, w.length, Vec.DIM, v == w, dataclasses.replace(v, y=x), v.DIM


def simulate(x, n):
    b = Body(Vec(x, 0.0), Vec(1.0, 0.5))
    for _ in range(n):
        b.move(0.1)
        if b.position.x > 1.0:
            b.velocity = -b.velocity
    return b.position, b.steps, b.energy, b.mass


def aliases(x):
    a = Body(Vec(x, x), Vec(0.0, 0.0))
    b = a
    b.mass += 1.0
    a.energy = a.mass * 2.0
    b.history.append(x)
    return a.mass, b.mass, a is b, len(a.history)


def branches(x):
    if x > 0.0:
        b = Body(Vec(x, 1.0), Vec(1.0, 1.0))
        v = Vec(1.0, x)
    else:
        b = Body(Vec(0.0, x), Vec(0.0, 0.0), mass=3.0)
        v = -Vec(x, 2.0)
    b.steps += 2
    return b.mass, b.steps, b.position, v


def made_on_the_path_that_goes_on(x, n):
    d = {"low": 0.0, "high": x}
    for i in range(n):
        if i % 2 == 0:
            continue
        else:
            d = {"low": 2 * x + i, "high": 1.0}
        d["low"] = d["low"] * 3
        d["high"] += x
    return d["low"] + d["high"]


def chosen_from_what_a_loop_reads(x, n, k):
    d = {"low": 4.0, "high": x}
    one, array = [x], np.array([x])
    for _ in range(n):
        x = min(d["low"], d["low"])
        x += one[k] + array[k]
    return x


def mutate_argument(p, n):
    for _ in range(n):
        p.a += 1
        p.b *= 2.0
    return p.b


def carried(x, n):
    s = Vec(x, 0.0)
    for _ in range(n):
        s = s + Vec(1.0, s.x)
        if s.x > 4.0:
            return s
    return s


def ordered(a, b):
    return Pair(1, a) < Pair(1, b), Pair(1, a) == Pair(1, b), sorted([Pair(2, a), Pair(1, b)])[0].b if False else 0


CASES = [
    (points, [(2.0,)]),
    (vectors, [(2.0,)]),
    (simulate, [(0.0, 30), (0.5, 0)]),
    (aliases, [(1.5,)]),
    (branches, [(1.5,), (-1.5,)]),
    (chosen_from_what_a_loop_reads, [(1.0, 0, 0), (1.5, 3, -1)]),
    (mutate_argument, [(Pair(1, 2.0), 3)]),
    (carried, [(0.5, 3), (0.5, 10)]),
    (made_on_the_path_that_goes_on, [(1.6, 0), (1.6, 1), (1.6, 5)]),
    (ordered, [(1.0, 2.0)]),
]


@pytest.mark.parametrize("function, args", [(f, a) for f, rows in CASES for a in rows],
                         ids=lambda v: getattr(v, "__name__", str(v)))
def test_as_in_python(function, args):
    check(function, *args)
