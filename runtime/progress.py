"""What the compiler says on standard error: the lines that DSL_LOG_COMPILES asks for, and on a terminal, when a
compilation takes long, one line with what it is at, which goes when it ends.

A thread writes that line while the compilation goes on in its own. It looks at a plain attribute now and then, so there
is nothing that a signal's handler or a fork could leave locked, and writes to the terminal itself, past the buffers of
Python, which may be gone at the end of the process.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator

from dsl.passes.ir.limits import LOOK_SECONDS, QUIET_SECONDS

from . import environment
from .locks import lock_of

_NARROW = 80  # columns, where a terminal does not tell


def log(text: str) -> None:
    """A line for whoever set DSL_LOG_COMPILES."""
    if environment.flag("DSL_LOG_COMPILES") and sys.stderr is not None:
        print(f"dsl: {text}", file=sys.stderr)


@contextlib.contextmanager
def shown(task: str, stage: Callable[[], str]) -> Iterator[None]:
    """Show on a terminal that a task goes on, if it does so for some seconds, and at which stage it is."""
    terminal = _terminal()
    if terminal is None:
        yield
        return
    line = _Line(terminal, task, stage)
    threading.Thread(target=line.keep, name="dsl progress", daemon=True).start()
    try:
        yield
    finally:
        line.end()


class _Line:
    def __init__(self, terminal: int, task: str, stage: Callable[[], str]):
        self._terminal, self._task, self._stage = terminal, task, stage
        self._start, self._width, self._over = time.monotonic(), 0, False
        self._lock = lock_of(self)

    def keep(self) -> None:
        """Write the line until the task is over."""
        while not self._over:
            time.sleep(LOOK_SECONDS)
            seconds = time.monotonic() - self._start
            if seconds >= QUIET_SECONDS:
                self._write(f"dsl: {self._task}: {self._stage()}, {seconds:.0f} s so far")

    def end(self) -> None:
        """The task is over: the line goes."""
        with self._lock:
            self._over = True
            if self._width:
                self._put("")

    def _write(self, text: str) -> None:
        with self._lock:
            if not self._over:
                self._put(text)

    def _put(self, text: str) -> None:
        """Write over what stands there: blanks, as not every terminal knows how to erase."""
        text = text[: _columns(self._terminal) - 1]
        with contextlib.suppress(OSError):
            os.write(self._terminal, f"\r{text.ljust(self._width)}{'' if text else chr(13)}".encode(errors="replace"))
        self._width = len(text)


def _terminal() -> int | None:
    """The terminal that standard error is; None where it is none."""
    try:
        return sys.stderr.fileno() if sys.stderr is not None and sys.stderr.isatty() else None
    except (AttributeError, ValueError, OSError):  # something else stands for it, or it is closed
        return None


def _columns(terminal: int) -> int:
    try:
        return os.get_terminal_size(terminal).columns or _NARROW
    except OSError:
        return _NARROW
