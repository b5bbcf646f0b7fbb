"""Small scalar programs shared by tests of targets and artifacts: plain Python, smooth where they are called.

Every float literal is weak, so that the programs stay in f32 when their arguments are.
"""

import math


def sine(x):
    t = 0.0 * x
    sign = -1.0
    for i in range(1, 20):
        if i % 2 == 1:
            newterm = x**i / math.factorial(i)
            if abs(newterm) < 1e-8:
                return t
            sign = -sign
            t += sign * newterm
    return t


def newton_root(x):
    """The square root by Newton's method, to a tolerance."""
    guess = x
    while abs(guess * guess - x) > 1e-5 * x:
        guess = 0.5 * (guess + x / guess)
    return guess


def escape(x, y):
    """Smoothed escape time of the Mandelbrot iteration."""
    a, b = x * 0.0, y * 0.0
    smooth = x * 0.0
    for _ in range(40):
        a, b = a * a - b * b + x, 2.0 * a * b + y
        if a * a + b * b > 64.0:
            return smooth - math.log(math.log(a * a + b * b))
        smooth += 1.0
    return smooth


def option(spot, strike, volatility):
    """Black-Scholes with no interest, half a year."""
    spread = volatility * math.sqrt(0.5)
    d = math.log(spot / strike) / spread + 0.5 * spread
    return spot * 0.5 * math.erfc(-d * 0.70710678) - strike * 0.5 * math.erfc((spread - d) * 0.70710678)


def kepler(mean, eccentricity):
    anomaly = mean
    for _ in range(12):
        error = anomaly - eccentricity * math.sin(anomaly) - mean
        if abs(error) < 1e-6:
            break
        anomaly -= error / (1.0 - eccentricity * math.cos(anomaly))
    return anomaly


def predator(a, b):
    """Explicit Euler with an exit."""
    u, v = 0.0 * a + 1.0, 0.0 * b + 0.5
    for _ in range(200):
        du, dv = u * (a - b * v), v * (u - 1.0)
        u, v = u + 0.02 * du, v + 0.02 * dv
        if u * v > 2.0:
            break
    return u + v


def horner(x, c0, c1, c2):
    value = 0.0 * x
    for k in range(3):
        value = value * x + (c0 if k == 0 else c1 if k == 1 else c2)
    return value


def throw(angle, speed):
    """Distance of a throw with drag, interpolated in the last step."""
    x, y = 0.0 * angle, 0.0 * angle + 1.0
    vx, vy = speed * math.cos(angle), speed * math.sin(angle)
    while True:
        px, py = x, y
        x, y = x + 0.05 * vx, y + 0.05 * vy
        drag = 0.02 * math.sqrt(vx * vx + vy * vy)
        vx, vy = vx - 0.05 * drag * vx, vy - 0.05 * (9.81 + drag * vy)
        if y <= 0.0:
            return px + (x - px) * py / (py - y)


def softplus_chain(x, w):
    for _ in range(5):
        x = math.log1p(math.exp(-abs(x))) + max(x, 0.0) - w * math.tanh(x)
    return x


def simpson(high, a):
    """Simpson's rule on exp(-a t) sin(3 t), sixteen panels; the weight follows a branch."""
    total, h = 0.0 * high, high * 0.0625
    t = 0.0 * high
    for i in range(17):
        weight = 1.0 if i == 0 or i == 16 else 4.0 if i % 2 == 1 else 2.0
        total += weight * math.exp(-a * t) * math.sin(3.0 * t)
        t += h
    return total * h / 3.0


def folded(x, y):
    """// and % and their derivatives, on both signs."""
    return (x % y) * (x // y) + (-x) % 1.5 - math.fmod(x, -0.7)


def special(x):
    return math.erf(x) + math.lgamma(x + 1.5) * math.atan2(x, 2.0) - math.asinh(x) / math.cosh(x)


def nested(x):
    """Loops in loops with continue, break and else."""
    total = 0.0 * x
    for i in range(4):
        for j in range(i, -5, -2):
            if (i + j) % 3 == 0:
                continue
            total += math.sin(x * 0.5) / (1.0 + total * total)
            if total > 2.0:
                break
        else:
            total = total * 0.75 + x * 0.125
    return total


PROGRAMS = [
    (sine, (1.0,)),
    (newton_root, (7.3,)),
    (escape, (-0.9, 0.31)),
    (option, (100.0, 105.0, 0.3)),
    (kepler, (0.8, 0.3)),
    (predator, (1.5, 0.9)),
    (horner, (0.7, 1.0, -2.0, 0.5)),
    (throw, (0.8, 9.0)),
    (softplus_chain, (0.4, 0.3)),
    (simpson, (2.0, 0.7)),
    (folded, (4.3, -1.7)),
    (special, (0.8,)),
    (nested, (1.3,)),
]
