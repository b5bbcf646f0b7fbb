"""What can be called, compiled and read: a kernel, and everything `dsl.grad` and its kin make of one.

A program knows how to lower itself for given arguments; this base class adds the compile cache, the call and the text
of every stage. Programs are compiled once for each signature: the types and shapes of the arguments and the values of
those that are not numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dsl import runtime
from dsl.calling import trees
from dsl.calling.guards import changing
from dsl.calling.interface import Interface
from dsl.calling.lowered import Lowered
from dsl.calling.references import ByReference
from dsl.calling.tracebacks import for_user, of_user
from dsl.passes.ir.diagnostics import Error
from dsl.passes.ir.limits import COMPILED_SIGNATURES, MOST_COMPILATIONS
from dsl.runtime import environment
from dsl.runtime.locks import from_handler, lock_of
from dsl.types import scalar_classes

from . import disk
from .causes import History
from .compiled import Compiled

if TYPE_CHECKING:
    from dsl.runtime import Artifact

    from .compilation import Compilation

_SCALARS = scalar_classes()


def toolchain():
    """The gate to the front end, the passes and the compiler: loaded when the first program is lowered."""
    from . import compilation

    return compilation


class Program(ByReference):
    """Base of kernels and of their derivatives."""

    def __init__(self, name: str, options: dict[str, Any]):
        self.__name__ = self.__qualname__ = name
        self.options = options
        self._by_types: dict[tuple, Callable] = {}
        self._by_signature: dict[Any, Compiled] = {}
        self._derived: dict[str, Program] = {}
        self._history = History()
        self._lock = lock_of(self)
        # read once, when the program is made: compiled forms are looked up without it
        self.debug_nans = environment.flag("DSL_DEBUG_NANS")

    # what subclasses give

    def _lower(self, args: tuple, kwargs: dict, run: Compilation) -> Lowered:
        """The program's IR for these arguments, made by the methods of `run`."""
        raise TypeError(f"{type(self).__name__} cannot be lowered")

    def signature(self, args: tuple, kwargs: dict) -> Any:
        """A hashable key: two calls with equal keys run the same code."""
        raise TypeError(f"{type(self).__name__} has no signature")

    def bind(self, args: tuple, kwargs: dict) -> tuple:
        """The arguments of a call in the order of the lowered program's parameters."""
        if kwargs:
            raise TypeError(f"{self.__name__} takes its arguments by position")
        return args

    def shapes(self, args: tuple, kwargs: dict) -> dict[str, trees.Tree]:
        """The arguments that are given, by name, as far as they make a difference to the code."""
        raise TypeError(f"{type(self).__name__} has no arguments")

    def with_floats(self, args: tuple, kwargs: dict, chosen: Iterable[int] | None = None) -> tuple[tuple, dict]:
        """The arguments of a call as they are differentiated: in those that are `chosen` by their positions (all, for
        None) the integers that are annotated as floats are floats."""
        return args, kwargs

    # calling

    def __call__(self, *args, **kwargs):
        try:
            if not kwargs:
                direct = self._by_types.get(tuple(map(type, args)))
                if direct is not None:
                    return direct(args)
            return self._call(args, kwargs)
        except Error as error:
            raise of_user(error) from error.__cause__

    def _call(self, args: tuple, kwargs: dict):
        """A call that needs more than looking up code by the types of scalars."""
        return self._compiled(args, kwargs)(self.bind(args, kwargs))

    def _compiled(self, args: tuple, kwargs: dict) -> Compiled:
        key = self.signature(args, kwargs)
        for _ in range(MOST_COMPILATIONS):
            found = self._by_signature.get(key)
            if found is None:
                with self._lock:
                    found = self._by_signature.get(key)
                    if found is None:
                        found = self._keep(key, self._compile(args, kwargs, self._new_arguments(args, kwargs)))
                        self._remember(found, args, kwargs)
                self._history.warn(self.__name__)
            if found.unchanged is None or found.unchanged():
                return found if not found.specialized else self._specialized(key, found, args, kwargs)
            # a global or a closure variable has another value now
            with self._lock:
                self._by_signature.clear()
                self._by_types.clear()
                self._history.invalidated(found.interface.guards, found.unchanged)
        raise Error(
            f"{self.__name__} was compiled {MOST_COMPILATIONS} times, and each time something that it reads from "
            f"around it was another value at once: {changing(found.interface.guards) or 'it changes all the time'}\n"
            "help: pass it as an argument, or read it once, before the kernel is called, and keep what was read"
        )

    def _specialized(self, key: Any, found: Compiled, args: tuple, kwargs: dict) -> Compiled:
        """The code for these values of the arguments that decide the sizes of arrays."""
        leaves = found.flatten(self.bind(args, kwargs))
        values = {k: int(leaves[k]) for k in found.specialized}
        if values == found.specialized:
            return found
        own = (key, tuple(values.items()))
        with self._lock:
            compiled = self._by_signature.get(own)
            if compiled is not None:
                return compiled
            why = self._history.new_size({found.interface.in_leaves[k].path: value for k, value in values.items()})
            compiled = self._keep(own, self._compile(args, kwargs, why))
        self._history.warn(self.__name__)
        return compiled

    def _new_arguments(self, args: tuple, kwargs: dict) -> str:
        """Why these arguments have no code yet."""
        try:
            shapes = self.shapes(args, kwargs)
        except Exception as error:  # what is wrong with them is told by who compiles for them
            if from_handler(error):
                raise
            return "a call with wrong arguments"
        return self._history.new_arguments(shapes)

    def _keep(self, key: Any, compiled: Compiled) -> Compiled:
        """Enter compiled code, under the lock, and forget the oldest where there is too much of it."""
        self._by_signature[key] = compiled
        if len(self._by_signature) > COMPILED_SIGNATURES:
            del self._by_signature[next(iter(self._by_signature))]
            self._by_types.clear()
        return compiled

    def _compile(self, args: tuple, kwargs: dict, why: str) -> Compiled:
        interface, artifact = self.build(args, kwargs, why)
        return Compiled(interface, runtime.load(artifact))

    def build(self, args: tuple, kwargs: dict, why: str, target: str | None = None) -> tuple[Interface, Artifact]:
        """How the program is called, and its code, for these arguments (values or types). `why` is for the log."""
        target = target or self.options.get("target")
        make = lambda why: toolchain().build(self, args, kwargs, target, why)
        return disk.find_or_make(self, args, kwargs, target, why, make)

    def lower(self, args: tuple, kwargs: dict, run: Compilation | None = None) -> Lowered:
        """The program's IR for these arguments (values or types), as a stage of `run` where one is given."""
        return self._lower(args, kwargs, run or toolchain().Compilation())

    @for_user
    def tape_bytes(self, *args, **kwargs) -> int:
        """What a call with these arguments stores on its way forward to be read on the way back, in bytes.

        Runs the program. Zero for what is not a reverse derivative, and for one that needs to store nothing."""
        compiled = self._compiled(args, kwargs)
        self.check_sharing(args, kwargs)
        compiled(trees.deep_copied(self.bind(args, kwargs)))
        return compiled.executable.tape_bytes()

    def check_sharing(self, args: tuple, kwargs: dict) -> None:
        """Raise dsl.Error for arguments that a call would refuse because they are one object: copies of them do not
        show it."""
        check = self._compiled(args, kwargs).check
        if check is not None:
            check(self.bind(args, kwargs))

    def derived(self, name: str, make: Callable[[Program], Program]) -> Program:
        """A derivative of this program, made once."""
        found = self._derived.get(name)
        return found if found is not None else self._derived.setdefault(name, make(self))

    def _remember(self, compiled: Compiled, args: tuple, kwargs: dict) -> None:
        """Calls with plain scalars are found by the types alone."""
        direct = compiled.direct() if not compiled.specialized else None
        if not kwargs and direct is not None and all(type(x) in _SCALARS for x in args):
            self._by_types[tuple(map(type, args))] = self._checked(direct, compiled.unchanged)

    def _checked(self, direct: Callable[[tuple], Any], unchanged: Callable[[], bool] | None):
        """A call that first looks whether the values around the function are what they were."""
        if unchanged is None:
            return direct
        return lambda args: direct(args) if unchanged() else self._call(args, {})

    # reading

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages that `ir` can print, in order, for the program's own target."""
        return toolchain().stages(self)

    derivatives: tuple[str, ...] = ()  # the stages that it is derived by, innermost first

    @for_user
    def ir(self, *args, stage: str = "primal", target: str | None = None, locations: bool = False, **kwargs) -> str:
        """The text of a stage for these arguments. `locations` adds the place of every operation.

        Raises ValueError for a stage there is not."""
        return toolchain().text(self, args, kwargs, stage, target or self.options.get("target"), locations)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__name__}>"
