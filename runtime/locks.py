"""Locks for a process in which signals arrive and that may be forked at any time.

A handler runs in the middle of what the main thread does, also where that holds a lock, and may need the same one: so
all locks may be taken again by the thread that holds them. A fork copies locks as they are, and the threads that hold
them do not come along: so in the new process every owner gets a new lock.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
import weakref
from typing import Any

_owners: list[weakref.ref] = []
_ATTRIBUTE = "_lock"
_FEW = 1024


def lock_of(owner: Any) -> threading.RLock:  # pyright: ignore[reportGeneralTypeIssues] (a function, before 3.13)
    """A lock for an object or a module, which keeps it as its `_lock`."""
    # no callback forgets an owner that is gone: Python drops what a signal's handler raises in one
    if len(_owners) >= _FEW and len(_owners).bit_count() == 1:
        _owners[:] = [reference for reference in _owners if reference() is not None]
    _owners.append(weakref.ref(owner))
    return threading.RLock()


def _renew() -> None:
    for reference in _owners:
        owner = reference()
        if owner is not None:
            setattr(owner, _ATTRIBUTE, threading.RLock())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def from_handler(error: BaseException) -> bool:
    """Whether an exception was raised by a signal's handler: it has nothing to do with what it interrupts."""
    handlers = (signal.getsignal(number) for number in signal.valid_signals())
    codes = {getattr(getattr(handler, "__func__", handler), "__code__", None) for handler in handlers}
    return any(frame.f_code in codes for frame, _ in traceback.walk_tb(error.__traceback__))
