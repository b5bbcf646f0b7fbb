"""What gradients cost beside what they are gradients of, for every routine of the corpus that returns a float.

The routines are short, so each runs many times inside one kernel; every run depends on the one before by terms that are
zero, which no compiler may drop: one added to each number, also of arrays, so that no part of a run can be moved out of
the loop. Arrays are copied for each run, in the primal as in the gradient.
"""

import linecache
import statistics
import time

import numpy as np

from bench.case import Case, missing

ROUNDS, SECONDS = 5, 0.02


def looped(name: str, call: str, args: tuple, scope: dict):
    """A kernel that makes the call `count` times; `call` is text with the arguments as {0}."""
    import dsl

    lines, given = [], []
    for k, x in enumerate(args):
        if isinstance(x, np.ndarray):
            lines.append(f"y{k} = x{k}.copy()")
            lines += [f"y{k} += 0.0 * total"] if x.dtype.kind == "f" else []
        else:
            lines.append(f"y{k} = x{k} + 0.0 * total" if isinstance(x, float) else f"y{k} = x{k}")
        given.append(f"y{k}")
    lines += call.format(", ".join(given)).splitlines()
    parameters = ", ".join(f"x{k}" for k in range(len(args)))
    body = "\n        ".join(lines)
    loop = f"    for _ in range(count):\n        {body}\n"
    text = f"def many(count, {parameters}):\n    total = 0.0\n{loop}    return total\n"
    filename = f"<corpus {name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope = {**scope, "dsl": dsl, "np": np}
    exec(compile(text, filename, "exec"), scope)
    return dsl.kernel(scope["many"])


def seconds_of(kernels: list, args: tuple) -> list[float]:
    """The least time of one run of each, measured in turn, so that what else the machine does meets all alike."""
    counts = [enough(kernel, args) for kernel in kernels]
    times = [[timed(k, n, args) / n for k, n in zip(kernels, counts)] for _ in range(ROUNDS)]
    return [min(column) for column in zip(*times)]


def enough(kernel, args: tuple) -> int:
    """How many runs take long enough to be timed."""
    kernel(1, *args)  # compiles
    count = 1
    while (took := timed(kernel, count, args)) < SECONDS:
        count = max(2 * count, int(1.2 * count * SECONDS / max(took, 1e-7)))
    return count


def timed(kernel, count: int, args: tuple) -> float:
    start = time.perf_counter()
    kernel(count, *args)
    return time.perf_counter() - start


def gradient_call(routine) -> str:
    """Statements that use every element of the gradient."""
    sums = [
        f"np.sum(g[{j}])" if isinstance(routine.args[k], np.ndarray) else f"g[{j}]" for j, k in enumerate(routine.wrt)
    ]
    names = [f"a{k}" for k in range(len(routine.args))]
    copied = [
        f"{name}.copy()" if isinstance(x, np.ndarray) and k not in routine.wrt else name
        for k, (name, x) in enumerate(zip(names, routine.args))
    ]
    function = f"lambda {', '.join(names)}: function({', '.join(copied)})"
    return f"v, g = dsl.value_and_grad({function}, argnums={routine.wrt})({{0}})\ntotal += v + {' + '.join(sums)}"


def routine_row(routine) -> tuple[dict, float]:
    import dsl

    scope = {"function": routine.differentiated}
    primal = looped(f"{routine.name} primal", "total += function({0})", routine.args, scope)
    gradient = looped(f"{routine.name} gradient", gradient_call(routine), routine.args, scope)
    below, above = seconds_of([primal, gradient], routine.fresh())
    tape = dsl.grad(routine.differentiated, argnums=routine.wrt).tape_bytes(*routine.fresh())
    note = f"{above / below:.2f} times the primal ({below * 1e9:.0f} ns); tape {tape} bytes"
    row = dict(case="corpus_gradients", system=f"dsl {routine.name}", seconds=above, error=None, note=note)
    return row, above / below


def rows():
    if reason := missing("dsl"):
        return [], [reason]
    import dsl
    from tests.corpus import routines

    made, ratios, remarks = [], {}, []
    for routine in routines():
        if not routine.wrt or not isinstance(routine.differentiated(*routine.fresh()), float):
            continue
        try:
            row, ratios[routine.name] = routine_row(routine)
            made.append(row)
        except dsl.Error as error:
            remarks.append(f"corpus_gradients: {routine.name} left out: {str(error).splitlines()[0]}")
    worst = max(ratios, key=lambda name: ratios[name], default="")
    note = f"median {statistics.median(ratios.values()):.2f}, largest {ratios[worst]:.2f} ({worst})" if ratios else ""
    summary = dict(case="corpus_gradients", system="dsl", seconds=None, error=None, note=note)
    return [summary, *made], remarks


CASES = [Case("corpus_gradients", "Gradients of the routines of the corpus, and how many times the primal they cost.",
              rows=rows)]  # fmt: skip
