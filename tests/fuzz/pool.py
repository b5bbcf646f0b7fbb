"""Worker processes that may die or hang: each job has a deadline, and its worker is replaced when it is missed.

The standard pools lose the job's identity when a worker is killed by a signal, which is what must be reported here.
"""

import multiprocessing as mp
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait

SPAWN = mp.get_context("spawn")


class Worker:
    def __init__(self, work: Callable):
        self.pipe, other = SPAWN.Pipe()
        self.process = SPAWN.Process(target=serve, args=(other, work), daemon=True)
        self.process.start()
        other.close()
        self.job, self.deadline = None, None

    def begin(self, job, seconds: float) -> None:
        self.job, self.deadline = job, time.monotonic() + seconds
        self.pipe.send(job)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def serve(pipe, work) -> None:
    while True:
        try:
            job = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(work(job))


def run(work: Callable, jobs: Iterable, workers: int, seconds: float) -> Iterator[tuple]:
    """(job, result, None) as each ends, or (job, None, "died with …" | "took longer than …")."""
    todo, crew = iter(jobs), [Worker(work) for _ in range(workers)]
    idle = list(crew)
    try:
        while True:
            while idle and (job := next(todo, None)) is not None:
                idle.pop().begin(job, seconds)
            busy = [w for w in crew if w.job is not None]
            if not busy:
                return
            ready = wait([w.pipe for w in busy], timeout=1.0)
            for worker in busy:
                outcome = finished(worker, ready, seconds)
                if outcome is None:
                    continue
                yield (worker.job, *outcome)
                worker.job = None
                if outcome[1]:
                    worker.stop()
                    crew[crew.index(worker)] = worker = Worker(work)
                idle.append(worker)
    finally:
        for worker in crew:
            worker.stop()


def finished(worker: Worker, ready, seconds):
    """(result, None) or (None, reason), or None while the job runs."""
    if worker.pipe in ready:
        try:
            return worker.pipe.recv(), None
        except (EOFError, OSError):
            worker.process.join()
            return None, f"died with exit code {worker.process.exitcode}"
    if time.monotonic() > worker.deadline:
        return None, f"took longer than {seconds:.0f} s"
    return None
