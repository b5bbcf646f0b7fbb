"""What a kernel is compiled for: the types of its arguments, as a key that is cheap to compute."""

from __future__ import annotations

import dataclasses
from itertools import repeat

import numpy as np

from dsl.passes.ir.diagnostics import Error
from dsl.passes.ir.limits import MOST_ITEMS
from dsl.types import scalar_classes

_PLAIN = scalar_classes()


def signature_key(args: tuple, kwargs: dict | None = None):
    """Equal for arguments that one compiled form serves: same structure, types, shapes and known objects."""
    kinds = tuple(map(type, args))
    if not kwargs and _PLAIN.issuperset(kinds):
        return kinds
    key = tuple([_key(value, [1]) for value in args])
    return (key, tuple((name, _key(value, [1])) for name, value in kwargs.items())) if kwargs else key


def _key(value, count: list[int]):
    """The key of one value; `count` holds how many the argument that it is in consists of, as far as was seen."""
    kind = type(value)
    if kind in _PLAIN:
        return kind
    if kind is np.ndarray:
        return (value.dtype, value.shape)
    if isinstance(value, tuple | list):
        count[0] += len(value) - 1
        if count[0] > MOST_ITEMS:
            raise _too_many(kind, count)
        return (kind, *(map(type, value) if _PLAIN.issuperset(map(type, value)) else map(_key, value, repeat(count))))
    if isinstance(value, dict):
        count[0] += len(value) - 1
        if count[0] > MOST_ITEMS:
            raise _too_many(kind, count)
        return (kind, *[(name, _key(item, count)) for name, item in value.items()])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (kind, *[_key(getattr(value, field.name), count) for field in dataclasses.fields(value)])
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return (kind, str(value.dtype), tuple(value.shape))
    try:
        hash(value)
    except TypeError:
        return (kind, id(value))
    return (kind, value)


def _too_many(kind: type, count: list[int]) -> Error:
    return Error(f"an argument is or holds a {kind.__name__}, with which it has {count[0]} items or more, each of "
                 f"which would be an argument of its own; the most are {MOST_ITEMS}\nhelp: pass an array")
