"""The arrays of a call: copied into the executable's own buffers and out of them, or, large ones on the CPU, used where
they lie. That spares two copies of an array that is read, three of one that is changed."""

from __future__ import annotations

from typing import Any

import numpy as np

from dsl.passes.ir.limits import LENT_BYTES

from .devices import lend

Place = int | tuple[int, int]


def place(leaf: dict) -> Place:
    """Where an array lies: its binding, or the first element of a buffer that it shares."""
    return (leaf["binding"], leaf["start"]) if "start" in leaf else leaf["binding"]


class Arrays:
    """How the arrays of one executable travel. `views` are its own buffers, or its parts of them, as arrays by place.

    A kernel that may overflow a stack runs again with the arguments it had, so it changes copies of them.
    """

    def __init__(self, signature: dict, views: dict[Place, np.ndarray], config, lends: bool):
        self.entry, self.views, self.config, self.lends = signature["entry"], views, config, lends
        self.arguments = [(k, leaf, place(leaf)) for k, leaf in enumerate(signature["args"]) if "binding" in leaf]
        bound = [(k, leaf) for k, leaf in enumerate(signature["results"]) if "binding" in leaf]
        self.results = [(k, leaf, place(leaf)) for k, leaf in bound if "row" not in leaf]  # lists are no arrays
        self.again = bool(signature["stacks"])

    def lent(self, leaves) -> dict[Place, tuple[Any, np.ndarray]]:
        """Checks the arguments. Returns, for some bindings, a device buffer on an array, and that array: an argument's
        or a new one for a result."""
        found = {}
        for k, leaf, at in self.arguments:
            view, array = self.views[at], np.asarray(leaves[k])
            if array.shape != view.shape or array.dtype != view.dtype:
                raise TypeError(
                    f"argument {k} of {self.entry} is {leaf['type']}{leaf['shape']}, "
                    f"and this is {array.dtype}{list(array.shape)}"
                )
            changed_twice = leaf.get("updated") and self.again
            if self.lends and array.nbytes >= LENT_BYTES and not changed_twice and array.flags.carray:
                if "start" not in leaf:
                    found[at] = lend(self.config, array), array
        for _, leaf, at in self.results:
            view = self.views[at]
            if self.lends and view.nbytes >= LENT_BYTES and "updates" not in leaf and "start" not in leaf:
                array = np.empty(view.shape, view.dtype)
                found[at] = lend(self.config, array), array
        return found

    def copy_in(self, leaves, lent: dict) -> None:
        for k, _, at in self.arguments:
            if at not in lent:
                self.views[at][...] = leaves[k]

    def outcome(self, leaves, lent: dict) -> list[tuple[int, np.ndarray]]:
        """The numbers of array results with their arrays: of an argument that was changed, itself."""
        found = []
        for k, leaf, at in self.results:
            if at in lent:
                found.append((k, lent[at][1]))
            elif "updates" in leaf and isinstance(leaves[leaf["updates"]], np.ndarray):
                given = leaves[leaf["updates"]]
                np.copyto(given, self.views[at])
                found.append((k, given))
            else:
                found.append((k, np.array(self.views[at])))
        return found
