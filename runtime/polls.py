"""What the loops of a running kernel call now and then (passes/kernel/interrupts.py): the host's side.

A kernel runs in the thread that called it, and Python handles signals in its main thread only, between two steps of
Python. So a step of Python is made: handlers run in it, also those that raise, as KeyboardInterrupt. What they raise
ends the kernel, and the call raises it.

The step is one of a generator, not a call of a function: a handler may run before the first line of a function, where
no `try` of it would catch what it raises, but a generator goes on inside of its `try`.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable

import numpy as np

from dsl.passes.ir.limits import FIRST_BUDGET, LEAST_BUDGET, LOOK_SECONDS

_CALLABLE = ctypes.CFUNCTYPE(None)
_SUPPORTED = os.name == "posix"  # elsewhere a kernel calls functions otherwise than ctypes makes them
_NEVER = (1 << 63) - 1


class Polls:
    """The function that a kernel's loops call, and what it found. `words` are the counter, whether to stop and the
    address, in the kernel's block; `look` is called each time, and may raise."""

    def __init__(self, words: np.ndarray, look: Callable[[], None] | None = None):
        self._words, self._look = words, look
        self._raised: list[BaseException] = []
        self._connect()

    def _connect(self) -> None:
        if not _SUPPORTED:
            self._words[:] = _NEVER, 0, 0
            return
        steps = _steps(self._words, self._raised, self._look)
        next(steps)
        self._function = _CALLABLE(steps.__next__)
        self._words[:] = FIRST_BUDGET, 0, ctypes.cast(self._function, ctypes.c_void_p).value or 0

    def error(self) -> BaseException:
        """What ended the kernel."""
        found = self._raised[0] if self._raised else KeyboardInterrupt()
        self._raised.clear()
        self._connect()
        return found


def _steps(words: np.ndarray, raised: list, look: Callable[[], None] | None):
    """Each step lets Python handle signals and says whether the kernel goes on: it has set the second word to 1."""
    last, budget = time.perf_counter(), FIRST_BUDGET
    while True:
        try:
            while True:
                yield
                if look is not None:
                    look()
                if words[0] < 0:  # otherwise it is a print that found no room
                    now = time.perf_counter()
                    # time between two calls of the kernel is counted too: so the budget changes by small factors only
                    factor = min(max(LOOK_SECONDS / max(now - last, 1e-9), 0.25), 4.0)
                    last, budget = now, max(int(budget * factor), LEAST_BUDGET)
                    words[0] = budget
                words[1] = 0
        except GeneratorExit:
            return
        except BaseException as error:
            raised.append(error)
