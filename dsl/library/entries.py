"""The table that the files of the library enter their functions in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """An operation of the IR on floats. `name` is that of the Python function, `op` that of the operation."""

    name: str
    op: str
    arity: int
    functions: tuple


_found: dict = {}
_operations: list[Operation] = []


def operation(op: str, *functions: Callable, arity: int = 1) -> None:
    """Python functions that are one operation of the IR."""
    made = Operation(functions[0].__name__, op, arity, functions)
    _operations.append(made)
    _found.update((function, made) for function in functions)


def replaces(*functions: Callable) -> Callable:
    """Python functions that a kernel replaces by the decorated one, which is plain Python."""
    def enter(replacement):
        _found.update((function, replacement) for function in functions)
        return replacement

    return enter


def lookup(function) -> Operation | Callable | None:
    """What the library has for a Python function."""
    try:
        return _found.get(function)
    except TypeError:
        return None


def operations() -> list[Operation]:
    """Every operation of the library."""
    return list(_operations)
