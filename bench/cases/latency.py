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


# --- new processes --------------------------------------------------------------------------------------------------

FIRST = """
import time
{imports}
from bench.cases.latency import {prepare}
begun = time.perf_counter()
value = {prepare}()()
print(time.perf_counter() - begun, value)
"""


def first(prepare: str, imports: str, caches: str) -> list[float]:
    """Seconds from a plain function to its first gradient, in a new process; and the gradient. `caches`: a directory
    for compiled programs."""
    environment = {
        **os.environ, "JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "1", "DSL_CACHE": "on", "DSL_CACHE_DIR": caches,
        "JAX_COMPILATION_CACHE_DIR": caches, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
    }  # fmt: skip
    code = FIRST.format(prepare=prepare, imports=imports)
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return [float(word) for word in out.stdout.split()[-2:]]


def cold(prepare: str, imports: str) -> list[float]:
    with tempfile.TemporaryDirectory() as empty:
        return first(prepare, imports, empty)


def first_rows(case: str, imports: dict[str, str], run, times: int):
    rows, remarks = [], []
    for system, prepare in (("dsl", "dsl_sine"), ("jax", "jax_sine")):
        if reason := missing(system):
            remarks.append(f"{case}: {system} left out: {reason}")
            continue
        runs = [run(prepare, imports[system]) for _ in range(times)]
        error = max(abs(value - 0.5403023037918872) for _, value in runs)
        rows.append(dict(case=case, system=system, seconds=min(s for s, _ in runs), error=error, note=""))
    return rows, remarks


def compile_rows():
    return first_rows("compile_time", {"dsl": "import dsl", "jax": "import jax"}, cold, times=3)


def warm_rows():
    """What is loaded before the clock starts is what any call needs: of ours NumPy and IREE's runtime, which `import
    dsl` leaves for later, while `import jax` loads NumPy and XLA."""
    imports = {"dsl": "import dsl, numpy, iree.runtime", "jax": "import jax"}
    with tempfile.TemporaryDirectory() as caches:
        warm = lambda prepare, imports: first(prepare, imports, caches)
        first_rows("warm_start", imports, warm, times=1)
        return first_rows("warm_start", imports, warm, times=5)


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
    Case(
        "warm_start",
        "From a plain function to its first gradient in a new process, after the imports, the program cached on disk.",
        rows=warm_rows,
    ),
    Case("import_time", "`import` in a new process.", rows=import_rows),
]
