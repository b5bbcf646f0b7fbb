"""What a terminal shows of a long compilation: a line that is written over and goes, and nothing elsewhere."""

import contextlib
import os
import pty
import re
import select
import sys
import time

import pytest

from dsl.runtime import progress


@contextlib.contextmanager
def terminal():
    """A pseudo-terminal in the place of standard error; gives a function that reads what was written to it."""
    ours, theirs = pty.openpty()
    before = sys.stderr

    def read():
        seen = b""
        while len(seen) < 1 << 12 and select.select([ours], [], [], 0.05)[0]:  # what was written arrives a little later
            seen += os.read(ours, 1 << 16)
        return seen.decode()

    with open(theirs, "w") as sys.stderr:
        try:
            yield read
        finally:
            sys.stderr = before
            os.close(ours)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.02)
    monkeypatch.setattr(progress, "LOOK_SECONDS", 0.02)


def screen(written: str) -> str:
    """The line that stands there in the end."""
    line: list[str] = []
    at = 0
    for character in written:
        if character == "\r":
            at = 0
        else:
            line[at : at + 1] = [character]
            at += 1
    return "".join(line).rstrip()


def test_a_long_task_is_shown_with_its_stage_and_its_line_goes():
    stages = ["front end"]
    with terminal() as read:
        with progress.shown("compiling f", lambda: stages[-1]):
            time.sleep(0.1)
            seen = read()
            assert re.fullmatch(r"dsl: compiling f: front end, \d+ s so far", screen(seen))
            stages.append("iree")
            time.sleep(0.1)
            seen += read()
            assert screen(seen).startswith("dsl: compiling f: iree, ")
        time.sleep(0.05)
        assert screen(seen + read()) == "" and "\n" not in seen


def test_it_goes_also_when_the_task_fails():
    with terminal() as read:
        with pytest.raises(ZeroDivisionError), progress.shown("compiling f", lambda: "iree"):
            time.sleep(0.1)
            1 / 0  # noqa: B018
        assert "compiling f" in (seen := read()) and screen(seen) == ""


def test_a_short_task_shows_nothing(monkeypatch):
    monkeypatch.setattr(progress, "QUIET_SECONDS", 1.0)
    with terminal() as read:
        with progress.shown("compiling f", lambda: "iree"):
            time.sleep(0.05)
        assert read() == ""


def test_nothing_is_shown_where_there_is_no_terminal(monkeypatch, capfd):
    for stream in (sys.stderr, None):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress.shown("compiling f", lambda: "iree"):
            time.sleep(0.05)
    assert capfd.readouterr().err == ""


def test_a_forked_process_shows_a_line_of_its_own():
    with terminal() as read:
        with progress.shown("compiling f", lambda: "iree"):
            time.sleep(0.1)
            child = os.fork()
            if not child:
                with progress.shown("compiling g", lambda: "iree"):
                    time.sleep(0.1)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        seen = read()
        assert "compiling f" in seen and "compiling g" in seen and screen(seen) == ""
