"""The environment variables: one place reads them, one page describes them."""

import re
from pathlib import Path

import pytest

import dsl
from dsl.runtime import environment

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "environment.md").read_text()
SOURCES = [path for folder in ("dsl", "passes", "runtime") for path in sorted((ROOT / folder).rglob("*.py"))]
READER = ROOT / "runtime" / "environment.py"


def test_one_file_reads_the_environment():
    assert [path for path in SOURCES if re.search(r"\bos\.environ|getenv", path.read_text())] == [READER]


def test_the_page_lists_exactly_the_variables_there_are():
    assert sorted(re.findall(r"^\| `(DSL_\w+)`", PAGE, re.MULTILINE)) == sorted(environment.NAMES)
    assert set(re.findall(r"DSL_[A-Z_]+", PAGE)) <= environment.NAMES | {"DSL_"}


def test_every_variable_is_read_somewhere():
    code = "\n".join(path.read_text() for path in SOURCES if path != READER)
    assert {name for name in environment.NAMES if f'("{name}"' in code} == environment.NAMES


@pytest.mark.parametrize("name, make", [
    ("DSL_DISABLE_JIT", lambda: dsl.kernel(lambda x: x)),
    ("DSL_DEBUG_NANS", lambda: dsl.kernel(lambda x: x)),
    ("DSL_LOG_COMPILES", lambda: dsl.kernel(lambda x: x)(1.0)),
])  # fmt: skip
def test_wrong_values_are_errors_that_name_the_variable(monkeypatch, name, make):
    monkeypatch.setenv(name, "perhaps")
    with pytest.raises(dsl.Error, match=f"^{name} is 'perhaps'; it is one of 1, yes, true, on or of 0, no"):
        make()
