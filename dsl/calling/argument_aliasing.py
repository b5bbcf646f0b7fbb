"""Arguments that are one object under two names.

To a compiled program its arguments are separate objects, and apart from the values around the function. Where it only
reads them that makes no difference. Where it changes one, or asks with `is` which it is, Python would show it under the
other name too: such a call is refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from dsl.passes.ir.diagnostics import Error
from dsl.passes.ir.limits import OVERLAP_SEARCH

from .interface import Interface
from .trees import DICT, FREE, LEAF, LIST, STRUCT, UNSHARED, Tree


class Part(NamedTuple):
    """An array or a structure that the program can reach: how Python does, and whether it must be nothing else."""

    path: str
    is_array: bool
    unshared: bool = False


def checker(interface: Interface) -> Callable[[tuple], None] | None:
    """A function that raises dsl.Error for arguments that share what the program needs to itself; None if it needs
    nothing, or has only one object."""
    namespace: dict[str, Any] = {}
    found = list(_parts(interface.in_tree, "x", namespace))
    parts, texts = [part for part, _ in found], [text for _, text in found]
    if not any(part.unshared for part in parts):
        return None
    around = [each for _, name, value in interface.guards for each in _outside(name, value)]
    if len(parts) + len(around) == 1:
        return None
    parts += [Part(path, isinstance(value, np.ndarray)) for path, value in around]
    outside = [value for _, value in around]
    exec(f"def values(x): return [{', '.join(texts)}]", namespace)
    return lambda args: _check(interface.name, parts, namespace["values"](args) + outside)


def _parts(tree: Tree, text: str, namespace: dict) -> Iterator[tuple[Part, str]]:
    """The arrays and mutable structures of the arguments, without directions, and the text that finds them in `x`."""
    if tree.sharing == FREE:
        return
    if tree.kind in (LIST, DICT, STRUCT) or (tree.kind == LEAF and tree.data.shape is not None):
        yield Part(_path(tree), tree.kind == LEAF, tree.sharing == UNSHARED), text
    for k, child in enumerate(tree.children):
        yield from _parts(child, text + tree.step(k, namespace), namespace)


def _path(tree: Tree, inside: str = "") -> str:
    """How Python reaches a part, from the path of a leaf inside of it."""
    if tree.kind == LEAF:
        return tree.data.path.removesuffix(inside)
    steps = [f".{key}" if tree.kind == STRUCT else f"[{key!r}]" for key in tree.names]
    found = (_path(child, inside + step) for child, step in zip(tree.children, steps))
    return next((path for path in found if path), "")


def _outside(path: str, value: Any, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The arrays and structures in a value around the function, which may be anything, also a part of itself."""
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
    yield path, value
    for step, part in children:
        yield from _outside(path + step, part, (*above, id(value)))


def _check(name: str, parts: list[Part], values: list) -> None:
    structures: dict[int, Part] = {}
    arrays: list[tuple[Part, np.ndarray]] = []
    for part, value in zip(parts, values):
        if not part.is_array:
            first = structures.setdefault(id(value), part)
            if first is not part and (first.unshared or part.unshared):
                raise _error(name, first, part, "the same object")
            continue
        array = np.asarray(value)
        for first, other in arrays:
            if (first.unshared or part.unshared) and _overlap(other, array):
                raise _error(name, first, part, "one array" if other is array else "arrays that overlap")
        arrays.append((part, array))


def _overlap(a: np.ndarray, b: np.ndarray) -> bool:
    if not np.may_share_memory(a, b):
        return False
    try:
        return np.shares_memory(a, b, max_work=OVERLAP_SEARCH)  # type: ignore[arg-type] (the stubs know only -1 and 0)
    except np.exceptions.TooHardError:
        return True


def _error(name: str, first: Part, second: Part, what: str) -> Error:
    return Error(
        f"{name}: {first.path} and {second.path} are {what}, and the kernel changes it or asks with `is` what it is; "
        "to a kernel arguments are separate things\nhelp: pass a copy of one of them, or write it for one argument"
    )
