"""A piece of work for one process: some seeds, generated, checked, and shrunk where they fail."""

from dataclasses import dataclass
from functools import cache

from tests.fuzz import Options, generate
from tests.fuzz.check import MODES, check
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
        kind, mode = report.findings[0].kind, report.findings[0].detail.split(":")[0]
        modes = (mode,) if mode in MODES else job.modes
        head = report.findings[0].detail[:60] if kind in ("refused", "crash") else ""

        def fails(candidate) -> bool:
            found = check(candidate, engine(job.engine), modes).findings
            return any(f.kind == kind and alike(f.detail, head) for f in found)

        shrunk = shrink(program, fails, job.shrink).standalone()
    return seed, [str(f) for f in report.findings], report.counts, shrunk


def alike(detail: str, head: str) -> bool:
    """Whether a message has the same words, places and names aside."""
    return words(detail[: len(head)]) == words(head)


def words(text: str) -> list[str]:
    return [w for w in text.replace(":", " ").split() if w.isalpha()][:6]
