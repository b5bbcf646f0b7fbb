"""Differential equations and things that move."""

import math
from dataclasses import dataclass

import numpy as np

from tests.corpus import Routine


def rkf45(y0, rate, end, tolerance):
    """Runge-Kutta-Fehlberg 4(5) with step rejection on y' = rate * y * (1 - y) + sin(t): (y at the end, rejections)."""

    def f(t, y):
        return rate * y * (1.0 - y) + math.sin(t)

    t, y, h, rejected = 0.0, y0, 0.5, 0
    while t < end:
        h = min(h, end - t)
        k1 = f(t, y)
        k2 = f(t + h / 4, y + h * k1 / 4)
        k3 = f(t + 3 * h / 8, y + h * (3 * k1 + 9 * k2) / 32)
        k4 = f(t + 12 * h / 13, y + h * (1932 * k1 - 7200 * k2 + 7296 * k3) / 2197)
        k5 = f(t + h, y + h * (439 * k1 / 216 - 8 * k2 + 3680 * k3 / 513 - 845 * k4 / 4104))
        k6 = f(t + h / 2, y + h * (-8 * k1 / 27 + 2 * k2 - 3544 * k3 / 2565 + 1859 * k4 / 4104 - 11 * k5 / 40))
        fifth = 16 * k1 / 135 + 6656 * k3 / 12825 + 28561 * k4 / 56430 - 9 * k5 / 50 + 2 * k6 / 55
        fourth = 25 * k1 / 216 + 1408 * k3 / 2565 + 2197 * k4 / 4104 - k5 / 5
        error = abs(h * (fifth - fourth)) + 1e-16
        if error <= tolerance:
            t += h
            y += h * fifth
        else:
            rejected += 1
        h *= min(4.0, max(0.1, 0.84 * (tolerance / error) ** 0.25))
    return y, rejected


def rkf45_value(y0, rate, end, tolerance):
    return rkf45(y0, rate, end, tolerance)[0]


def leapfrog(position, velocity, mass, dt, steps):
    """Planar bodies under gravity, kick-drift-kick, in place; returns the total energy."""
    n = len(mass)
    force = np.zeros((n, 2))
    for step in range(steps + 1):
        for i in range(n):
            force[i, 0] = force[i, 1] = 0.0
            for j in range(n):
                if i != j:
                    dx, dy = position[j, 0] - position[i, 0], position[j, 1] - position[i, 1]
                    r2 = dx * dx + dy * dy + 1e-3
                    pull = mass[j] / (r2 * math.sqrt(r2))
                    force[i, 0] += pull * dx
                    force[i, 1] += pull * dy
        half = 0.5 if step == 0 or step == steps else 1.0
        for i in range(n):
            for d in range(2):
                velocity[i, d] += half * dt * force[i, d]
                if step < steps:
                    position[i, d] += dt * velocity[i, d]
    return energy(position, velocity, mass)


def energy(position, velocity, mass):
    total = 0.0
    for i in range(len(mass)):
        total += 0.5 * mass[i] * (velocity[i, 0] ** 2 + velocity[i, 1] ** 2)
        for j in range(i):
            distance = math.hypot(position[i, 0] - position[j, 0], position[i, 1] - position[j, 1])
            total -= mass[i] * mass[j] / distance
    return total


@dataclass(frozen=True)
class Ball:
    height: float
    speed: float
    bounces: int = 0

    def fly(self, dt: float) -> "Ball":
        return Ball(self.height + dt * self.speed - 4.905 * dt * dt, self.speed - 9.81 * dt, self.bounces)


def bouncing_ball(height, restitution, end):
    """Bounces at the moments the parabola meets the floor; the height at the end."""
    ball, t = Ball(height, 0.0), 0.0
    while t < end:
        hit = (ball.speed + math.sqrt(ball.speed * ball.speed + 19.62 * ball.height)) / 9.81
        if t + hit >= end or hit < 1e-9:
            return ball.fly(end - t).height
        moving = ball.fly(hit)
        ball, t = Ball(0.0, -restitution * moving.speed, ball.bounces + 1), t + hit
    return ball.height


def heat(u, alpha, steps):
    """Explicit diffusion on a ring, two buffers swapped; the sum of squares at the end."""
    n = len(u)
    a, b = u.copy(), np.zeros(n)
    for _ in range(steps):
        for i in range(n):
            b[i] = a[i] + alpha * (a[i - 1] - 2.0 * a[i] + a[(i + 1) % n])
        a, b = b, a
    total = 0.0
    for v in a:
        total += v * v
    return total


def trebuchet(release, weight):
    """A thrown mass with quadratic drag, stepped until it lands: how far, interpolated within the last step."""
    speed = math.sqrt(weight)
    x, y = 0.0, 1.0
    vx, vy = speed * math.cos(release), speed * math.sin(release)
    dt = 0.01
    while y > 0.0:
        drag = 0.02 * math.hypot(vx, vy)
        px, py = x, y
        x, y = x + dt * vx, y + dt * vy
        vx, vy = vx - dt * drag * vx, vy - dt * (9.81 + drag * vy)
    return px + (x - px) * py / (py - y)


RNG = np.random.default_rng(5)
BODIES = (RNG.uniform(-1, 1, (4, 2)), RNG.uniform(-0.3, 0.3, (4, 2)), RNG.uniform(0.5, 1.5, 4), 0.01, 8)

ROUTINES = [
    Routine(rkf45, (0.1, 2.0, 3.0, 1e-6), rkf45_value, (0, 1)),
    Routine(leapfrog, BODIES, None, (0, 1, 2, 3)),
    Routine(bouncing_ball, (2.0, 0.8, 3.0), None, (0, 1, 2)),
    Routine(heat, (RNG.uniform(-1, 1, 8), 0.2, 10), None, (0, 1)),
    Routine(trebuchet, (0.8, 60.0), None, (0, 1)),
]
