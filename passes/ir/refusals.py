"""Refusing a program because of one of its operations, at the operation's place in the user's source."""

from iree.compiler import ir

from .diagnostics import CompileError
from .locations import frames


def refusal(op: ir.Operation, message: str, help: str = "") -> CompileError:
    """The error to raise."""
    places = frames(op.location)
    return CompileError(message, *(places[0] if places else ()), help=help)
