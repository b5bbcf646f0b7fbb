"""Integers that are meant as floats, where an argument is differentiated: what annotations say about the numbers in it.

    @dataclass
    class Spring:
        stiffness: float            # Spring(3, 2): differentiated as Spring(3.0, 2),
        coils: int                  # everywhere else as it stands

An integer carries no derivative: without this the gradient with respect to such a field would be zero, without a word.
Only what is differentiated is converted, since elsewhere an annotation changes nothing that a program can see.
"""

from __future__ import annotations

import collections.abc
import inspect
import itertools
import sys
import types as python_types
import typing
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from dsl.types import DType, f64

from .binding import annotations_of
from .pytree import field_names, is_named_tuple, is_struct, with_fields

_AROUND = (typing.Annotated, typing.Final, typing.ClassVar)


def means_float(annotation: Any) -> bool:
    """Whether a number annotated so is a float: by `float`, `dsl.f32`, `float | None`, but not `float | int`."""
    annotation = _bare(annotation)
    if _is_union(annotation):
        parts = [_bare(part) for part in typing.get_args(annotation)]
        return any(map(means_float, parts)) and not any(map(_means_int, parts))
    if isinstance(annotation, DType):
        return annotation.kind == "float"
    return isinstance(annotation, type) and issubclass(annotation, float | np.floating)


def _means_int(annotation: Any) -> bool:
    if isinstance(annotation, DType):
        return annotation.kind != "float"
    return isinstance(annotation, type) and issubclass(annotation, int | np.integer | np.bool_)


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, python_types.UnionType)


def _bare(annotation: Any) -> Any:
    """The annotation without what says nothing about the type of a value that is there."""
    while True:
        if typing.get_origin(annotation) in _AROUND:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif _is_union(annotation):
            rest = [part for part in typing.get_args(annotation) if part is not type(None)]
            if len(rest) != 1:
                return annotation
            annotation = rest[0]
        else:
            return annotation


def annotations_of_parts(cls: type | None, annotation: Any, names: Sequence) -> list:
    """The annotations of the parts of a value: of the fields of a struct, by its class, or of the items of a container
    that is annotated."""
    if cls is not None and is_struct(cls):
        found = _annotations_of_class(cls)
        return [found.get(name) for name in names]
    annotation = _bare(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if not arguments or not isinstance(origin, type):
        return [None] * len(names)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return [arguments[0]] * len(names)
        return list(arguments) if len(arguments) == len(names) else [None] * len(names)
    if issubclass(origin, collections.abc.Iterable):  # of a mapping the last are the values
        return [arguments[-1]] * len(names)
    return [None] * len(names)


def _annotations_of_class(cls: type) -> dict[str, Any]:
    """The annotations of a class and its bases; text is evaluated where it can be."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        names = vars(sys.modules.get(base.__module__, typing))
        for name, value in inspect.get_annotations(base).items():
            text = value.__forward_arg__ if isinstance(value, typing.ForwardRef) else value
            if isinstance(text, str):
                try:
                    value = eval(text, dict(names), dict(vars(base)))
                except Exception:  # a name that is known to type checkers only
                    value = None
            found[name] = value
    return found


def with_floats(value: Any, annotation: Any = None) -> Any:
    """A value (or types in the places of values) with floats for the integers that are annotated as such."""
    if means_float(annotation) and (converted := _as_float(value)) is not None:
        return converted
    if is_struct(value) and not isinstance(value, type):
        names = field_names(type(value))
        parts = [getattr(value, name) for name in names]
    elif isinstance(value, tuple | list | dict):
        names = tuple(value) if isinstance(value, dict) else range(len(value))
        parts = list(value.values()) if isinstance(value, dict) else list(value)
    else:
        return value
    inside = annotations_of_parts(type(value), annotation, names)
    changed = list(map(with_floats, parts, inside))
    if all(new is old for new, old in zip(changed, parts)):
        return value
    if isinstance(value, dict):
        return dict(zip(names, changed))
    if is_named_tuple(value):
        return type(value)(*changed)
    if isinstance(value, tuple | list):
        return tuple(changed) if isinstance(value, tuple) else changed
    return with_fields(type(value), **{str(name): part for name, part in zip(names, changed)})


def _as_float(value: Any) -> Any:
    """The float for an integer or a type of integers; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return float(value)
    if isinstance(value, np.integer):
        return np.float64(value)
    if value is int:
        return float
    return f64 if isinstance(value, DType) and value.kind == "int" else None


def arguments_with_floats(
    function: Callable, args: tuple, kwargs: dict, chosen: Iterable[int] | None = None
) -> tuple[tuple, dict]:
    """The arguments of a call, those that are `chosen` by their positions (all, for None) with floats."""
    if not kwargs and all(type(value) in (float, np.ndarray) for value in args):
        return args, kwargs
    signature = inspect.signature(function)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:  # whoever makes the call says what is wrong with it
        return args, kwargs
    annotations = annotations_of(function)
    starred = {p.kind: name for name, p in signature.parameters.items()}.get(inspect.Parameter.VAR_POSITIONAL)
    count = len(bound.arguments) + (len(bound.arguments[starred]) - 1 if starred in bound.arguments else 0)
    numbers = set(range(count)) if chosen is None else {k % count for k in chosen if isinstance(k, int) and count}
    position = itertools.count()

    def converted(value, annotation):
        return with_floats(value, annotation) if next(position) in numbers else value

    for name, value in bound.arguments.items():
        if name == starred:
            bound.arguments[name] = tuple([converted(item, annotations.get(name)) for item in value])
        elif signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            bound.arguments[name] = converted(value, dict[str, annotations.get(name)])
        else:
            bound.arguments[name] = converted(value, annotations.get(name))
    return bound.args, bound.kwargs
