"""Processes and threads that compile and share a cache, some of them killed at random moments; and leaks.

    python -m tests.faults.processes kill --seconds 60      compilers and processes that write the cache, kill -9
    python -m tests.faults.processes threads --seconds 60   8 threads that compile and call
    python -m tests.faults.processes leak                   a million calls and a thousand compilations

No process hangs, no value is wrong, and memory does not grow.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import dsl
from dsl.runtime.compiler import WORKERS
from dsl.runtime.disk_cache import DiskCache

FACTORS = 6
CHILD = """
import sys
from tests.faults.processes import compile_some
compile_some(int(sys.argv[1]))
"""


def kernel_of(factor: float):
    """A kernel for each factor."""

    def f(x):
        y = x
        while y > 1.0:
            y = y * 0.5
        return y * factor

    return dsl.kernel(f)


def halved(x: float) -> float:
    while x > 1.0:
        x = x * 0.5
    return x


def compile_some(seed: int) -> None:
    """Compile and call kernels of few kinds, in an order of its own; ends when all have been right once."""
    draw = random.Random(seed)
    for k in draw.sample(range(FACTORS), FACTORS):
        x = draw.uniform(0.0, 100.0)
        assert kernel_of(float(k))(x) == halved(x) * k, (k, x)


def killed_processes(seconds: float, seed: int, count: int = 8) -> int:
    """Let so many processes share a cache, and kill them, or their compilers, at random moments; those that are left
    alone end well, and what is in the cache is whole. How many were started."""
    draw, started = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DSL_CACHE": "on", "DSL_CACHE_DIR": f"{folder}/cache", "DSL_VERIFY": "0"}
        end = time.monotonic() + seconds
        running: list[subprocess.Popen] = []
        while time.monotonic() < end:
            while len(running) < count:
                started += 1
                command = [sys.executable, "-c", CHILD, str(draw.randrange(10**6))]
                running.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
            time.sleep(draw.uniform(0.0, 1.0))
            victim = running.pop(draw.randrange(len(running)))
            if victim.poll() is None:
                victim.kill()
                victim.communicate()
            else:
                _ended_well(victim)
        for process in running:
            _ended_well(process)
        cache = DiskCache(Path(folder) / "cache")
        assert all(cache.get(entry.name) is not None for entry in cache.entries()) and not cache.damaged
    return started


def _ended_well(process: subprocess.Popen) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


def killed_compilers(seconds: float, seed: int) -> tuple[int, int]:
    """Kill this process's compilers at random moments while it compiles: each compilation gives a right kernel or
    dsl.Error, and the next one works. How many there were of each."""
    draw, right, refused = random.Random(seed), 0, 0
    over = threading.Event()
    killer = threading.Thread(target=_kill_compilers, args=(over, random.Random(seed + 1)))
    killer.start()
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            factor = draw.random()
            try:
                assert kernel_of(factor)(3.0) == halved(3.0) * factor
                right += 1
            except dsl.Error as error:
                assert "the compiler crashed" in str(error), error
                refused += 1
    finally:
        over.set()
        killer.join()
    assert kernel_of(0.25)(3.0) == halved(3.0) * 0.25
    return right, refused


def _kill_compilers(over: threading.Event, draw: random.Random) -> None:
    while not over.wait(draw.uniform(0.05, 1.0)):
        for worker in WORKERS.all:
            process = worker._process
            if process is not None and process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)


def many_threads(seconds: float, count: int = 8) -> int:
    """Threads that compile kernels and call those of others; how many calls were made."""
    end, failures = time.monotonic() + seconds, []
    shared = [kernel_of(float(k)) for k in range(FACTORS)]
    calls = [0] * count

    def work(number: int) -> None:
        draw = random.Random(number)
        try:
            while time.monotonic() < end:
                factor = draw.random()
                kernels = [(kernel_of(factor), factor), *zip(shared, range(FACTORS))]
                for kernel, expected in draw.choices(kernels, k=50):
                    x = draw.uniform(0.0, 50.0)
                    assert kernel(x) == halved(x) * expected
                    calls[number] += 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 300)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if failures:
        raise failures[0]
    return sum(calls)


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth_by_calls(count: int) -> int:
    """How many bytes so many calls leave, after as many again that fill what is bounded."""
    kernel = kernel_of(0.5)
    for number in (count // 10, count):
        before = resident()
        for _ in range(number):
            kernel(3.0)
    return resident() - before


def growth_by_compilations(count: int) -> int:
    """How many bytes each of so many compilations of kernels that are dropped leaves."""
    for number in (max(20, count // 5), count):
        before = resident()
        for _ in range(number):
            kernel_of(random.random())(3.0)
    return (resident() - before) // count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("kill", "threads", "leak"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.what == "kill":
        print(f"{killed_processes(options.seconds, options.seed)} processes, and kernels that were right and refused:",
              *killed_compilers(options.seconds, options.seed))  # fmt: skip
    elif options.what == "threads":
        print(f"{many_threads(options.seconds)} calls")
    else:
        print(f"a million calls: {growth_by_calls(10**6):,} bytes more")
        print(f"a thousand compilations: {growth_by_compilations(1000):,} bytes each")


if __name__ == "__main__":
    main()
