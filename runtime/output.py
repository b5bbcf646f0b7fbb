"""What a kernel prints: shown while it runs, in order and once.

The kernel leaves records on a stack (passes/kernel/effects/tapes_checks_prints.py). They are taken off when it calls
the host, some ten times a second and where the stack is full, and at its end.

A kernel whose tape overflows runs again from the same arguments and prints the same again: as much as was shown is
passed over.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from dsl.passes.calling_convention import RECORDS

from .reports import Site, printed_text

_EMPTIED = -1  # where a record's number stands: it says that there were records before, and is none


class Output:
    """The printed text of one instance. `held(j)` is the memory of stack number j, `prints` whether there is any."""

    def __init__(self, signature: dict, block: np.ndarray, held: Callable[[int], np.ndarray]):
        self._block, self._held = block, held
        self._sites = [Site(site) for site in signature["records"]]
        found = [j for j, stack in enumerate(signature["stacks"]) if stack["tape"] == RECORDS]
        self._stack = found[0] if found else -1
        self._slot = signature["attention"] - len(signature["stacks"]) + self._stack
        self._shown = self._passed = 0  # slots that were shown in this call, and that this run of the kernel has left

    @property
    def prints(self) -> bool:
        return self._stack >= 0

    def show(self) -> None:
        """Show what is there while the kernel runs, and make room. By the mark its end says that it printed."""
        text = self._taken()
        self._held(self._stack)[0] = _EMPTIED
        self._block[self._slot] = 1
        print_text(text)

    def end(self) -> str:
        """What remains to be shown at the end of a call."""
        if not self.prints:
            return ""
        text = self._taken()
        self._shown = self._passed = 0
        return text

    def run_again(self) -> None:
        self._passed = 0

    def _taken(self) -> str:
        slots = self._held(self._stack)[: self._block[self._slot]]
        slots = slots[1:] if len(slots) and slots[0] == _EMPTIED else slots
        new = slots[max(0, self._shown - self._passed) :]
        self._passed += len(slots)
        self._shown = max(self._shown, self._passed)
        return printed_text(self._sites, new)


def print_text(text: str) -> None:
    """Print as CPython does: nothing where there is no standard output, and an error where it was closed."""
    if not text:
        return
    try:
        stream = sys.stdout
    except AttributeError:
        raise RuntimeError("lost sys.stdout") from None
    if stream is not None:
        stream.write(text)
