"""What a compilation reads from around the program, noted for whoever wants to know it afterwards.

The parts of the front end that read a global, a closure variable, an attribute or the source of a function say so here,
also where the value can never change while the process runs (guards.py keeps those that can): another process may have
another module under the same name.
"""

from __future__ import annotations

import builtins
import contextlib
import contextvars
import types
from collections.abc import Iterator
from typing import Any

GLOBAL, CELL, ATTRIBUTE, CLASS = "global", "cell", "attribute", "class"


class Absent:
    """There is no such name."""


ABSENT = Absent()
_reads: contextvars.ContextVar[Reads | None] = contextvars.ContextVar("reads", default=None)


class Reads:
    """`values`: (kind, holder, name, value) of everything that was read; `sources`: functions with the lines of the
    file that they were read from, as (function, lines, whether these are all of the file's lines)."""

    def __init__(self):
        self._values: dict[tuple, tuple[str, Any, str, Any]] = {}
        self._sources: dict[int, tuple[types.FunctionType, list[str], bool]] = {}

    @property
    def values(self) -> list[tuple[str, Any, str, Any]]:
        return list(self._values.values())

    @property
    def sources(self) -> list[tuple[types.FunctionType, list[str], bool]]:
        return list(self._sources.values())


@contextlib.contextmanager
def recorded() -> Iterator[Reads]:
    """Notes what this thread reads meanwhile."""
    reads = Reads()
    token = _reads.set(reads)
    try:
        yield reads
    finally:
        _reads.reset(token)


def note(kind: str, holder: Any, name: str, value: Any) -> None:
    """`holder` is a dict of globals, a closure cell, an object with an attribute of that name, or a class, of which
    the attribute was taken as it stands there."""
    if (reads := _reads.get()) is not None:
        reads._values.setdefault((id(holder), kind, name), (kind, holder, name, value))


def note_source(function: types.FunctionType, lines: list[str], whole: bool) -> None:
    """A function's source was read, from these lines of its file."""
    if (reads := _reads.get()) is not None:
        reads._sources.setdefault(id(function), (function, lines, whole))


def way_to_read(holder: Any) -> str:
    """How names of a holder are read, a class as any object."""
    return GLOBAL if isinstance(holder, dict) else CELL if isinstance(holder, types.CellType) else ATTRIBUTE


def read_again(kind: str, holder: Any, name: str) -> Any:
    """Reads again; ABSENT where there is no such name."""
    if kind == GLOBAL:
        return holder.get(name, getattr(builtins, name, ABSENT))
    if kind == CELL:
        try:
            return holder.cell_contents
        except ValueError:
            return ABSENT
    return getattr(holder, name, ABSENT) if kind == ATTRIBUTE else in_class(holder, name)


def in_class(cls: type, name: str) -> Any:
    """A class attribute, descriptors as they are."""
    return next((base.__dict__[name] for base in cls.__mro__ if name in base.__dict__), ABSENT)
