"""The command of a family of random programs that has an oracle of its own: runs a range of seeds."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable

from tests.fuzz.pool import run

DEADLINE = 120.0  # seconds for a program


def main(prog: str, description: str | None, source: Callable, work: Callable, label: Callable, argv=None) -> int:
    """Reports what differs; 1 when anything did. `source(seed)` is a program's text, `label(outcome, why)` what it is
    counted as."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--seeds", default="0:100", help="FIRST:END, or one seed")
    parser.add_argument("--engine", default="interpret", choices=("interpret", "cpu"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print the program of a single seed and stop")
    options = parser.parse_args(argv)
    first, _, end = options.seeds.partition(":")
    seeds = range(int(first), int(end or int(first) + 1))
    if options.show:
        print(source(seeds[0]))
        return 0
    counts: Counter = Counter()
    tasks = ((seed, options.engine) for seed in seeds)
    for done, ((seed, _), found, reason) in enumerate(run(work, tasks, options.jobs, DEADLINE), 1):
        outcome, why = found or ("differs", f"crash or hang: {reason}")
        counts[label(outcome, why)] += 1
        if outcome == "differs":
            print(f"--- seed {seed}\n{why}", flush=True)
        if done % 200 == 0:
            print(f"{done}/{len(seeds)}, {counts['differs']} differ", file=sys.stderr, flush=True)
    for outcome, count in counts.most_common():
        print(f"{count:8d}  {outcome}")
    return int(counts["differs"] > 0)
