"""A program in MLIR together with how Python calls it: what every transformation takes and gives."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import trees
from .passes.diagnostics import CompileError
from .trees import Tree
from .types import DType


@dataclass(frozen=True)
class LeafType:
    """The type of one leaf. `weak` numbers are Python's own bool, int and float."""

    dtype: DType
    weak: bool = False
    shape: tuple[int, ...] = ()
    is_array: bool = False

    def describe(self) -> str:
        if self.is_array:
            return f"dsl.{self.dtype.name}[{', '.join(map(str, self.shape))}]"
        return self.dtype.kind if self.weak else f"np.{self.dtype.numpy_name.rstrip('_')}"

    def zero(self) -> Any:
        """The zero of this type, as a caller gets it."""
        if self.is_array:
            return np.zeros(self.shape, self.dtype.numpy)
        return {"bool": False, "int": 0, "float": 0.0}[self.dtype.kind] if self.weak else self.dtype.numpy(0)


@dataclass
class Lowered:
    """`entry` of `module` takes the leaves of `in_tree` (a tuple of arguments) and returns those of `out_tree`,
    followed by the new contents of the arguments' leaves listed in `mutated`."""

    module: Any
    entry: str
    in_tree: Tree
    in_types: list[LeafType]
    out_tree: Tree
    out_types: list[LeafType]
    mutated: list[int] = field(default_factory=list)
    bind: Callable[[tuple, dict], tuple] | None = None
    place: tuple = ()
    ast: str = ""

    def replace(self, entry: str, **changes) -> Lowered:
        """The same program with another entry. A derivative does not change its arguments."""
        changes.setdefault("mutated", [])
        return dataclasses.replace(self, entry=entry, **changes)

    def leaves_of(self, k: int) -> list[int]:
        """The positions of the leaves of argument k."""
        start = sum(child.leaf_count for child in self.in_tree.children[:k])
        return list(range(start, start + self.in_tree.children[k].leaf_count))

    @property
    def returned(self) -> list[int]:
        """The positions of the results that the caller gets, without updated arguments."""
        return list(range(len(self.out_types) - len(self.mutated)))

    @property
    def float_results(self) -> int:
        return sum(t.dtype.kind == "float" for t in self.out_types)

    def describe_result(self) -> str:
        kinds = [self.out_types[k].describe() for k in self.returned]
        return kinds[0] if self.out_tree.kind == "leaf" else f"({', '.join(kinds)})" if kinds else "nothing"

    def mark_checkpoints(self, segments: int | Iterable[int] | None) -> None:
        """Mark the outermost loops to be differentiated in segments."""
        if segments:
            from .passes.autodiff.checkpoint import mark

            lengths = [segments] if isinstance(segments, int) else list(segments)
            mark(self.module, self.entry, lengths)

    # calling

    def flatten(self, args: tuple, kwargs: dict) -> list:
        """The leaves of the arguments of a call, converted as their types ask."""
        if self.bind is not None:
            args = self.bind(args, kwargs)
        found: list = []
        _collect(self.in_tree, args, found)
        return [convert(leaf, t) for leaf, t in zip(found, self.in_types, strict=True)]

    def unflatten(self, results: Sequence) -> Any:
        return self.out_tree.unflatten(results)

    @property
    def plain(self) -> str:
        """Whether arguments are their own leaves: "one result", "yes" or ""."""
        own = all(c.kind == "leaf" for c in self.in_tree.children) and not self.mutated
        if not own or any(t.is_array for t in self.in_types):
            return ""
        return "one result" if self.out_tree.kind == "leaf" else "yes"


def _collect(tree: Tree, value: Any, found: list) -> None:
    if tree.kind == "leaf":
        found.append(value)
    elif tree.children:
        for child, part in zip(tree.children, trees.children(value), strict=True):
            _collect(child, part, found)


def convert(leaf: Any, wanted: LeafType) -> Any:
    """A leaf as the kernel takes it: arrays of the right element type, numbers as they are."""
    if wanted.is_array:
        array = np.asarray(leaf)
        if array.shape != wanted.shape:
            raise CompileError(f"an array of shape {array.shape} was given where {wanted.describe()} is needed")
        return array.astype(wanted.dtype.numpy, copy=False)
    return leaf
