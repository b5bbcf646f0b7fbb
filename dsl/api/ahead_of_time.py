"""Compilation ahead of time: a program for given argument types as a file, which runs without the compiler.

    dsl.compile(dsl.grad(f), dsl.f64, dsl.f32[128]).save("f.dslx")
    dsl.load("f.dslx")(1.0, x)

The file holds the compiled code and how it is called, and neither the source nor any class of the user's.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from dsl import runtime, types
from dsl.calling.interface import Interface
from dsl.calling.interface_check import disagreement
from dsl.calling.tracebacks import for_user, of_user
from dsl.calling.trees import DICT, DROPPED, LEAF, LIST, STATIC, STRUCT, TUPLE, Leaf, Tree, outline, tree_of
from dsl.passes.ir.diagnostics import Error
from dsl.program.causes import AHEAD
from dsl.program.compiled import Compiled
from dsl.runtime.locks import lock_of

from .kernels import as_program

if TYPE_CHECKING:
    from dsl.runtime import Artifact

_HEADER = "interface"
_NUMBERS = {"bool": (bool, np.bool_), "int": (int, np.integer), "float": (float, int, np.floating, np.integer)}


@for_user
def compile(function: Callable, *arg_types: Any, target: str | None = None) -> Stored:
    """Compile a kernel, a plain function or a derivative for these argument types, without running it.

    arg_types: dsl.f32, dsl.f32[128, 64], float, int, bool, example values, or structures of them. target: see
    `dsl.targets()`; the default is the kernel's own. The target's device need not be on this machine.
    """
    interface, artifact = as_program(function).build(tuple(map(_example, arg_types)), {}, AHEAD, target)
    return Stored(interface, artifact, f"the compiled {interface.name}")


def _example(kind: Any) -> Any:
    """A Python type as a number of it, so that the parameter's annotation applies to it as in a call."""
    return kind() if isinstance(kind, type) and kind in (bool, int, float) else kind


@for_user
def load(path: str | PathLike) -> Stored:
    """A program that `save` wrote, to be called like the original.

    Raises dsl.Error, naming the file, where it is damaged or none of ours, or was made for another machine.
    """
    artifact, name = runtime.Artifact.load(path), str(path)
    if _HEADER not in artifact.header:
        raise Error(f"{name} does not say how it is called from Python: it was not written by dsl.compile(...).save")
    artifact.check_runs_here(name)
    try:
        interface = Interface.from_json(artifact.header[_HEADER])
        wrong = disagreement(interface, artifact.signature)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Error(f"{name} is damaged: its header does not describe a program ({error})") from None
    if wrong:
        raise Error(f"{name} is damaged: {wrong}")
    return Stored(interface, artifact, name)


class Stored:
    """A program compiled ahead of time: `save` it, or call it where its target's device is."""

    def __init__(self, interface: Interface, artifact: Artifact, name: str):
        self.interface, self.artifact, self._name = interface, artifact, name
        self._direct: dict[tuple, Callable] = {}
        self._lock = lock_of(self)

    @for_user
    def save(self, path: str | PathLike) -> None:
        """Write it to a file for `dsl.load`, by custom a .dslx; a file that is there is replaced as a whole.

        Raises dsl.Error where an argument or result cannot be stored, such as a function."""
        self.artifact.with_header(**{_HEADER: self.interface.to_json()}).save(path)

    def __call__(self, *args, **kwargs):
        """Run it. Raises dsl.Error for arguments that it was not compiled for, and what the kernel raises."""
        try:
            direct = None if kwargs else self._direct.get(tuple(map(type, args)))
            return direct(args) if direct is not None else self._call(args, kwargs)
        except Error as error:
            raise of_user(error) from error.__cause__

    def _call(self, args: tuple, kwargs: dict):
        args = self._bind(args, kwargs)
        for tree, value, parameter in zip(self.interface.in_tree.children, args, self.interface.parameters):
            _check(tree, value, parameter, self._name)
        compiled = self._compiled
        if (direct := compiled.direct()) is not None:
            self._direct[tuple(map(type, args))] = direct
        return compiled(args)

    def _bind(self, args: tuple, kwargs: dict) -> tuple:
        """The arguments by position, each given once."""
        parameters = self.interface.parameters
        missing = parameters[len(args) :]
        if len(args) > len(parameters) or set(kwargs) != set(missing):
            asked = f"{len(parameters)} argument{'s' * (len(parameters) != 1)} ({', '.join(parameters)})"
            found = f"{len(args)}" + "".join(f", {name}=" for name in kwargs)
            raise Error(f"{self._name} takes {asked}, found {found}")
        return (*args, *(kwargs[name] for name in missing))

    @functools.cached_property
    def _compiled(self) -> Compiled:
        with self._lock:
            return Compiled(self.interface, runtime.Executable(self.artifact, self._name))

    @property
    def target(self) -> str:
        """The target and chip it was compiled for."""
        return f"{self.artifact.header['target']}:{self.artifact.header['chip']}"

    def __repr__(self) -> str:
        made = self.interface
        takes = ", ".join(f"{p}: {outline(tree)}" for p, tree in zip(made.parameters, made.in_tree.children))
        return f"<compiled {made.name}({takes}) -> {outline(made.out_tree)} for {self.target}>"


