"""Runs the systems of a case in turn and makes its rows."""

import json
import math
import os
import subprocess
import sys
from dataclasses import dataclass, field

from bench.case import Case, missing

ROUNDS = 5


@dataclass
class Process:
    """A system being measured."""

    system: str
    process: subprocess.Popen
    result: list[float] | None = None
    failed: str | None = None
    times: list[float] = field(default_factory=list)

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            return {"failed": f"died with exit code {self.process.wait()}"}
        return json.loads(line)

    def tell(self, text: str) -> dict:
        try:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        return self.answer()

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


def cores(count: int = 1) -> list[int]:
    """The last cores we may run on; the first ones serve interrupts."""
    return sorted(os.sched_getaffinity(0))[-count:]


def begin(case: Case, system: str, pinned: list[int]) -> Process:
    command = [sys.executable, "-m", "bench.worker", case.name, system, ",".join(map(str, pinned))]
    environment = {**os.environ, "OMP_NUM_THREADS": str(len(pinned)), "JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "1"}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    started = Process(system, process)
    first = started.answer()
    started.result, started.failed = first.get("result"), first.get("failed")
    return started


def measure(case: Case, seconds: float = 1.0, only: set[str] | None = None) -> tuple[list[dict], list[str]]:
    """(rows, remarks) of a case."""
    remarks, running = [], []
    for system in case.systems:
        if only and system.split()[0] not in only:
            continue
        if reason := missing(system):
            remarks.append(f"{case.name}: {system} left out: {reason}")
            continue
        running.append(begin(case, system, cores()))
    for _ in range(ROUNDS):
        for process in running:
            if process.failed is None:
                told = process.tell(f"run {seconds / ROUNDS}")
                process.failed = told.get("failed")
                process.times += [told["seconds"]] if "seconds" in told else []
    for process in running:
        process.stop()
    return [row(case, process, running) for process in running], remarks


def row(case: Case, process: Process, running: list[Process]) -> dict:
    made = {"case": case.name, "system": process.system, "seconds": None, "error": None}
    made["note"] = case.notes.get(process.system, "")
    if process.failed:
        return {**made, "note": f"failed: {process.failed}"}
    made["error"] = difference(process.result, reference(running))
    if not made["error"] <= case.tolerance:
        return {**made, "note": f"WRONG: differs by {made['error']:.3g}, time not reported"}
    return {**made, "seconds": min(process.times)}


def reference(running: list[Process]) -> list[float]:
    """The numbers of the first system that gave any, the plainest first: C, NumPy, then peers, then ours."""
    rank = {"C": 0, "numpy": 1, "numba": 2, "jax": 3, "torch": 4}
    good = [p for p in running if p.result is not None]
    return min(good, key=lambda p: rank.get(p.system.split()[0], 9)).result


def difference(a: list[float], b: list[float]) -> float:
    """Largest difference, relative to the largest magnitude."""
    if len(a) != len(b):
        return math.inf
    scale = max((abs(x) for x in b), default=0.0) or 1.0
    return max((abs(x - y) for x, y in zip(a, b)), default=0.0) / scale
