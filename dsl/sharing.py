"""Arguments that are one thing under two names.

To a compiled program its arguments are separate things, and apart from the values around the function. Where it only
reads them that makes no difference. Where it changes one, or asks with `is` which it is, Python would show it under the
other name too: such a call is refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .interface import Interface
from .passes.diagnostics import Error
from .trees import FREE, LEAF, SHARED, STATIC, STRUCT, UNSHARED, Tree

WORK = 10_000  # of NumPy's search for a common element of two strided arrays; beyond it they count as overlapping


class Part(NamedTuple):
    """An array or a structure that the program can reach, and how Python does."""

    path: str
    value: Any
    sharing: str


def checker(interface: Interface) -> Callable[[tuple], None] | None:
    """A function that raises dsl.Error for arguments that share what the program needs to itself; None if it needs
    nothing."""
    if not any(node.sharing == UNSHARED for node in _nodes(interface.in_tree)):
        return None
    around = [part for _, name, value in interface.surroundings for part in _outside(name, value)]

    def check(args: tuple) -> None:
        _check(interface.name, [*around, *_parts(interface.in_tree, args)])

    return check


def _nodes(tree: Tree) -> Iterator[Tree]:
    yield tree
    for child in tree.children:
        yield from _nodes(child)


def _outside(path: str, value: Any, above: tuple[int, ...] = ()) -> Iterator[Part]:
    """The parts of a value around the function, which may be anything, also a part of itself."""
    children: Iterable[tuple[str, Any]]
    if id(value) in above:
        return
    if isinstance(value, np.ndarray):
        children = ()
    elif isinstance(value, dict):
        children = ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        children = ((f"[{k}]", part) for k, part in enumerate(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        children = ((f".{field.name}", getattr(value, field.name)) for field in dataclasses.fields(value))
    else:
        return
    yield Part(path, value, SHARED)
    for step, part in children:
        yield from _outside(path + step, part, (*above, id(value)))


def _parts(tree: Tree, value: Any) -> Iterator[Part]:
    """The arrays and structures of the arguments, without directions."""
    if tree.sharing == FREE or tree.kind == STATIC:
        return
    if tree.kind != LEAF:
        yield Part(_path(tree), value, tree.sharing)
    elif tree.data.shape is not None:
        yield Part(_path(tree), np.asarray(value), tree.sharing)
    for child, key in zip(tree.children, tree.names):
        yield from _parts(child, getattr(value, key) if tree.kind == STRUCT else value[key])


def _path(tree: Tree, inside: str = "") -> str:
    """How Python reaches a part, from the path of a leaf inside of it."""
    if tree.kind == LEAF:
        return tree.data.path.removesuffix(inside)
    steps = [f".{key}" if tree.kind == STRUCT else f"[{key!r}]" for key in tree.names]
    found = (_path(child, inside + step) for child, step in zip(tree.children, steps))
    return next((path for path in found if path), "")


def _check(name: str, parts: list[Part]) -> None:
    structures: dict[int, Part] = {}
    arrays: list[Part] = []
    for part in parts:
        if not isinstance(part.value, np.ndarray):
            first = structures.setdefault(id(part.value), part)
            if first is not part and UNSHARED in (first.sharing, part.sharing):
                raise _error(name, first, part, "the same object")
            continue
        for other in arrays:
            if UNSHARED in (other.sharing, part.sharing) and _overlap(other.value, part.value):
                raise _error(name, other, part, "one array" if other.value is part.value else "arrays that overlap")
        arrays.append(part)


def _overlap(a: np.ndarray, b: np.ndarray) -> bool:
    if not np.may_share_memory(a, b):
        return False
    try:
        return np.shares_memory(a, b, max_work=WORK)  # type: ignore[arg-type] (the stubs know only -1 and 0)
    except np.exceptions.TooHardError:
        return True


def _error(name: str, first: Part, second: Part, what: str) -> Error:
    return Error(
        f"{name}: {first.path} and {second.path} are {what}, and the kernel changes it or asks with `is` what it is; "
        "to a kernel arguments are separate things\nhelp: pass a copy of one of them, or write it for one argument"
    )
