"""Vectors as structs with operators, rays, rotations."""

import math
from dataclasses import dataclass, replace

import numpy as np

from tests.corpus import Routine


@dataclass(frozen=True)
class Vec:
    x: float
    y: float
    z: float

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vec(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k, self.z * k)

    def __neg__(self):
        return Vec(-self.x, -self.y, -self.z)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def cross(self, other):
        return Vec(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )

    @property
    def length(self):
        return math.sqrt(self.dot(self))

    def unit(self):
        return self * (1.0 / self.length)


@dataclass(frozen=True)
class Sphere:
    centre: Vec
    radius: float

    def distance(self, p):
        return (p - self.centre).length - self.radius


@dataclass(frozen=True)
class Torus:
    ring: float
    tube: float

    def distance(self, p):
        return math.hypot(math.hypot(p.x, p.z) - self.ring, p.y) - self.tube


def march(x, y, radius):
    """Sphere tracing of two shapes of different kinds; the shade of the pixel, zero when nothing is hit."""
    scene = (Sphere(Vec(0.2, 0.1, 0.0), radius), Torus(1.0, 0.25))
    eye, direction = Vec(0.0, 0.5, -3.0), Vec(x, y, 1.5).unit()
    t = 0.0
    while t < 10.0:
        p = eye + direction * t
        d = min([shape.distance(p) for shape in scene])
        if d < 1e-6:
            light = Vec(1.0, 2.0, -1.5).unit()
            normal = (p - scene[0].centre).unit()
            return max(0.0, normal.dot(light)) + 0.1 * t
        t += d
    return 0.0


def hit_sphere(px, py, radius):
    """The distance at which a ray meets a sphere, by the quadratic formula; -1 when it misses."""
    origin, direction = Vec(px, py, -4.0), Vec(0.1, -0.05, 1.0).unit()
    sphere = replace(Sphere(Vec(0.0, 0.0, 0.0), 1.0), radius=radius)
    offset = origin - sphere.centre
    b, c = offset.dot(direction), offset.dot(offset) - sphere.radius**2
    discriminant = b * b - c
    if discriminant < 0.0:
        return -1.0
    return -b - math.sqrt(discriminant)


def rotate(angle, axis_x, axis_y, axis_z, turns):
    """Rodrigues' formula over and over, on a vector; its distance from a point."""
    axis, v = Vec(axis_x, axis_y, axis_z).unit(), Vec(1.0, 0.5, -0.25)
    for _ in range(turns):
        c, s = math.cos(angle), math.sin(angle)
        v = v * c + axis.cross(v) * s + axis * (axis.dot(v) * (1.0 - c))
    return (v - Vec(0.0, 1.0, 0.0)).length


def polygon(xs, ys):
    """Area by the shoelace formula, and perimeter."""
    area, around = 0.0, 0.0
    for i in range(len(xs)):
        area += xs[i - 1] * ys[i] - xs[i] * ys[i - 1]
        around += math.hypot(xs[i] - xs[i - 1], ys[i] - ys[i - 1])
    return 0.5 * abs(area), around


def compactness(xs, ys):
    area, around = polygon(xs, ys)
    return 4.0 * math.pi * area / around**2


def mandelbrot(cx, cy, limit):
    """Smoothed escape time; the derivative goes through as many steps as it took."""
    x, y = 0.0, 0.0
    for n in range(limit):
        x, y = x * x - y * y + cx, 2.0 * x * y + cy
        r2 = x * x + y * y
        if r2 > 100.0:
            return n + 1.0 - math.log2(0.5 * math.log(r2))
    return float(limit)


RNG = np.random.default_rng(31)
TURN = np.linspace(0.0, 2.0 * np.pi, 7)[:-1]

ROUTINES = [
    Routine(march, (0.15, -0.1, 0.6), None, (0, 1, 2)),
    Routine(hit_sphere, (0.1, 0.2, 1.1), None, (0, 1, 2)),
    Routine(rotate, (0.3, 1.0, 2.0, -0.5, 5), None, (0, 1, 2, 3)),
    Routine(polygon, (np.cos(TURN) + 0.1 * RNG.uniform(size=6), np.sin(TURN)), compactness, (0, 1)),
    Routine(mandelbrot, (-0.75, 0.2, 200), None, (0, 1)),
]
