"""Thresholds stand in one place."""

import ast
from pathlib import Path

from dsl.passes.ir import limits

ROOT = Path(__file__).resolve().parents[2]
# Numbers that count nothing: formats, codes, bits, and what the mathematics of a file says.
ELSEWHERE = {"artifact.py", "fmuladd_sums.py", "intervals.py", "strict_fp.py", "ranges.py", "mincut.py"}


def sources():
    for folder in ("dsl", "passes", "runtime"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name not in ELSEWHERE and not {"math", "library"} & {*path.parts} and path.name != "limits.py":
                yield path


def test_every_threshold_is_used():
    names = {name for name in vars(limits) if name.isupper()}
    trees = [ast.parse(path.read_text()) for path in sources()]
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names and names <= used, names - used


def test_comparisons_name_their_threshold():
    """No number above ten is compared with."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Constant) and isinstance(side.value, int) and side.value > 10
    ]
    assert not found


def test_every_threshold_says_why():
    lines = Path(limits.__file__).read_text().splitlines()
    for number, line in enumerate(lines):
        if " = " in line:
            assert lines[number - 1].startswith("# "), line
