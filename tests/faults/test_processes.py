"""The faults of processes.py for some seconds each, and what the surroundings of a process may lack."""

import os
import subprocess
import sys
import textwrap

import pytest

from tests.faults import processes

PROGRAM = """
    import warnings
    import dsl

    @dsl.kernel
    def f(x):
        assert x > 0.0, "not above zero"
        return 2.0 * x

    try:
        print(f(VALUE))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
"""


def run(tmp_path, value: float, *options: str, **environment: str) -> subprocess.CompletedProcess:
    """The program for a value, in a process of its own."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(PROGRAM).replace("VALUE", repr(value)))
    command = [sys.executable, *options, str(path)]
    environment = {**os.environ, "DSL_CACHE": "off", **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_processes_that_are_killed_leave_a_sound_cache():
    assert processes.killed_processes(seconds=2.0, seed=1, count=2) >= 2


def test_compilers_that_are_killed():
    right, refused = processes.killed_compilers(seconds=2.0, seed=2)
    assert right + refused > 0


def test_threads_compile_and_call():
    assert processes.many_threads(seconds=1.0, count=4) > 0


def test_calls_leave_nothing():
    assert processes.growth_by_calls(50_000) < 1 << 20


def test_a_directory_for_temporary_files_that_is_missing(tmp_path):
    done = run(tmp_path, 1.0, TMPDIR=str(tmp_path / "missing"))
    assert "dsl" not in done.stderr and done.stdout.startswith("Error: ") and "TMPDIR" in done.stdout


def test_a_directory_for_temporary_files_that_is_full(tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", full], check=False, capture_output=True)
    if not os.path.ismount(full):
        pytest.skip("cannot mount")
    try:
        (full / "file").write_bytes(bytes(8192))
        done = run(tmp_path, 1.0, TMPDIR=str(full))
    finally:
        subprocess.run(["umount", full], check=True)
    assert done.stdout.startswith("Error: ") and "TMPDIR" in done.stdout


def test_no_warning_of_resources(tmp_path):
    done = run(tmp_path, 1.0, "-X", "dev", "-W", "error")
    assert (done.returncode, done.stdout) == (0, "2.0\n") and "ResourceWarning" not in done.stderr


def test_assertions_are_off_where_cpython_has_them_off(tmp_path):
    assert run(tmp_path, -1.0).stdout == "AssertionError: not above zero\n"
    assert run(tmp_path, -1.0, "-O").stdout == "-2.0\n"
