"""Small programs: what a call, a compilation and an import cost."""

import math
import os
import subprocess
import sys
import tempfile

from bench.case import Case, missing


def sine(x):
    """The sine series of the ∂P paper, without its print."""
    t = 0.0
    sign = -1.0
    for i in range(1, 20):
        if i % 2 == 1:
            newterm = x**i / math.factorial(i)
            if abs(newterm) < 1e-8:
                return t
            sign = -sign
            t += sign * newterm
    return t


def dsl_sine():
    import dsl

    gradient = dsl.grad(dsl.kernel(sine))
    return lambda: gradient(1.0)


def jax_sine():
    """Unrolled for eleven terms, as a trace with concrete loop bounds gives it; the early exit cannot be expressed."""
    import jax

    def unrolled(x):
        t, sign = 0.0, -1.0
        for i in range(1, 12, 2):
            sign = -sign
            t += sign * (x**i / math.factorial(i))
        return t

    gradient = jax.jit(jax.grad(unrolled))
    return lambda: float(gradient(1.0))


def torch_sine():
    import torch

    def run():
        x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        sine(x).backward()
        return float(x.grad)

    return run


# --- cold ------------------------------------------------------------------------------------------------------------

COLD = """
import time
{imports}
begun = time.perf_counter()
from bench.cases.latency import {prepare}
value = {prepare}()()
print(time.perf_counter() - begun, value)
"""


def cold(prepare: str, imports: str) -> list[float]:
    """Seconds from a plain function to its first gradient, in a new process with empty caches; and the gradient."""
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, "DSL_CACHE_DIR": empty, "JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "1"}
        code = COLD.format(prepare=prepare, imports=imports)
        out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return [float(word) for word in out.stdout.split()[-2:]]


def compile_rows():
    rows, remarks = [], []
    for system, prepare in (("dsl", "dsl_sine"), ("jax", "jax_sine")):
        if reason := missing(system):
            remarks.append(f"compile_time: {system} left out: {reason}")
            continue
        runs = [cold(prepare, f"import {system}") for _ in range(3)]
        error = max(abs(value - 0.5403023037918872) for _, value in runs)
        rows.append(dict(case="compile_time", system=system, seconds=min(s for s, _ in runs), error=error, note=""))
    return rows, remarks


def import_rows():
    rows, remarks = [], []
    for system in ("dsl", "numpy", "jax", "torch"):
        if reason := missing(system):
            remarks.append(f"import_time: {system} left out: {reason}")
            continue
        code = f"import time; b = time.perf_counter(); import {system}; print(time.perf_counter() - b)"
        times = [float(subprocess.check_output([sys.executable, "-c", code], text=True)) for _ in range(5)]
        rows.append(dict(case="import_time", system=system, seconds=min(times), error=None, note=""))
    return rows, remarks


CASES = [
    Case(
        "sine_latency",
        "One call of the gradient of the sine series at 1.0 from Python.",
        {"dsl": dsl_sine, "jax": jax_sine, "torch": torch_sine},
        tolerance=1e-8,
        notes={"jax": "unrolled to 11 terms, no early exit", "torch": "eager"},
    ),
    Case(
        "compile_time",
        "From a plain function to its first gradient, nothing cached, the compiler process started.",
        rows=compile_rows,
    ),
    Case("import_time", "`import` in a new process.", rows=import_rows),
]
