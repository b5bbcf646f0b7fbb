"""What can be called, compiled and read: a kernel, and everything `dsl.grad` and its kin make of one.

A program knows how to lower itself for given arguments; this base class adds the compile cache, the call and the text
of every stage. Programs are compiled once for each signature: the types and shapes of the arguments and the values of
those that are not numbers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .frontend import Lowered

_SCALARS = frozenset({bool, int, float})
EARLY_STAGES = ("ast", "primal")


class Program:
    """Base of kernels and of their derivatives."""

    def __init__(self, name: str, options: dict[str, Any]):
        self.__name__ = self.__qualname__ = name
        self.options = options
        self._by_types: dict[tuple, Callable] = {}
        self._by_signature: dict[Any, Compiled] = {}
        self._lock = threading.RLock()

    # what subclasses give

    def lower(self, args: tuple, kwargs: dict, observe: Callable[[str, Any], None] = lambda stage, text: None) -> Lowered:
        """The program's IR for these arguments (values or types). `observe(stage, module or text)` sees each stage."""
        raise TypeError(f"{type(self).__name__} cannot be lowered")

    def signature(self, args: tuple, kwargs: dict) -> Any:
        """A hashable key: two calls with equal keys run the same code."""
        raise TypeError(f"{type(self).__name__} has no signature")

    # calling

    def __call__(self, *args, **kwargs):
        if not kwargs:
            direct = self._by_types.get(tuple(map(type, args)))
            if direct is not None:
                return direct(args)
        return self._compiled(args, kwargs)(args, kwargs)

    def _compiled(self, args: tuple, kwargs: dict) -> Compiled:
        key = self.signature(args, kwargs)
        found = self._by_signature.get(key)
        if found is None:
            with self._lock:
                found = self._by_signature.get(key)
                if found is None:
                    found = self._by_signature[key] = self._compile(args, kwargs)
                    self._remember(found, args, kwargs)
        return found

    def _compile(self, args: tuple, kwargs: dict) -> Compiled:
        from dsl import runtime

        lowered = self.lower(args, kwargs)
        return Compiled(lowered, runtime.load(self._artifact(lowered, self.options.get("target"))))

    def _artifact(self, lowered: Lowered, target):
        from dsl import runtime

        return runtime.compile(lowered.module, lowered.entry, target)

    def _remember(self, compiled: Compiled, args: tuple, kwargs: dict) -> None:
        """Calls with plain scalars are found by the types alone."""
        direct = compiled.direct()
        if not kwargs and direct is not None and all(type(x) in _SCALARS for x in args):
            self._by_types[tuple(map(type, args))] = direct

    # reading

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages that `ir` can print, in order (the last ones for the CPU)."""
        from dsl import runtime

        return (*self.front_stages, *runtime.STAGES, "iree", "llvm", "asm")

    front_stages: tuple[str, ...] = EARLY_STAGES

    def ir(self, *args, stage: str = "primal", target: str | None = None, locations: bool = False, **kwargs) -> str:
        """The text of a stage for these arguments. `locations` adds the place of every operation.

        Raises ValueError for a stage there is not."""
        from . import reading

        return reading.text(self, args, kwargs, stage, target or self.options.get("target"), locations)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__name__}>"


class Compiled:
    """One program for one signature, ready to run."""

    def __init__(self, lowered: Lowered, executable):
        self.flatten = lowered.flatten
        self.unflatten = lowered.unflatten
        self.write_back = lowered.write_back
        self.plain = lowered.plain
        self.executable = executable

    def __call__(self, args: tuple, kwargs: dict):
        leaves = self.flatten(args, kwargs)
        results = self.executable(leaves)
        if self.write_back is not None:
            results = self.write_back(args, kwargs, results)
        return self.unflatten(results)

    def direct(self) -> Callable[[tuple], Any] | None:
        """A shortcut for calls whose arguments are the leaves themselves, None where there is none."""
        if not self.plain:
            return None
        executable, unflatten = self.executable, self.unflatten
        if self.plain == "one result":
            return lambda args: executable(args)[0]
        return lambda args: unflatten(executable(args))
