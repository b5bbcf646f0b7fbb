"""A program in MLIR together with how Python calls it: what every transformation takes and gives."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dsl.api.checkpoint_option import parsed
from dsl.calling.interface import Interface
from dsl.calling.trees import Leaf, Rebound, Tree, is_float, outline


@dataclass
class Lowered:
    """`entry` of `module` takes the leaves of `in_tree` (a tuple of arguments, named `parameters`) and returns those
    of `out_tree`, and behind them the new contents of the arguments' leaves: `mutated[leaf]` is the result's number;
    `rebound` are slots that hold another thing."""

    module: Any
    entry: str
    parameters: tuple[str, ...]
    in_tree: Tree
    out_tree: Tree
    in_leaves: list[Leaf]
    out_leaves: list[Leaf]
    mutated: dict[int, int] = field(default_factory=dict)
    place: tuple = ()
    guards: list[tuple] = field(default_factory=list)
    always_fails: bool = False
    specialized: dict[int, int] = field(default_factory=dict)
    rebound: list[Rebound] = field(default_factory=list)

    def replace(self, entry: str, **changes) -> Lowered:
        """The same program with another entry. A derivative does not change its arguments."""
        changes.setdefault("mutated", {})
        changes.setdefault("rebound", [])
        if "in_tree" in changes:
            changes.setdefault("in_leaves", changes["in_tree"].leaves())
        if "out_tree" in changes:
            changes.setdefault("out_leaves", changes["out_tree"].leaves())
        return dataclasses.replace(self, entry=entry, **changes)

    def without_updates(self) -> Lowered:
        """The program as a derivative takes it: without the new contents of arguments, which it does not return, and
        without what only they needed."""
        if not (self.mutated or self.rebound):
            return self
        from dsl.passes.autodiff import specialize
        from dsl.passes.cleanup import dead_code
        from dsl.passes.ir import edit

        specialize.specialize(self.module, self.entry, {}, self.returned)
        with self.module.context:
            dead_code.eliminate(edit.function(self.module, self.entry))
        return self.replace(self.entry, out_leaves=self.out_leaves[: len(self.returned)])

    def leaves_of(self, k: int) -> list[int]:
        """The numbers of the leaves of argument k."""
        start = sum(len(child.leaves()) for child in self.in_tree.children[:k])
        return list(range(start, start + len(self.in_tree.children[k].leaves())))

    def float_inputs(self, among: Iterable[int] | None = None) -> list[int]:
        """The numbers of the input leaves that carry derivatives."""
        return [k for k in (range(len(self.in_leaves)) if among is None else among) if is_float(self.in_leaves[k])]

    @property
    def returned(self) -> list[int]:
        """The numbers of the results that the caller gets: all but updated arguments."""
        return list(range(len(self.out_tree.leaves())))

    @property
    def float_results(self) -> list[int]:
        """The numbers of the results that carry derivatives."""
        return [k for k, leaf in enumerate(self.out_leaves) if is_float(leaf)]

    def describe_result(self) -> str:
        return outline(self.out_tree)

    def mark_checkpoints(self, option: Any, wrt: list[int]) -> None:
        """Mark the outermost loops to be differentiated in segments, as the option `checkpoint` says."""
        chosen = parsed(option)
        if isinstance(chosen, int):
            from dsl.passes.autodiff.storage.budget import mark_within

            mark_within(self.module, self.entry, wrt, chosen)
        elif chosen:
            from dsl.passes.autodiff.checkpoint import mark

            mark(self.module, self.entry, chosen)

    def interface(self, name: str) -> Interface:
        """How Python calls it, by this name; unlike the module it can be stored."""
        return Interface(
            name, self.parameters, self.in_tree, self.out_tree, self.mutated, self.rebound, self.specialized,
            self.guards,
        )  # fmt: skip
