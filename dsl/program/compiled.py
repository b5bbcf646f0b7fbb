"""A compiled program as Python calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dsl.calling.argument_aliasing import checker
from dsl.calling.guards import unchanged
from dsl.calling.interface import Interface


class Compiled:
    """One program for one signature, ready to run."""

    def __init__(self, interface: Interface, executable):
        tree = interface.out_tree
        self.arrays = [k for k, leaf in enumerate(interface.in_leaves) if leaf.shape is not None]
        self.flatten = interface.in_tree.flattener()
        self.unflatten = tree.unflattener()
        self.update = interface.updater()
        self.check = checker(interface)
        self.plain = interface.plain
        self.specialized = interface.specialized
        self.single = tree.kind == "leaf" and tree.data.weak
        self.executable = executable
        self.interface = interface
        self.unchanged = unchanged(interface.guards)

    def __call__(self, args: tuple):
        if self.check is not None:
            self.check(args)
        leaves = self.flatten(args)
        for k in self.arrays:
            leaves[k] = np.asarray(leaves[k])
        results = self.executable(leaves)
        if self.update is not None:
            self.update(args, results)
        return self.unflatten(results)

    def direct(self) -> Callable[[tuple], Any] | None:
        """A shortcut for calls whose arguments are the leaves themselves, None where there is none."""
        if not self.plain:
            return None
        call, unflatten = self.executable.direct(self.single), self.unflatten
        if call is not None and self.single:
            return call
        call = call or self.executable
        return lambda args: unflatten(call(args))
