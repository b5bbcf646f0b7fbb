"""What a kernel is compiled for: the types of its arguments, as a key that is cheap to compute."""

from __future__ import annotations

import dataclasses

import numpy as np

from dsl.passes.ir.diagnostics import Error
from dsl.types import scalar_classes

_PLAIN = scalar_classes()
MOST_ITEMS = 10_000  # of a tuple or list among the arguments; each is compiled for on its own, which takes long before


def signature_key(args: tuple, kwargs: dict | None = None):
    """Equal for arguments that one compiled form serves: same structure, types, shapes and known objects."""
    kinds = tuple(map(type, args))
    if not kwargs and _PLAIN.issuperset(kinds):
        return kinds
    key = tuple(map(_key, args))
    return (key, tuple((name, _key(value)) for name, value in kwargs.items())) if kwargs else key


def _key(value):
    kind = type(value)
    if kind in _PLAIN:
        return kind
    if kind is np.ndarray:
        return (value.dtype, value.shape)
    if isinstance(value, tuple | list):
        if len(value) > MOST_ITEMS:
            raise Error(f"an argument is a {kind.__name__} of {len(value)} items, each of which would be an argument "
                        f"of its own; the most are {MOST_ITEMS}\nhelp: pass an array")
        return (kind, *map(_key, value))
    if isinstance(value, dict):
        return (kind, *((name, _key(item)) for name, item in value.items()))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (kind, *(_key(getattr(value, field.name)) for field in dataclasses.fields(value)))
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return (kind, str(value.dtype), tuple(value.shape))
    try:
        hash(value)
    except TypeError:
        return (kind, id(value))
    return (kind, value)
