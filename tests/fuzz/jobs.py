"""A piece of work for one process: some seeds, generated, checked, and shrunk where they fail."""

import re
from dataclasses import dataclass
from functools import cache

from tests.fuzz import Options, generate
from tests.fuzz.check import Finding, check
from tests.fuzz.engines import engine
from tests.fuzz.shrink import shrink


@dataclass(frozen=True)
class Job:
    seeds: range
    engine: str
    modes: tuple[str, ...]
    features: tuple[str, ...]
    statements: int
    shrink: float  # seconds

    def options(self) -> Options:
        pure = self.engine in ("vulkan", "cuda")  # these run in f32
        return Options(features=frozenset(self.features) | {"scalar"}, statements=self.statements, pure=pure)

    def single(self, seed: int) -> "Job":
        return Job(**{**self.__dict__, "seeds": range(seed, seed + 1)})


engine = cache(engine)


def work(job: Job) -> list[tuple]:
    """(seed, findings as text, counts, shrunk source or None) of each seed."""
    return [examine(job, seed) for seed in job.seeds]


def examine(job: Job, seed: int) -> tuple:
    program = generate(seed, job.options())
    report = check(program, engine(job.engine), job.modes)
    shrunk = None
    if report.findings and job.shrink:
        first = report.findings[0]
        modes = tuple(m for m in job.modes if first.detail.startswith(f"{m}:")) or job.modes

        def fails(candidate) -> bool:
            return any(alike(f, first) for f in check(candidate, engine(job.engine), modes).findings)

        shrunk = shrink(program, fails, job.shrink).standalone()
    return seed, [str(f) for f in report.findings], report.counts, shrunk


def alike(a: Finding, b: Finding) -> bool:
    """Whether two findings are one error: the same kind and, where there is a message, the same words."""
    return a.kind == b.kind and trait(a) == trait(b)


def trait(finding: Finding) -> list[str]:
    if finding.kind in ("refused", "crash"):
        # The last words before the first excerpt of source: places and names differ from program to program.
        return [w for w in finding.detail.split("\n")[0].replace(":", " ").split() if w.isalpha()][-6:]
    return re.findall(r"got (\w+): ", finding.detail)
