"""Random programs as kernels. A failing group prints the smallest failing program; run its seed alone with

    python -m tests.fuzz --seeds SEED --engine cpu --mode primal,grad,jvp
"""

import pytest

from tests.fuzz import FEATURES, Options, generate
from tests.fuzz.batch import batch
from tests.fuzz.check import check
from tests.fuzz.engines import engine
from tests.fuzz.jobs import Job, work
from tests.fuzz.shrink import shrink

GROUP = 10
BATCH = 8
PER_GROUP = {"shrink": 40.0, "statements": 6}


def examine(first: int, target: str, modes: tuple[str, ...], features: tuple[str, ...] = ("scalar",), count=GROUP):
    job = Job(range(first, first + count), target, modes, features, PER_GROUP["statements"], 0.0)
    results = work(job)
    failing = [(seed, findings) for seed, findings, _, _ in results if findings]
    if failing:
        shrunk = work(Job(range(failing[0][0], failing[0][0] + 1), *list(job.__dict__.values())[1:5], 40.0))[0][3]
        pytest.fail("\n".join(f"seed {s}: {f[0]}" for s, f in failing) + f"\n\n{shrunk}", pytrace=False)
    compared = sum(sum(counts.values()) for _, _, counts, _ in results)
    assert compared, "nothing was compared"


@pytest.mark.parametrize("first", range(0, 200, GROUP))
def test_interpreted(first):
    """Front end and differentiation, second order included, without a compiler."""
    examine(first, "interpret", ("primal", "grad", "jvp", "hvp"))


@pytest.mark.parametrize("feature", [f for f in FEATURES if f != "scalar"])
@pytest.mark.parametrize("first", (0, GROUP, 2 * GROUP))
def test_interpreted_feature(first, feature):
    examine(first, "interpret", ("primal", "grad", "jvp"), ("scalar", feature))


@pytest.mark.parametrize("first", range(1000, 1200, BATCH))
def test_native(first):
    """Many programs in one kernel; when it fails, one by one, to name and shrink the program at fault."""
    programs = [generate(seed, Options(statements=4, scalar=True)) for seed in range(first, first + BATCH)]
    if check(batch(programs), engine("cpu"), ("grad", "jvp")).findings:
        failing = [p for p in programs if check(p, engine("cpu"), ("primal", "grad", "jvp")).findings]
        pytest.fail("\n\n".join(smallest(p) for p in failing) or "fails only as a batch", pytrace=False)


def smallest(program) -> str:
    findings = check(program, engine("cpu"), ("primal", "grad", "jvp")).findings
    small = shrink(program, lambda p: bool(check(p, engine("cpu"), ("primal", "grad", "jvp")).findings), 30.0)
    return f"{findings[0]}\n{small.standalone()}"


@pytest.mark.vulkan
def test_vulkan(vulkan):
    examine(2000, vulkan, ("primal", "grad"))
