"""The Python functions whose calls the front end handles by itself, and how to find the handler of one.

The files of `functions` enter theirs here; what cannot be listed (the library's programs, objects that `dsl.grad` and
its kin make) is found by functions entered as finders.
"""

from __future__ import annotations

from collections.abc import Callable

TABLE: dict = {}
FINDERS: list[Callable] = []


def intrinsic(*functions):
    """Enters a handler `(m, *values, **values) -> Value` for Python functions."""
    def enter(handler):
        TABLE.update((function, handler) for function in functions)
        return handler

    return enter


def finder(function: Callable) -> Callable:
    """Enters a function from a Python function to its handler, or to None where it knows none."""
    FINDERS.append(function)
    return function


def find_handler(function) -> Callable | None:
    """The handler of a Python function; None where a call of it is a call of its Python source."""
    try:
        handler = TABLE.get(function)
    except TypeError:
        return None
    for search in FINDERS if handler is None else ():
        handler = search(function)
        if handler is not None:
            return handler
    return handler
