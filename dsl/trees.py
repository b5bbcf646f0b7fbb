"""Nested Python values as a list of leaves and a structure, and back.

Leaves are numbers and arrays (or types that stand for them). Tuples, NamedTuples, lists, dicts and dataclass instances
are structure; everything else (None, strings, functions) is a constant that belongs to the structure. `optree` would
do for all but dataclasses nobody registered, which is what users write.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .types import ArrayType, DType

LEAVES = (bool, int, float, np.generic, np.ndarray, DType, ArrayType)


@dataclasses.dataclass(frozen=True)
class Tree:
    """One node. `kind`: "leaf", "constant", or the type of the container; `keys`: dict keys or field names;
    `constant`: what a constant is."""

    kind: Any
    children: tuple[Tree, ...] = ()
    keys: tuple = ()
    constant: Any = None

    @property
    def leaf_count(self) -> int:
        return 1 if self.kind == "leaf" else sum(child.leaf_count for child in self.children)

    def unflatten(self, leaves: Sequence) -> Any:
        """The value with these leaves."""
        return self._build(iter(leaves))

    def _build(self, leaves: Iterator) -> Any:
        if self.kind == "leaf":
            return next(leaves)
        if self.kind == "constant":
            return self.constant
        if self.kind == SWAPPED:
            first, second = [child._build(leaves) for child in self.children]
            return second, first
        values = [child._build(leaves) for child in self.children]
        if self.kind in (tuple, list):
            return self.kind(values)
        if self.kind is dict:
            return dict(zip(self.keys, values))
        if issubclass(self.kind, tuple):
            return self.kind(*values)
        return instance(self.kind, dict(zip(self.keys, values)))

    def paths(self, prefix: str = "") -> list[str]:
        """How each leaf is reached, such as `.x[0]`."""
        if self.kind == "leaf":
            return [prefix]
        return [p for child, step in zip(self.children, self._steps()) for p in child.paths(prefix + step)]

    def _steps(self) -> list[str]:
        if self.kind in (tuple, list):
            return [f"[{k}]" for k in range(len(self.children))]
        return [f"[{key!r}]" if self.kind is dict else f".{key}" for key in self.keys]


LEAF = Tree("leaf")
# a pair whose leaves come in the other order: (gradient, aux), where aux is computed first
SWAPPED = "swapped"


def instance(cls: type, fields: dict[str, Any]) -> Any:
    """A dataclass instance with these fields; `__init__` and `__post_init__` have had their say when it was made."""
    made = object.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def structure(value: Any) -> Tree:
    """The tree of a value."""
    if isinstance(value, LEAVES):
        return LEAF
    parts = _parts(value)
    if parts is None:
        return Tree("constant", constant=value)
    kind, keys, values = parts
    return Tree(kind, tuple(structure(v) for v in values), keys)


def leaves(value: Any) -> list:
    """The leaves of a value, in the order of its tree."""
    if isinstance(value, LEAVES):
        return [value]
    parts = _parts(value)
    return [] if parts is None else [leaf for v in parts[2] for leaf in leaves(v)]


def children(value: Any) -> Sequence:
    """The parts of a container."""
    parts = _parts(value)
    return () if parts is None else parts[2]


def outline(tree: Tree) -> str:
    """A structure in words, for messages: `(*, {'a': *})`."""
    if not tree.children:
        return "*" if tree.kind == "leaf" else repr(tree.constant) if tree.kind == "constant" else "()"
    inside = [outline(child) for child in tree.children]
    if tree.kind is dict:
        return "{" + ", ".join(f"{k!r}: {v}" for k, v in zip(tree.keys, inside)) + "}"
    name = "" if tree.kind in (tuple, list) else getattr(tree.kind, "__name__", "")
    return f"{name}[{', '.join(inside)}]" if tree.kind is list else f"{name}({', '.join(inside)})"


def map_leaves(function: Callable, value: Any) -> Any:
    """The same structure with `function` applied to each leaf."""
    return structure(value).unflatten([function(leaf) for leaf in leaves(value)])


def _parts(value: Any) -> tuple[type, tuple, Sequence] | None:
    kind = type(value)
    if kind in (tuple, list):
        return kind, (), value
    if kind is dict:
        return kind, tuple(value), tuple(value.values())
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return kind, kind._fields, tuple(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = tuple(field.name for field in dataclasses.fields(value))
        return kind, names, [getattr(value, name) for name in names]
    return None
