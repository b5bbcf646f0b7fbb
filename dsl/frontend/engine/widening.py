"""Kinds of values that hold what is unlike on two paths, and values in such a kind.

    common(0, 2.5)          a float that may be an int in CPython
    common(None, x)         one of None and a float
    common((0, x), (y, 1))  a tuple of two such floats

A kind is written as a value of it whose leaves do not matter. A loop whose variable is of another kind at the end of an
iteration is visited again with the variable in the common kind from the beginning; so is a
recursion with its registers.
"""

from __future__ import annotations

from dsl.frontend.emit.number_joins import common_kind, in_number_kind, kind_of_number
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.value import Composite, Scalar, Tensor, Value, weak

from .alternatives import alternatives_of, can_be_one_of, tag_of
from .interpreter import Interpreter
from .join import zero
from .pool_sites import want_alike


def common(m: Interpreter, a: Value, b: Value) -> Value | None:
    """The kind that holds both; None where there is none."""
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        kind = common_kind(a, b)
        return None if kind is None else kind.make(constant=kind.dtype.numpy(0).item())
    if isinstance(a, OneOf) or type(a) is not type(b) or a.key() != b.key():
        return common_alternatives(m, a, b)
    if not isinstance(a, Composite):
        return b
    parts = [common(m, x, y) for x, y in zip(a.parts(), b.parts())]
    return None if None in parts else a.with_parts(parts)


def common_alternatives(m: Interpreter, a: Value, b: Value) -> Value | None:
    mine, others = alternatives_of(m, a), alternatives_of(m, b)
    found: dict[int, Value] = {}
    for k in sorted({*mine, *others}):
        kind = common(m, mine[k], others[k]) if k in mine and k in others else mine.get(k) or others[k]
        if kind is None:
            return None
        found[k] = kind
    if can_be_one_of(m, list(found.values())):
        return OneOf(weak(0), found)
    want_alike(m, a, b)
    return None


def is_of_kind(value: Value, kind: Value) -> bool:
    """Whether a value needs no change to be one of a kind that holds it."""
    if isinstance(value, Scalar) and isinstance(kind, Scalar):
        return kind_of_number(value) == kind_of_number(kind)
    if type(value) is not type(kind) or value.key() != kind.key():
        return False
    return all(is_of_kind(x, y) for x, y in zip(value.parts(), kind.parts()))


def in_kind(m: Interpreter, value: Value, kind: Value, epoch: int = 0) -> Value:
    """The value as one of a kind that holds it. Objects of the kind are used where they were made before `epoch`."""
    if isinstance(value, Scalar) and isinstance(kind, Scalar):
        return in_number_kind(m.builder, value, kind_of_number(kind))
    if isinstance(kind, OneOf):
        held = alternatives_of(m, value)
        made = {k: in_kind(m, held[k], other, epoch) if k in held else blank(m, other, epoch)
                for k, other in kind.alternatives.items()}
        return OneOf(tag_of(m, value), made)
    parts = value.parts()
    return value.with_parts([in_kind(m, x, y, epoch) for x, y in zip(parts, kind.parts())]) if parts else value


def blank(m: Interpreter, kind: Value, epoch: int = 0) -> Value:
    """Something of a kind, that does not matter."""
    if isinstance(kind, Scalar):
        return type(kind)(kind.dtype, kind.weak, constant=kind.dtype.numpy(0).item())
    if isinstance(kind, Tensor):
        return kind.around(zero(m.builder, kind))
    if isinstance(kind, Mutable):
        if kind.epoch < epoch:
            return kind
        made = kind.like(m.store)
        made.slots.update({key: blank(m, part, epoch) for key, part in kind.slots.items()})
        return made
    parts = kind.parts()
    return kind.with_parts([blank(m, part, epoch) for part in parts]) if parts else kind


def changed(m: Interpreter, value: Value, kinds: dict[tuple, Value], epoch: int, position: tuple = ()) -> Value:
    """The value with the parts at some positions in other kinds."""
    if position in kinds:
        return in_kind(m, value, kinds[position], epoch)
    if not any(other[: len(position)] == position for other in kinds) or isinstance(value, Mutable):
        return value
    parts = [changed(m, part, kinds, epoch, (*position, k)) for k, part in enumerate(value.parts())]
    return value.with_parts(parts) if parts else value


def holds_objects(value: Value) -> bool:
    """Whether there is a mutable object inside."""
    return isinstance(value, Mutable) or any(map(holds_objects, value.parts()))
