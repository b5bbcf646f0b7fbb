"""The language's library: which Python functions are operations of the IR, and which are programs of their own.

A file of the library holds one line for each operation, `operation("math.sin", math.sin, np.sin)`; its derivative
stands in the file of the same name in `dsl.passes.rules`. Everything else is plain Python that a kernel inlines.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

FILES = ("math", "integers", "rounding", "floats", "sequences")


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


def _load() -> None:
    for name in FILES:
        importlib.import_module(f"{__name__}.{name}")


def lookup(function) -> Operation | Callable | None:
    """What the library has for a Python function."""
    _load()
    try:
        return _found.get(function)
    except TypeError:
        return None


def operations() -> list[Operation]:
    """Every operation of the library."""
    _load()
    return list(_operations)
