"""One system of one case in a process of its own, which measures when it is told to.

Reads a line ("run SECONDS") and answers with a line of JSON: the shortest time of one call in about that time.
"""

import json
import os
import sys
import time


def main(name: str, system: str, cores: str) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a kernel prints must not mix with the answers
    os.sched_setaffinity(0, [int(c) for c in cores.split(",")])
    try:
        call, result = prepare(name, system)
        answers.write(json.dumps({"result": result}) + "\n")
    except Exception as error:
        answers.write(json.dumps({"failed": f"{type(error).__name__}: {str(error)[:300]}"}) + "\n")
        return
    for line in sys.stdin:
        _, seconds = line.split()
        answers.write(json.dumps({"seconds": shortest(call, float(seconds))}) + "\n")


def prepare(name, system):
    from bench.case import cases

    call = cases()[name].systems[system]()
    return call, numbers(call())


def numbers(value) -> list[float]:
    """A result as a flat list of floats."""
    import numpy as np

    if isinstance(value, (tuple, list)):
        return [x for part in value for x in numbers(part)]
    return np.asarray(value, dtype=np.float64).ravel().tolist()


def shortest(call, seconds: float) -> float:
    """Time of one call, the shortest of batches long enough for the clock."""
    repeat, begun = 1, time.perf_counter()
    call()
    once = time.perf_counter() - begun
    repeat = max(1, int(0.005 / max(once, 1e-7)))
    best, end = float("inf"), time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        for _ in range(repeat):
            call()
        best = min(best, (time.perf_counter() - start) / repeat)
        if time.perf_counter() > end:
            return best


if __name__ == "__main__":
    main(*sys.argv[1:])
