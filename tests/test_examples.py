"""The examples run, check themselves and draw."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run(name: str, folder: Path) -> str:
    """What an example prints; its picture is `name`.png in the folder."""
    pytest.importorskip("matplotlib")
    picture = folder / f"{name}.png"
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), "--picture", str(picture)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert picture.stat().st_size > 10_000
    return done.stdout


def test_bonds(tmp_path):
    printed = run("bonds", tmp_path)
    rows = re.findall(r"^ +(\d+) +0\.\d+ +(\S+) +(\S+) +(\S+)$", printed, re.MULTILINE)
    assert [int(year) for year, *_ in rows] == list(range(1, 11))
    assert all(abs(float(slope) - float(bumped)) < 1e-6 for _, slope, bumped, _ in rows)
