"""docs/contributing.md names only what there is: every path of the tree in it exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "contributing.md").read_text()
TREES = ("dsl", "passes", "runtime", "tests", "docs")


def paths() -> list[str]:
    """The paths named in it, with or without backticks; links are relative to docs/."""
    named = re.findall(rf"(?<![\w./])((?:{'|'.join(TREES)})/[\w./]*\w)", TEXT)
    linked = [f"docs/{name}" for name in re.findall(r"\]\(([\w.-]+)\)", TEXT)]
    return sorted({*named, *linked})


@pytest.mark.parametrize("path", paths())
def test_path_exists(path):
    assert (ROOT / path).exists()


def test_the_usual_questions_are_answered():
    rows = [line.split("|")[1].strip() for line in TEXT.splitlines() if line.startswith("| ")]
    asked = "NumPy function, derivative rule, target, statement, element type, cache, batching, lanes, export"
    for thing in asked.split(", "):
        assert any(thing in row for row in rows), thing
