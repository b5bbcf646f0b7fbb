"""Plain loops over arrays: primal beside Numba and C, gradient over primal."""

import ctypes
import math

import numpy as np

from bench.case import Case
from bench.native import function, pointer

GRID, SWEEPS = 512, 100
LENGTH = 1_000_000
SIDE = 64
BODIES = 256


def stencil(a, b, steps):
    n, m = a.shape
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                b[i, j] = 0.5 * a[i, j] + 0.125 * (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1])
        a, b = b, a
    return a[n // 2, m // 2] + a[1, 1]


def recurrence(x, decay):
    s, total = 0.0, 0.0
    for i in range(len(x)):
        s = decay * s + x[i] * (1.0 - s * s)
        total += s
    return total


def cholesky(a):
    n = len(a)
    for j in range(n):
        for k in range(j):
            a[j, j] -= a[j, k] * a[j, k]
        a[j, j] = math.sqrt(a[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
    total = 0.0
    for i in range(n):
        total += math.log(a[i, i])
    return total


def nbody(p, m, f):
    n, total = len(m), 0.0
    for i in range(n):
        fx, fy, fz = 0.0, 0.0, 0.0
        for j in range(n):
            dx, dy, dz = p[j, 0] - p[i, 0], p[j, 1] - p[i, 1], p[j, 2] - p[i, 2]
            r2 = dx * dx + dy * dy + dz * dz + 1e-3
            w = m[j] / (r2 * math.sqrt(r2))
            fx += w * dx
            fy += w * dy
            fz += w * dz
        f[i, 0], f[i, 1], f[i, 2] = fx, fy, fz
        total += fx * fx + fy * fy + fz * fz
    return total


RNG = np.random.default_rng(0)


def grid():
    a = np.random.default_rng(1).uniform(size=(GRID, GRID))
    return a, a.copy(), SWEEPS


def series():
    return np.random.default_rng(2).uniform(-0.5, 0.5, LENGTH), 0.9


def positive():
    a = np.random.default_rng(3).uniform(-1, 1, (SIDE, SIDE))
    return (a @ a.T + SIDE * np.eye(SIDE),)


def bodies():
    rng = np.random.default_rng(4)
    return rng.uniform(-1, 1, (BODIES, 3)), rng.uniform(0.5, 1.5, BODIES), np.zeros((BODIES, 3))


# Which array a call destroys, and so is restored before each call, by every system alike.
PROGRAMS = {
    "stencil": (stencil, grid, (0, 1), (0,)),
    "recurrence": (recurrence, series, (), (0, 1)),
    "cholesky": (cholesky, positive, (0,), (0,)),
    "nbody": (nbody, bodies, (), (0, 1)),
}


def restored(name, call):
    """A call on working copies that are refreshed first; the copy costs every system the same."""
    _, make, overwritten, _ = PROGRAMS[name]
    original = make()
    work = [a.copy() if isinstance(a, np.ndarray) else a for a in original]

    def run():
        for k in overwritten:
            np.copyto(work[k], original[k])
        return call(*work)

    return run


def by_dsl(name):
    def prepare():
        import dsl

        return restored(name, dsl.kernel(PROGRAMS[name][0]))

    return prepare


def by_dsl_gradient(name):
    def prepare():
        import dsl

        function, _, _, wrt = PROGRAMS[name]
        gradient = dsl.grad(dsl.kernel(function), argnums=wrt)
        return restored(name, lambda *args: gradient(*args))

    return prepare


def by_numba(name):
    def prepare():
        import numba

        return restored(name, numba.njit(PROGRAMS[name][0], error_model="numpy"))

    return prepare


POINTER, DOUBLE, LONG = ctypes.POINTER(ctypes.c_double), ctypes.c_double, ctypes.c_long


def c_stencil():
    call = function("arrays", "stencil", None, POINTER, POINTER, LONG, LONG)

    def run(a, b, steps):
        call(pointer(a), pointer(b), len(a), steps)
        last = a if steps % 2 == 0 else b
        return last[GRID // 2, GRID // 2] + last[1, 1]

    return restored("stencil", run)


def c_recurrence():
    call = function("arrays", "recurrence", DOUBLE, POINTER, LONG, DOUBLE)
    return restored("recurrence", lambda x, decay: call(pointer(x), len(x), decay))


def c_recurrence_gradient():
    call = function("arrays", "recurrence_gradient", DOUBLE, POINTER, LONG, DOUBLE, POINTER)
    out = np.zeros(LENGTH)

    def run(x, decay):
        call(pointer(x), len(x), decay, pointer(out))
        return out

    return restored("recurrence", run)


def dsl_recurrence_gradient():
    import dsl

    gradient = dsl.grad(dsl.kernel(recurrence), argnums=0)
    return restored("recurrence", lambda *args: gradient(*args))


def c_cholesky():
    call = function("arrays", "cholesky", DOUBLE, POINTER, LONG)
    return restored("cholesky", lambda a: call(pointer(a), len(a)))


def c_nbody():
    call = function("arrays", "nbody", DOUBLE, POINTER, POINTER, POINTER, LONG)
    return restored("nbody", lambda p, m, f: call(pointer(p), pointer(m), pointer(f), len(m)))


def jax_recurrence():
    import jax

    def run(x, decay):
        def step(s, v):
            s = decay * s + v * (1.0 - s * s)
            return s, s

        return jax.lax.scan(step, 0.0, x)[1].sum()

    gradient, args = jax.jit(jax.grad(run)), series()
    return lambda: np.asarray(gradient(*args))


C = {"stencil": c_stencil, "recurrence": c_recurrence, "cholesky": c_cholesky, "nbody": c_nbody}
ABOUT = {
    "stencil": f"A five-point stencil, {GRID}x{GRID}, {SWEEPS} sweeps, as plain loops.",
    "recurrence": f"A nonlinear recurrence over {LENGTH} elements.",
    "cholesky": f"Cholesky of a {SIDE}x{SIDE} matrix in place, as plain loops.",
    "nbody": f"Forces among {BODIES} bodies, as plain loops.",
}

CASES = [Case(n, ABOUT[n], {"C": C[n], "numba": by_numba(n), "dsl": by_dsl(n)}) for n in PROGRAMS]
CASES += [
    Case(f"{n}_gradient", f"The gradient of {n}, beside its primal.", {"dsl": by_dsl_gradient(n)})
    for n in ("stencil", "cholesky", "nbody")
]
CASES.append(
    Case(
        "recurrence_gradient",
        "The gradient of recurrence to the array; C: an adjoint by hand.",
        {"C": c_recurrence_gradient, "dsl": dsl_recurrence_gradient, "jax": jax_recurrence},
    )
)
