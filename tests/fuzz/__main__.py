"""`python -m tests.fuzz`: runs a range of seeds, reports and shrinks what fails. Exit status 1 when anything did."""

import argparse
import sys
import time
from collections import Counter

from tests.fuzz import FEATURES, generate
from tests.fuzz.check import MODES
from tests.fuzz.jobs import Job, work
from tests.fuzz.pool import run


def arguments(argv):
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seeds", default="0:100", help="FIRST:END, or one seed")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--mode", default="primal,grad,jvp", help=f"of {', '.join(MODES)}")
    parser.add_argument("--engine", default="cpu", help="interpret, cpu, vulkan or cuda")
    parser.add_argument("--features", default="scalar", help=f"of {', '.join(FEATURES)}, or all")
    parser.add_argument("--statements", type=int, default=7, help="of the entry's outermost block")
    parser.add_argument("--shrink", type=float, default=60, help="seconds for each failing program; 0: leave it")
    parser.add_argument("--deadline", type=float, default=120, help="seconds for a program before it counts as hung")
    parser.add_argument("--stop-after", type=int, default=20, help="failing programs")
    parser.add_argument("--show", action="store_true", help="print the program of a single seed and stop")
    return parser.parse_args(argv)


def main(argv=None) -> int:
    options = arguments(argv)
    first, _, end = options.seeds.partition(":")
    seeds = range(int(first), int(end) if end else int(first) + 1)
    features = FEATURES if options.features == "all" else tuple(options.features.split(","))
    job = Job(seeds, options.engine, tuple(options.mode.split(",")), features, options.statements, options.shrink)
    if options.show:
        print(generate(seeds[0], job.options()).standalone())
        return 0
    failures, counts, begun = 0, Counter(), time.monotonic()
    jobs = (job.single(seed) for seed in seeds)
    for done, (ran, results, reason) in enumerate(run(work, jobs, options.jobs, options.deadline + options.shrink), 1):
        lost = [(ran.seeds[0], [f"crash or hang: {reason}"], Counter(), None)]
        for seed, findings, found, shrunk in results or lost:
            counts += found
            if findings:
                failures += 1
                report(seed, findings, shrunk)
        progress(done, len(seeds), failures, begun)
        if failures >= options.stop_after:
            break
    summary(counts, failures, begun)
    return 1 if failures else 0


def report(seed, findings, shrunk) -> None:
    print(f"\n--- seed {seed}", *findings, sep="\n", flush=True)
    if shrunk:
        print(shrunk, flush=True)


def progress(done, total, failures, begun) -> None:
    if sys.stderr.isatty() or done % 50 == 0 or done == total:
        rate = done / (time.monotonic() - begun)
        end = "\r" if sys.stderr.isatty() else "\n"
        print(f"{done}/{total} programs, {failures} failing, {rate:.1f}/s", end=end, file=sys.stderr, flush=True)


def summary(counts, failures, begun) -> None:
    print(f"\n{failures} failing programs in {time.monotonic() - begun:.0f} s")
    for name, count in sorted(counts.items()):
        print(f"  {count:8d}  {name}")


if __name__ == "__main__":
    sys.exit(main())
