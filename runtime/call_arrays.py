"""The arrays of a call: copied into the executable's own buffers and out of them, or, large ones on the CPU, used where
they lie. That spares two copies of an array that is read, three of one that is changed."""

from __future__ import annotations

from typing import Any

import numpy as np

from dsl.passes.ir.limits import LENT_BYTES

from .devices import lend


class Arrays:
    """How the arrays of one executable travel. `views` are its own buffers as arrays, by binding.

    A kernel that may overflow a stack runs again with the arguments it had, so it changes copies of them.
    """

    def __init__(self, signature: dict, views: dict[int, np.ndarray], config, lends: bool):
        self.entry, self.views, self.config, self.lends = signature["entry"], views, config, lends
        self.arguments = [(k, leaf) for k, leaf in enumerate(signature["args"]) if "binding" in leaf]
        bound = [(k, leaf) for k, leaf in enumerate(signature["results"]) if "binding" in leaf]
        self.results = [(k, leaf) for k, leaf in bound if "row" not in leaf]  # lists are no arrays
        self.again = bool(signature["stacks"])

    def lent(self, leaves) -> dict[int, tuple[Any, np.ndarray]]:
        """Checks the arguments. Returns, for some bindings, a device buffer on an array, and that array: an argument's
        or a new one for a result."""
        found = {}
        for k, leaf in self.arguments:
            view, array = self.views[leaf["binding"]], np.asarray(leaves[k])
            if array.shape != view.shape or array.dtype != view.dtype:
                raise TypeError(
                    f"argument {k} of {self.entry} is {leaf['type']}{leaf['shape']}, "
                    f"and this is {array.dtype}{list(array.shape)}"
                )
            changed_twice = leaf.get("updated") and self.again
            if self.lends and array.nbytes >= LENT_BYTES and not changed_twice and array.flags.carray:
                found[leaf["binding"]] = lend(self.config, array), array
        for _, leaf in self.results:
            view = self.views[leaf["binding"]]
            if self.lends and view.nbytes >= LENT_BYTES and "updates" not in leaf:
                array = np.empty(view.shape, view.dtype)
                found[leaf["binding"]] = lend(self.config, array), array
        return found

    def copy_in(self, leaves, lent: dict) -> None:
        for k, leaf in self.arguments:
            if leaf["binding"] not in lent:
                self.views[leaf["binding"]][...] = leaves[k]

    def outcome(self, leaves, lent: dict) -> list[tuple[int, np.ndarray]]:
        """The numbers of array results with their arrays: of an argument that was changed, itself."""
        found = []
        for k, leaf in self.results:
            binding = leaf["binding"]
            if binding in lent:
                found.append((k, lent[binding][1]))
            elif "updates" in leaf and isinstance(leaves[leaf["updates"]], np.ndarray):
                given = leaves[leaf["updates"]]
                np.copyto(given, self.views[binding])
                found.append((k, given))
            else:
                found.append((k, np.array(self.views[binding])))
        return found
