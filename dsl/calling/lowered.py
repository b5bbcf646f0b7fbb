"""A program in MLIR together with how Python calls it: what every transformation takes and gives."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .interface import Interface
from .trees import Leaf, Rebound, Tree, is_float_leaf, outline


@dataclass
class Lowered:
    """`entry` of `module` takes the leaves of `in_tree` (a tuple of arguments, named `parameters`) and returns those
    of `out_tree`, and behind them the new contents of the arguments' leaves.

    mutated: input leaf (its number) -> result (its number) with the new contents, for arrays and fields of mutable
        structures that the program writes. rebound: slots of mutable structures that hold another object in the end.
    specialized: input leaves whose values the module was made for, because the sizes of its arrays depend on them;
        called with others it fails. guards: the values around the function that went into it.
    always_fails: every path through it ends in an exception. place: file, line and column of the function.
    """

    module: Any
    entry: str
    parameters: tuple[str, ...]
    in_tree: Tree
    out_tree: Tree
    in_leaves: list[Leaf]
    out_leaves: list[Leaf]
    mutated: dict[int, int] = field(default_factory=dict)
    rebound: list[Rebound] = field(default_factory=list)
    specialized: dict[int, int] = field(default_factory=dict)
    guards: list[tuple] = field(default_factory=list)
    always_fails: bool = False
    place: tuple = ()

    def replace(self, **changes) -> Lowered:
        """The same program with other trees or another entry; the leaves follow the trees."""
        if "in_tree" in changes:
            changes.setdefault("in_leaves", changes["in_tree"].leaves())
        if "out_tree" in changes:
            changes.setdefault("out_leaves", changes["out_tree"].leaves())
        return dataclasses.replace(self, **changes)

    def as_derivative(self, **changes) -> Lowered:
        """The same with a derivative's trees. A derivative does not change its arguments."""
        return self.replace(mutated={}, rebound=[], **changes)

    def leaves_of(self, k: int) -> list[int]:
        """The numbers of the leaves of argument k."""
        start = sum(len(child.leaves()) for child in self.in_tree.children[:k])
        return list(range(start, start + len(self.in_tree.children[k].leaves())))

    def float_inputs(self, among: Iterable[int] | None = None) -> list[int]:
        """The numbers of the input leaves that carry derivatives."""
        return [k for k in (range(len(self.in_leaves)) if among is None else among) if is_float_leaf(self.in_leaves[k])]

    @property
    def returned(self) -> list[int]:
        """The numbers of the results that the caller gets: all but updated arguments."""
        return list(range(len(self.out_tree.leaves())))

    @property
    def float_results(self) -> list[int]:
        """The numbers of the results that carry derivatives."""
        return [k for k, leaf in enumerate(self.out_leaves) if is_float_leaf(leaf)]

    def describe_result(self) -> str:
        return outline(self.out_tree)

    def interface(self, name: str) -> Interface:
        """How Python calls it, by this name; unlike the module it can be stored."""
        return Interface(
            name, self.parameters, self.in_tree, self.out_tree, self.mutated, self.rebound, self.specialized,
            self.guards,
        )  # fmt: skip
