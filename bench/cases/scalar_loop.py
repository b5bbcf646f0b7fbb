"""A loop of a million scalar steps with a data-dependent exit: gradient beside C, and its memory."""

import ctypes
import subprocess
import sys

from bench.case import Case, missing
from bench.native import function, pointer

STEPS = 1_000_000
ARGS = (1.5, 0.9)


def predator(a, b, n):
    u, v = 1.0, 0.5
    for _ in range(n):
        du = u * (a - b * v)
        dv = v * (u - 1.0)
        u = u + 1e-5 * du
        v = v + 1e-5 * dv
        if u * v > 50.0:
            break
    return u + v


def dsl_primal():
    import dsl

    kernel = dsl.kernel(predator)
    return lambda: kernel(*ARGS, STEPS)


def dsl_gradient():
    import dsl

    gradient = dsl.value_and_grad(dsl.kernel(predator), argnums=(0, 1))
    return lambda: gradient(*ARGS, STEPS)


def c_primal():
    call = function("predator", "predator", ctypes.c_double, ctypes.c_double, ctypes.c_double, ctypes.c_long)
    return lambda: call(*ARGS, STEPS)


def c_gradient():
    import numpy as np

    double = ctypes.c_double
    call = function("predator", "predator_gradient", double, double, double, ctypes.c_long, ctypes.POINTER(double))
    out = np.zeros(2)
    return lambda: (call(*ARGS, STEPS, pointer(out)), out.copy())


def jax_gradient():
    import jax

    def step(state, _, a, b):
        u, v, done = state
        moved = u + 1e-5 * (u * (a - b * v)), v + 1e-5 * (v * (u - 1.0))
        new = jax.numpy.where(done, u, moved[0]), jax.numpy.where(done, v, moved[1])
        return (*new, done | (new[0] * new[1] > 50.0)), None

    def run(a, b):
        start = (jax.numpy.float64(1.0), jax.numpy.float64(0.5), jax.numpy.bool_(False))
        (u, v, _), _ = jax.lax.scan(lambda s, i: step(s, i, a, b), start, None, length=STEPS)
        return u + v

    gradient = jax.jit(jax.value_and_grad(run, argnums=(0, 1)))
    return lambda: [float(x) for x in jax.tree.leaves(gradient(*ARGS))]


# --- memory ----------------------------------------------------------------------------------------------------------

# VmHWM, as getrusage tells of the process before exec too
PEAK = """
import pathlib, re
from bench.cases.scalar_loop import predator, ARGS
import dsl
gradient = dsl.value_and_grad(dsl.kernel(predator), argnums=(0, 1))
gradient(*ARGS, 10)
gradient(*ARGS, {steps})
status = pathlib.Path("/proc/self/status").read_text()
print(int(re.search(r"VmHWM:\\s*(\\d+) kB", status)[1]) * 1024)
"""


def peak(steps: int) -> float:
    """Bytes of a process that runs the gradient, at its largest."""
    command = [sys.executable, "-c", PEAK.format(steps=steps)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def memory_rows():
    if reason := missing("dsl"):
        return [], [reason]
    small, large = peak(1000), peak(4 * STEPS)
    grown = large - small
    note = f"{grown / (4 * STEPS):.1f} bytes a step at the peak, {grown / 2**20:.0f} MiB at 4e6 steps"
    return [dict(case="loop_memory", system="dsl", seconds=None, error=None, note=note)], []


CASES = [
    Case(
        "scalar_loop_primal",
        "A million Euler steps of two coupled equations with a data-dependent exit.",
        {"C": c_primal, "dsl": dsl_primal},
    ),
    Case(
        "scalar_loop_gradient",
        "The gradient of that loop; C: an adjoint written by hand, gcc -O3 -march=native.",
        {"C": c_gradient, "dsl": dsl_gradient, "jax": jax_gradient},
        notes={"jax": "scan over all steps, the exit as a mask"},
    ),
    Case("loop_memory", "Memory of that gradient: the process at its largest, against a short loop.", rows=memory_rows),
]
