"""Some hundred of the ten thousand (`python -m tests.faults.artifacts`)."""

from tests.faults.artifacts import damaged_artifacts, damaged_entries


def test_damaged_and_forged_artifacts_are_refused_or_right():
    counts, wrong = damaged_artifacts(range(400))
    assert not wrong, "\n".join(wrong)
    assert len({kind for kind, _ in counts}) == 7


def test_damaged_entries_of_the_cache_are_compiled_again(monkeypatch, tmp_path):
    monkeypatch.setenv("DSL_CACHE_DIR", str(tmp_path / "cache"))
    wrong = damaged_entries(range(40))
    assert not wrong, "\n".join(wrong)