def _check(tree: Tree, value: Any, path: str, name: str) -> None:
    """Raise dsl.Error where an argument is not of the type and structure that was compiled."""
    if not _matches(tree, value):
        raise Error(f"{name}: the argument {path} must be {outline(tree)}, found {outline(tree_of(value, path))}")
    for child, key in zip(tree.children, tree.names):
        if tree.kind == STRUCT:
            _check(child, getattr(value, key), f"{path}.{key}", name)
        else:
            _check(child, value[key], f"{path}[{key!r}]", name)


def _matches(tree: Tree, value: Any) -> bool:
    """Whether a value is of a tree's kind, its parts aside."""
    if tree.kind == LEAF:
        return _fits(tree.data, value)
    if tree.kind == STATIC:
        return type(value) is type(tree.data) and value == tree.data
    if tree.kind == DICT:
        return isinstance(value, dict) and value.keys() == set(tree.names)
    if tree.kind == STRUCT:
        return all(hasattr(value, field) for field in tree.names)
    if tree.kind in (TUPLE, LIST):
        return isinstance(value, tuple if tree.kind == TUPLE else list) and len(value) == len(tree.children)
    return tree.kind == DROPPED


def _fits(leaf: Leaf, value: Any) -> bool:
    if leaf.shape is not None:
        dtype, shape = getattr(value, "dtype", None), getattr(value, "shape", None)
        return shape == leaf.shape and dtype is not None and types.of_numpy(np.dtype(dtype)) is leaf.dtype
    kind = leaf.dtype.kind
    return isinstance(value, _NUMBERS[kind]) and (kind == "bool" or not isinstance(value, bool))


class Table(list):
    """A list whose text is a table."""

    def __repr__(self) -> str:
        rows = [[str(cell) for cell in dataclasses.astuple(row)] for row in self]
        rows.insert(0, [field.name.replace("_", " ") for field in dataclasses.fields(self[0])] if self else [])
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


@dataclass(frozen=True)
class TargetRow:
    """What code can be made for. `chip` is the default one; `target="name:chip"` asks for another."""

    target: str
    chip: str
    without_f64: Chips
    chips: Chips


class Chips(tuple):
    """Chip names."""

    def __str__(self) -> str:
        return " ".join(self) or "-"


@dataclass(frozen=True)
class DeviceRow:
    """A device of this machine and the target that runs on it."""

    target: str
    device: str


def targets() -> Table:
    """Every target with its chips: what `target=` and DSL_TARGET may name.

    All have bool, i32, i64, f16 and f32, and all but the chips listed have f64."""
    return Table(TargetRow(t.name, t.chip, Chips(t.without_f64), Chips(t.chips)) for t in runtime.TARGETS.values())


def devices() -> Table:
    """The devices of this machine, one for each target that can run here."""
    return Table(DeviceRow(target, runtime.describe_device(target)) for target in runtime.usable_targets())
