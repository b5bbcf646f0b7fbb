"""`@dsl.kernel`: a Python function that is compiled where it stands."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, overload

from dsl.calling.binding import bind_arguments
from dsl.calling.bounded_cache import BoundedCache
from dsl.calling.float_annotations import arguments_with_floats
from dsl.calling.signature import signature_key
from dsl.calling.trees import tree_of, tuple_of
from dsl.passes.ir.limits import CACHED_PROGRAMS
from dsl.program.program import Program
from dsl.runtime import environment

from .checkpoint_option import parsed


class Kernel(Program):
    """A decorated function. Calling it compiles it for the argument types, once, and runs native code.

    `kernel.python` is the function as it was; where DSL_DISABLE_JIT was set in the environment when it
    was made, calls run that.
    """

    def __init__(self, function: Callable, options: dict[str, Any]):
        super().__init__(function.__name__, options)
        functools.update_wrapper(self, function)
        self.python = function
        # Read once, since reading it costs half as much as a call; a disabled kernel never has a compiled form.
        self._disabled = environment.flag("DSL_DISABLE_JIT")
        self._parameters = inspect.signature(function).parameters
        self._positional = all(p.kind is not p.VAR_POSITIONAL for p in self._parameters.values())

    def _lower(self, args, kwargs, run):
        found = run.primal(self.python, args, kwargs, self.options)
        names, children = self._spread(found.parameters, found.in_tree.children)
        spread = lambda path: self._spread_path(found, path)
        rebound = [replace(r, path=spread(r.path), choices=tuple(map(spread, r.choices))) for r in found.rebound]
        return found.replace(parameters=names, in_tree=tuple_of(*children), rebound=rebound)

    def _spread(self, names: Sequence[str], values: Sequence) -> tuple[tuple[str, ...], list]:
        """Parameters with what `*args` took as parameters of their own, so that positions are those of the call."""
        starred = self._starred
        spread_names, spread = [], []
        for name, value in zip(names, values):
            parts = getattr(value, "children", value) if name == starred else [value]
            spread_names += [f"{name}[{k}]" for k in range(len(parts))] if name == starred else [name]
            spread += parts
        return tuple(spread_names), spread

    @property
    def _starred(self) -> str | None:
        return next((p.name for p in self._parameters.values() if p.kind is p.VAR_POSITIONAL), None)

    def _spread_path(self, found, path: tuple[int, ...]) -> tuple[int, ...]:
        """A path among the arguments, where what `*args` took are arguments of their own."""
        if self._starred not in found.parameters:
            return path
        at = found.parameters.index(self._starred)
        if path[0] == at:
            return (at + path[1], *path[2:])
        extra = len(found.in_tree.children[at].children) - 1
        return (path[0] + (extra if path[0] > at else 0), *path[1:])

    def signature(self, args, kwargs):
        return signature_key(args, kwargs)

    def bind(self, args, kwargs):
        if self._positional and not kwargs:
            return args
        bound = bind_arguments(self.python, args, kwargs)
        return tuple(self._spread(list(bound), list(bound.values()))[1])

    def shapes(self, args, kwargs):
        return {name: tree_of(value, name) for name, value in bind_arguments(self.python, args, kwargs).items()}

    def with_floats(self, args, kwargs, chosen=None):
        return arguments_with_floats(self.python, args, kwargs, chosen)

    def _call(self, args, kwargs):
        return self.python(*args, **kwargs) if self._disabled else super()._call(args, kwargs)

    def check_sharing(self, args, kwargs):
        if not self._disabled:  # Python's own calls have nothing to refuse
            super().check_sharing(args, kwargs)

    def _made_of(self):
        return _restored, (self.python, self.options)

    def __get__(self, instance, owner=None):
        """A kernel in a class body is a method, as a function there would be."""
        return self if instance is None else functools.partial(self, instance)


@overload
def kernel(
    function: Callable, *, target: str | None = None, bounds_check: bool = True, overflow_check: bool = True,
    checkpoint=None,
) -> Kernel: ...
@overload
def kernel(
    function: None = None, *, target: str | None = None, bounds_check: bool = True, overflow_check: bool = True,
    checkpoint=None,
) -> Callable[[Callable], Kernel]: ...
def kernel(
    function: Callable | None = None, *, target: str | None = None, bounds_check: bool = True,
    overflow_check: bool = True, checkpoint=None,
) -> Any:
    """Make a Python function a kernel: `@dsl.kernel`, or `@dsl.kernel(target="vulkan")`.

    target: where it runs (see `dsl.targets()`); the default is the environment's DSL_TARGET, or "cpu".
    bounds_check: whether an index out of range raises IndexError (else it is undefined).
    overflow_check: whether a Python int that does not fit in 64 bits raises OverflowError (else it wraps).
    checkpoint: how its loops are differentiated in reverse: None stores what each iteration needs; an int recomputes
        in segments of that many iterations; a tuple of ints splits segments again; text like "64 MiB" is the memory
        that the tape of a gradient may take, and chooses the segments.
    """
    parsed(checkpoint)
    options = {"target": target, "bounds_check": bounds_check, "overflow_check": overflow_check,
               "checkpoint": checkpoint}
    if function is None:
        return lambda decorated: Kernel(decorated, options)
    if not callable(function):
        raise TypeError(f"dsl.kernel decorates a function, not {type(function).__name__}")
    return Kernel(function if hasattr(function, "__code__") else _as_function(function), options)


# Plain functions as kernels. Not weak: a kernel holds its function, so that no entry would ever go.
_PROGRAMS: BoundedCache[Program] = BoundedCache(CACHED_PROGRAMS)


def as_program(function: Callable) -> Program:
    """A kernel or derivative as it is; a plain function, or anything that can be called, as a kernel, made once."""
    if isinstance(function, Program):
        return function
    try:
        return _PROGRAMS.get_or_make(function, lambda: kernel(_as_function(function)))
    except TypeError:  # it cannot be hashed
        return kernel(_as_function(function))


def _restored(function: Callable, options: dict[str, Any]) -> Program:
    """The kernel of a function with these options, made once in a process."""
    plain = as_program(function)
    same = options == plain.options
    return plain if same else plain.derived(f"kernel {sorted(options.items())}", lambda _: Kernel(function, options))


def _as_function(made: Callable) -> Callable:
    """A Python function that calls `made`, for callables that have no source of their own."""
    if isinstance(made, types.FunctionType):
        return made

    def call(*args, **kwargs):
        return made(*args, **kwargs)

    call.__name__ = call.__qualname__ = getattr(made, "__name__", type(made).__name__)
    return call
