"""What a user sees of the stack below an error of ours: the user's own frames.

A refusal is a sentence with a place; the frames of the compiler that found it say nothing more, and hold on to what it
was at work on. A mistake of ours (InternalError) keeps them, for the report.
"""

from __future__ import annotations

import sys
import types

from dsl.passes.ir.diagnostics import Error, InternalError

_LEFT_OUT = sys.stdlib_module_names | {"dsl", "iree", "numpy"}


def of_user(error: Error) -> Error:
    """The error without the frames of this package, and of the libraries that it calls."""
    if isinstance(error, InternalError):
        return error
    kept, at = [], error.__traceback__
    while at is not None:
        if at.tb_frame.f_globals.get("__name__", "").partition(".")[0] not in _LEFT_OUT:
            kept.append(at)
        at = at.tb_next
    found = None
    for at in reversed(kept):
        found = types.TracebackType(found, at.tb_frame, at.tb_lasti, at.tb_lineno)
    return error.with_traceback(found)
