"""Random programs of ints near 64 bits. A failing seed prints its program; run it alone with

    python -m tests.fuzz.whole --seeds SEED
"""

import pytest

from tests.fuzz.whole.oracle import work


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_interpreted(first):
    examine(range(first, first + 30), "interpret")


def test_native():
    examine(range(1000, 1006), "cpu")


def examine(seeds, engine):
    """Asserts that nothing differs, and that some programs overflow. Those with a constant that is too large are
    refused."""
    found = {seed: work((seed, engine)) for seed in seeds}
    wrong = [f"seed {seed}:\n{why}" for seed, (outcome, why) in found.items() if outcome == "differs"]
    assert not wrong, "\n".join(wrong)
    assert {"fits", "overflows"} <= {why for _, why in found.values()}
