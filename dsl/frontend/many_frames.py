"""Python frames enough for the front end, which visits a program recursively.

CPython's limit is one for all threads. So it is raised by the first that lowers and put back by the last: one that
finished while others are deep would take it from under them, and one that began would take the raised one for usual.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dsl.passes.ir.limits import PYTHON_FRAMES

_lock = threading.Lock()
_inside = 0
_usual = 0


@contextmanager
def many_frames() -> Iterator[int]:
    """Room for PYTHON_FRAMES; gives the limit that the program runs under otherwise."""
    global _inside, _usual
    with _lock:
        if _inside == 0:
            _usual = sys.getrecursionlimit()
            sys.setrecursionlimit(max(_usual, PYTHON_FRAMES))
        _inside += 1
        usual = _usual
    try:
        yield usual
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                sys.setrecursionlimit(_usual)


def usual_limit() -> int:
    """The limit that the program runs under when nothing is being lowered."""
    with _lock:
        return _usual if _inside else sys.getrecursionlimit()
