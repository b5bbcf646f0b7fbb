"""Gradients of three routines of the corpus at sizes that matter, beside adjoints written by hand in C, and JAX.

The third is a loop that ends when it ends; JAX runs it to a fixed number of steps and masks those after the end.
"""

import ctypes

import numpy as np

from bench.case import Case
from bench.native import function, pointer

CELLS, STEPS, UNKNOWNS, MOST_STEPS = 1024, 256, 20_000, 1024
POINTER, DOUBLE, LONG = ctypes.POINTER(ctypes.c_double), ctypes.c_double, ctypes.c_long


def ring():
    return np.random.default_rng(1).uniform(-1, 1, CELLS), 0.2, STEPS


def system():
    rng = np.random.default_rng(2)
    return tuple(rng.uniform(low, high, size) for low, high, size in (
        (0, 1, UNKNOWNS - 1), (3, 4, UNKNOWNS), (0, 1, UNKNOWNS - 1), (-1, 1, UNKNOWNS)))  # fmt: skip


def throw():
    return 0.7, 2500.0


def by_dsl(name):
    def prepare():
        import dsl
        from tests.corpus import linear, motion

        routine, make, wrt = {
            "heat": (motion.heat, ring, (0, 1)),
            "thomas": (linear.thomas_energy, system, (0, 1, 2, 3)),
            "trebuchet": (motion.trebuchet, throw, (0, 1)),
        }[name]
        gradient, args = dsl.grad(dsl.kernel(routine), argnums=wrt), make()
        return lambda: gradient(*args)

    return prepare


def c_heat():
    call = function("adjoints", "heat_gradient", DOUBLE, POINTER, LONG, DOUBLE, LONG, POINTER, POINTER)
    u, alpha, steps = ring()
    u_bar, alpha_bar = np.zeros(CELLS), np.zeros(1)

    def run():
        call(pointer(u), CELLS, alpha, steps, pointer(u_bar), pointer(alpha_bar))
        return u_bar, alpha_bar

    return run


def c_thomas():
    call = function("adjoints", "thomas_gradient", DOUBLE, *[POINTER] * 4, LONG, *[POINTER] * 4)
    args = system()
    bars = [np.zeros(len(a)) for a in args]

    def run():
        call(*map(pointer, args), UNKNOWNS, *map(pointer, bars))
        return bars

    return run


def c_trebuchet():
    call = function("adjoints", "trebuchet_gradient", DOUBLE, DOUBLE, DOUBLE, POINTER, POINTER)
    bars = np.zeros(2)

    def run():
        call(*throw(), pointer(bars), pointer(bars[1:]))
        return bars

    return run


def by_jax(make_objective, make_args, argnums):
    def prepare():
        import jax

        jax.config.update("jax_enable_x64", True)
        args = make_args()
        gradient = jax.jit(
            jax.grad(make_objective(jax), argnums=argnums), static_argnums=tuple(range(len(argnums), len(args)))
        )
        return lambda: [np.asarray(g) for g in gradient(*args)]

    return prepare


def jax_heat(jax):
    np = jax.numpy

    def objective(u, alpha, steps):
        def step(a, _):
            return a + alpha * (np.roll(a, 1) - 2.0 * a + np.roll(a, -1)), None

        return (jax.lax.scan(step, u, None, length=steps)[0] ** 2).sum()

    return objective


def jax_thomas(jax):
    np = jax.numpy

    def objective(lower, diagonal, upper, right):
        def down(before, row):
            d, r = before
            low, diag, up, new = row
            w = low / d
            d, r = diag - w * up, new - w * r
            return (d, r), (d, r)

        first = (diagonal[0], right[0])
        _, (d, r) = jax.lax.scan(down, first, (lower, diagonal[1:], upper, right[1:]))
        d, r = np.append(diagonal[:1], d), np.append(right[:1], r)

        def up(x, row):
            r, u, d = row
            x = (r - u * x) / d
            return x, x

        last = r[-1] / d[-1]
        _, x = jax.lax.scan(up, last, (r[:-1], upper, d[:-1]), reverse=True)
        return (x**2).sum() + last**2

    return objective


def jax_trebuchet(jax):
    np = jax.numpy

    def objective(release, weight):
        speed, dt = np.sqrt(weight), 0.01

        def step(state, _):
            x, y, vx, vy, px, py = state
            drag = 0.02 * np.sqrt(vx * vx + vy * vy)
            new = (x + dt * vx, y + dt * vy, vx - dt * drag * vx, vy - dt * (9.81 + drag * vy), x, y)
            return tuple(np.where(y > 0.0, a, b) for a, b in zip(new, state)), None

        first = (0.0, 1.0, speed * np.cos(release), speed * np.sin(release), 0.0, 0.0)
        first = tuple(np.asarray(v, float) for v in first)
        x, y, _, _, px, py = jax.lax.scan(step, first, None, length=MOST_STEPS)[0]
        return px + (x - px) * py / (py - y)

    return objective


ABOUT = {
    "heat": f"Gradient of motion.heat: {CELLS} cells, {STEPS} steps; to the cells and the rate.",
    "thomas": f"Gradient of linear.thomas_energy: {UNKNOWNS} unknowns; to all four arrays.",
    "trebuchet": "Gradient of motion.trebuchet: some 400 steps until the mass lands; to both arguments.",
}
C = {"heat": c_heat, "thomas": c_thomas, "trebuchet": c_trebuchet}
JAX = {
    "heat": by_jax(jax_heat, ring, (0, 1)),
    "thomas": by_jax(jax_thomas, system, (0, 1, 2, 3)),
    "trebuchet": by_jax(jax_trebuchet, throw, (0, 1)),
}
CASES = [
    Case(
        f"adjoint_{name}",
        f"{ABOUT[name]} C: an adjoint written by hand.",
        {"C": C[name], "dsl": by_dsl(name), "jax": JAX[name]},
        notes={"jax": f"scan of {MOST_STEPS} steps, those after the end masked"} if name == "trebuchet" else {},
    )
    for name in ABOUT
]
