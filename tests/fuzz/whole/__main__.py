"""`python -m tests.fuzz.whole`: runs a range of seeds and reports what differs. Exit status 1 when anything did."""

import sys

from tests.fuzz.ranges import main
from tests.fuzz.whole.oracle import Case, work


def label(outcome: str, why: str) -> str:
    return f"{outcome}: {why}" if outcome == "equal" else outcome


if __name__ == "__main__":
    sys.exit(main("python -m tests.fuzz.whole", __doc__, lambda seed: Case(seed).source, work, label))
