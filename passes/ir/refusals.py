"""Refusing a program because of one of its operations, at the operation's place in the user's source; or warning."""

import warnings

from iree.compiler import ir

from .diagnostics import CompileError
from .locations import frames


def refusal(op: ir.Operation, message: str, help: str = "") -> CompileError:
    """The error to raise."""
    places = frames(op.location)
    return CompileError(message, *(places[0] if places else ()), help=help)


def warn_at(op: ir.Operation, message: str, category: type[Warning]) -> None:
    """A warning that names the line of the operation."""
    places = frames(op.location)
    filename, line = places[0][:2] if places else ("<unknown>", 1)
    warnings.warn_explicit(message, category, filename, line)
