"""`@dsl.kernel`: a Python function that is compiled where it stands."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

from .program import Program


class Kernel(Program):
    """A decorated function. Calling it compiles it for the argument types, once, and runs native code.

    `kernel.python` is the function as it was; with DSL_DISABLE_JIT set in the environment calls run that.
    """

    front_stages = ("ast", "primal", "adjoint", "tangent")

    def __init__(self, function: Callable, options: dict[str, Any]):
        super().__init__(function.__name__, options)
        functools.update_wrapper(self, function)
        self.python = function

    def lower(self, args, kwargs, observe=lambda stage, text: None):
        from . import frontend
        from .lowered import Lowered
        from .passes.autodiff import resolve_nested

        found = frontend.lower(self.python, args, kwargs, options=self.options)
        observe("ast", self._ast())
        observe("primal", found.module)
        resolve_nested(found.module)
        return Lowered(found.module, found.entry, found.parameters, found.in_tree, found.out_tree,
                       found.in_leaves, found.out_leaves, found.mutated, self._place())  # fmt: skip

    def _ast(self) -> str:
        import ast

        from .frontend import source

        return ast.dump(source.find(self.python).node, indent=2)

    def _place(self) -> tuple:
        code = self.python.__code__
        return (code.co_filename, code.co_firstlineno, 1)

    def signature(self, args, kwargs):
        from .frontend import signature_key

        return signature_key(args, kwargs)

    def bind(self, args, kwargs):
        from .frontend.lower import bind_arguments

        return tuple(bind_arguments(self.python, args, kwargs).values())

    def __call__(self, *args, **kwargs):
        if _disabled():
            return self.python(*args, **kwargs)
        return super().__call__(*args, **kwargs)

    def __get__(self, instance, owner=None):
        """A kernel in a class body is a method, as a function there would be."""
        return self if instance is None else functools.partial(self, instance)


def _disabled() -> bool:
    return os.environ.get("DSL_DISABLE_JIT", "") not in ("", "0")


def kernel(function: Callable | None = None, *, target: str | None = None, bounds_check: bool = True, checkpoint=None):
    """Make a Python function a kernel: `@dsl.kernel`, or `@dsl.kernel(target="vulkan")`.

    target: where it runs (see `dsl.targets()`); the default is the environment's DSL_TARGET, or "cpu".
    bounds_check: whether an index out of range raises IndexError (else it is undefined).
    checkpoint: how its loops are differentiated in reverse: None stores what each iteration needs; an int recomputes
        in segments of that many iterations; a tuple of ints splits segments again.
    """
    options = {"target": target, "bounds_check": bounds_check, "checkpoint": checkpoint}
    if function is None:
        return lambda decorated: Kernel(decorated, options)
    if not callable(function):
        raise TypeError(f"dsl.kernel decorates a function, not {type(function).__name__}")
    return Kernel(function, options)


def as_program(function: Callable) -> Program:
    """A kernel or derivative as it is, a plain function as a kernel."""
    return function if isinstance(function, Program) else kernel(function)
