"""What a user sees of the stack below an error of ours: the user's own frames.

A refusal is a sentence with a place; the frames of the compiler that found it say nothing more, and hold on to what it
was at work on. A mistake of ours (InternalError) keeps them, for the report.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable
from typing import TypeVar, cast

from dsl.passes.ir.diagnostics import Error, InternalError

_LEFT_OUT = sys.stdlib_module_names | {"dsl", "iree", "numpy"}


Function = TypeVar("Function", bound=Callable)


def for_user(function: Function) -> Function:
    """A function of the interface that raises errors of ours without the frames below it."""

    @functools.wraps(function)
    def called(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Error as error:
            raise of_user(error) from error.__cause__

    return cast(Function, called)


def of_user(error: Error) -> Error:
    """The error without the frames of this package, and of the libraries that it calls."""
    if isinstance(error, InternalError):
        return error
    kept, at = [], error.__traceback__
    while at is not None:
        if is_of_user(at.tb_frame):
            kept.append(at)
        at = at.tb_next
    found = None
    for at in reversed(kept):
        found = types.TracebackType(found, at.tb_frame, at.tb_lasti, at.tb_lineno)
    return error.with_traceback(found)


def is_of_user(frame: types.FrameType) -> bool:
    """Whether a frame is none of this package's, and of the libraries that it calls."""
    return frame.f_globals.get("__name__", "").partition(".")[0] not in _LEFT_OUT
