"""`python -m tests.fuzz.holding`: runs a range of seeds and reports what differs. Exit status 1 when anything did."""

import sys

from tests.fuzz.holding.oracle import Case, work
from tests.fuzz.ranges import main


def label(outcome: str, why: str) -> str:
    return outcome if outcome != "refused" else f"refused: {why}"


if __name__ == "__main__":
    sys.exit(main("python -m tests.fuzz.holding", __doc__, lambda seed: Case(seed).source, work, label))
