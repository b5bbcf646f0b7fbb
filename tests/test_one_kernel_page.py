"""docs/one-kernel.md: the functions it names are entered in its order, the stages print what it shows."""

import ast
import importlib
import linecache
import re
import sys
from pathlib import Path

import pytest

import dsl

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "one-kernel.md").read_text()
SOURCE = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
SHOWN = re.findall(r"```mlir (\w+)\n(.*?)```", PAGE, re.DOTALL)
STEPS = re.findall(r"^- `([\w/]+\.py)` `([\w.]+)`", PAGE, re.MULTILINE)
FILES = re.findall(r"`((?:dsl|passes|runtime)/[\w/]+\.py)`", PAGE)


@pytest.fixture
def gradient(tmp_path, monkeypatch):
    """The page's derivative, of a kernel that is made anew and that no process has compiled before."""
    monkeypatch.setenv("DSL_CACHE_DIR", str(tmp_path / "cache"))
    filename = "<one kernel>"
    linecache.cache[filename] = (len(SOURCE), None, SOURCE.splitlines(True), filename)
    namespace = {"dsl": dsl}
    exec(compile(SOURCE, filename, "exec"), namespace)
    return dsl.grad(namespace["cool"])


def code_of(file: str, name: str):
    """The code object of a function."""
    path = file.removesuffix(".py").replace("/", ".")
    found = importlib.import_module(path if path.startswith("dsl.") else f"dsl.{path}")
    for part in name.split("."):
        found = getattr(found, part)
    return getattr(found, "__wrapped__", found).__code__


def test_the_functions_are_entered_in_this_order(gradient):
    assert len(STEPS) > 30
    codes = [code_of(file, name) for file, name in STEPS]
    entered = {}

    def look(frame, event, _):
        if event == "call":
            entered.setdefault(frame.f_code, len(entered))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        value = gradient(90.0, 0.001, 3)
    finally:
        sys.setprofile(before)
    assert value == pytest.approx(slope(90.0, 0.001, 3), rel=1e-14)
    assert [step for step, code in zip(STEPS, codes) if code not in entered] == []
    assert sorted(STEPS, key=lambda step: entered[codes[STEPS.index(step)]]) == STEPS


def slope(t, k, n):
    product = 1.0
    for _ in range(n):
        product *= 1.0 - 2.0 * k * t
        t = t - k * t * t
    return product


def test_every_file_it_names_is_there():
    assert [file for file in FILES if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("stage, shown", SHOWN, ids=[stage for stage, _ in SHOWN])
def test_stages_print_what_is_shown(gradient, stage, shown):
    lines = [line.strip() for line in gradient.ir(90.0, 0.001, 3, stage=stage).splitlines()]
    start = 0
    for piece in shown.split("…\n"):
        wanted = [line.strip() for line in piece.splitlines()]
        at = [k for k in range(start, len(lines)) if lines[k : k + len(wanted)] == wanted]
        assert at, f"{stage} does not print, in this order:\n{piece}"
        start = at[0] + len(wanted)


def test_a_second_call_does_only_the_last_part(gradient, monkeypatch):
    gradient(1.0, 0.5, 2)
    monkeypatch.setattr("dsl.program.program.toolchain", lambda: pytest.fail("it compiles again"))
    assert gradient(1.0, 0.5, 2) == slope(1.0, 0.5, 2)


def test_the_source_is_a_function():
    assert isinstance(ast.parse(SOURCE).body[0], ast.FunctionDef)
