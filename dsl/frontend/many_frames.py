"""Python frames enough for the front end, which visits a program recursively.

CPython's limit is one for all threads. So it is raised by the first that lowers and put back by the last: one that
finished while others are deep would take it from under them, and one that began would take the raised one for usual.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dsl.passes.ir.limits import PYTHON_FRAMES
from dsl.runtime.locks import lock_of

_lock = lock_of(sys.modules[__name__])
_inside = 0  # how often it is entered, by all threads
_usual = 0
_own = threading.local()  # `depth`: how often by this thread


def _forget_threads() -> None:
    """After a fork: of those that were lowering only the one that forked is in the new process."""
    global _inside
    if _inside and _depth() == 0:
        sys.setrecursionlimit(_usual)
    _inside = _depth()


def _depth() -> int:
    return getattr(_own, "depth", 0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)


@contextmanager
def many_frames() -> Iterator[int]:
    """Room for PYTHON_FRAMES; gives the limit that the program runs under otherwise."""
    global _inside, _usual
    with _lock:
        if _inside == 0:
            _usual = sys.getrecursionlimit()
            sys.setrecursionlimit(max(_usual, PYTHON_FRAMES))
        _inside += 1
        _own.depth = _depth() + 1
        usual = _usual
    try:
        yield usual
    finally:
        with _lock:
            _inside -= 1
            _own.depth = _depth() - 1
            if _inside == 0:
                sys.setrecursionlimit(_usual)


def usual_limit() -> int:
    """The limit that the program runs under when nothing is being lowered."""
    with _lock:
        return _usual if _inside else sys.getrecursionlimit()
