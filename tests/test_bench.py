"""The measuring command itself: rows by contract, wrong numbers not timed, absent peers named."""

import json
import subprocess
import sys

from bench.case import Case
from bench.measure import difference, measure, row
from bench.table import duration, markdown


def test_command_writes_rows(tmp_path):
    path = tmp_path / "rows.json"
    options = ["--systems", "dsl", "--seconds", "0.2", "--json", str(path)]
    command = [sys.executable, "-m", "bench", "sine_latency", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = json.loads(path.read_text())
    assert set(made) == {"case", "system", "seconds", "error", "note"}
    assert (made["case"], made["system"], made["note"]) == ("sine_latency", "dsl", "")
    assert 0 < made["seconds"] < 1e-3


def test_unknown_case_is_named():
    done = subprocess.run([sys.executable, "-m", "bench", "nonsense"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "nonsense" in done.stderr


def test_absent_peer_is_left_out_by_name(monkeypatch):
    monkeypatch.setitem(__import__("bench.case").case.NEEDS, "absent", "no_such_module")
    rows, remarks = measure(Case("none", "", {"absent peer": lambda: None}))
    assert rows == [] and remarks == ["none: absent peer left out: no_such_module is not installed"]


class Ran:
    """A process that has been measured."""

    def __init__(self, system, result):
        self.system, self.result, self.failed, self.times = system, result, None, [2.0, 1.0]


def test_wrong_numbers_are_not_timed():
    ran = [Ran("C", [1.0, 2.0]), Ran("dsl", [1.0, 2.1])]
    right, wrong = (row(Case("c", "", tolerance=1e-9), process, ran) for process in ran)
    assert right["seconds"] == 1.0 and right["error"] == 0.0
    assert wrong["seconds"] is None and wrong["note"].startswith("WRONG")


def test_difference_counts_lengths():
    assert difference([1.0], [1.0, 2.0]) == float("inf")
    assert difference([], []) == 0.0


def test_table():
    rows = [dict(case="a", system=s, seconds=t, error=0.0, note="") for s, t in (("dsl", 1e-6), ("C", 5e-7))]
    assert "| a | C | 500 ns | 0.50 | 0 |  |" in markdown(rows)
    assert [duration(t) for t in (2.0, 3e-3, 4e-6, 5e-9)] == ["2 s", "3 ms", "4 µs", "5 ns"]
