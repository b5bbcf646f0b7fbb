"""Kinds of values that hold what is unlike on two paths, and values in such a kind.

    common(0, 2.5)       a float, that may be an int in CPython
    common((0, x), (y, 1))   a tuple of two of these

A kind is written as a value of it; what its leaves are does not matter.
"""

from __future__ import annotations

from dsl.frontend.emit.number_joins import common_kind, in_number_kind, kind_of_number
from dsl.frontend.values.value import Composite, Scalar, Value

from .interpreter import Interpreter


def common(a: Value, b: Value) -> Value | None:
    """The kind that holds both; None where there is none."""
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        kind = common_kind(a, b)
        return None if kind is None else kind.make(constant=kind.dtype.numpy(0).item())
    if type(a) is not type(b) or a.key() != b.key():
        return None
    if not isinstance(a, Composite):
        return a
    parts = [common(x, y) for x, y in zip(a.parts(), b.parts())]
    return None if None in parts else a.with_parts(parts)


def is_of_kind(value: Value, kind: Value) -> bool:
    """Whether a value needs no change to be one of a kind that holds it."""
    if isinstance(value, Scalar) and isinstance(kind, Scalar):
        return kind_of_number(value) == kind_of_number(kind)
    if type(value) is not type(kind) or value.key() != kind.key():
        return False
    return all(is_of_kind(x, y) for x, y in zip(value.parts(), kind.parts()))


def in_kind(m: Interpreter, value: Value, kind: Value) -> Value:
    """The value as one of a kind that holds it."""
    if isinstance(value, Scalar) and isinstance(kind, Scalar):
        return in_number_kind(m.builder, value, kind_of_number(kind))
    parts = value.parts()
    return value.with_parts([in_kind(m, x, y) for x, y in zip(parts, kind.parts())]) if parts else value
