"""Random programs about who holds what. A failing seed prints its program, made short; run it alone with

    python -m tests.fuzz.holding --seeds SEED
"""

import pytest

from tests.fuzz.holding.oracle import work


@pytest.mark.parametrize("first", range(0, 300, 30))
def test_interpreted(first):
    examine(range(first, first + 30), "interpret")


@pytest.mark.parametrize("seed", range(1000, 1006))
def test_native(seed):
    examine([seed], "cpu", least=0)


def examine(seeds, engine, least=0.6):
    """Asserts that nothing differs, and that most programs are in the language."""
    found = {seed: work((seed, engine)) for seed in seeds}
    differs = [f"seed {seed}:\n{why}" for seed, (outcome, why) in found.items() if outcome not in ("equal", "refused")]
    assert not differs, "\n".join(differs)
    assert sum(outcome == "equal" for outcome, _ in found.values()) >= least * len(found)
