"""One of several values that are all at hand: an item at a run-time index, the lesser of two.

    (x, y, 1.0)[i]          arith.select for each position
    (ball, wall)[i]         both, and a tag that tells which (engine/alternatives.py)

What is written to a chosen object must be seen in the one that it is: objects are told apart one by one where a program
does that, else what stands for one of several cannot be changed.
"""

from __future__ import annotations

from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.number_joins import common_kind, in_number_kind
from dsl.frontend.engine.alternatives import alternatives_of, can_be_one_of, tag_of
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.ownership import freeze
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.ranges import union
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, Tensor, Value


def select(m: Interpreter, condition: Scalar, a: Value, b: Value) -> Value:
    """`a if condition else b`."""
    found = one_chosen(m, condition, a, b)
    if found is None:
        raise Refused(f"{a.describe()} is stored at a run-time index of a list that holds {b.describe()}",
                      "keep items of one type")
    return found


def select_item(m: Interpreter, items: tuple, at: Any, kind: str) -> Value:
    """The item at an index, an SSA value inside of the length, by comparing it with each position."""
    if not items:
        raise Refused(f"an item of an empty {kind}")
    result = items[0]
    for k, item in enumerate(items[1:], 1):
        here = scalar_ops.boolean(m.builder.compare("eq", at, m.builder.constant(types.i64, k), False))
        found = one_chosen(m, here, item, result)
        if found is None:
            raise Refused(f"a run-time index into a {kind} of different kinds of items: {items[0].describe()} and "
                          f"{item.describe()}", "use items of one type, or loop over them")
        result = found
    return result


def one_chosen(m: Interpreter, condition: Scalar, a: Value, b: Value) -> Value | None:
    """`a if condition else b`; None where no value can be both."""
    if a is b:
        return a
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return select_number(m, condition, a, b)
    if isinstance(a, Tensor) and isinstance(b, Tensor) and a.key() == b.key():
        return Tensor(a.dtype, a.shape, m.builder.select(m.builder.ssa(condition), m.builder.ssa(a), m.builder.ssa(b)))
    if isinstance(a, OneOf) or type(a) is not type(b) or a.key() != b.key():
        return chosen_alternative(m, condition, a, b)
    if isinstance(a, Mutable) and isinstance(b, Mutable):
        return chosen_alternative(m, condition, a, b) if m.tells_apart else chosen_object(m, condition, a, b)
    parts = [one_chosen(m, condition, x, y) for x, y in zip(a.parts(), b.parts())]
    return None if None in parts else a.with_parts(parts) if parts else a


def select_number(m: Interpreter, condition: Scalar, a: Scalar, b: Scalar) -> Scalar | None:
    kind = common_kind(a, b)
    if kind is None:
        return None
    a, b = (in_number_kind(m.builder, x, kind) for x in (a, b))
    ssa = m.builder.select(m.builder.ssa(condition), m.builder.ssa(a), m.builder.ssa(b))
    return kind.make(ssa, range=union(a.extent, b.extent))


def chosen_alternative(m: Interpreter, condition: Scalar, a: Value, b: Value) -> Value | None:
    mine, others = alternatives_of(m, a), alternatives_of(m, b)
    made: dict[int, Any] = {}
    for k in sorted({*mine, *others}):
        both = k in mine and k in others
        made[k] = one_chosen(m, condition, mine[k], others[k]) if both else mine.get(k) or others[k]
    if None in made.values() or not can_be_one_of(m, list(made.values())):
        return None
    tag = select_number(m, condition, tag_of(m, a), tag_of(m, b))
    return None if tag is None else OneOf(tag, made)


def chosen_object(m: Interpreter, condition: Scalar, a: Mutable, b: Mutable) -> Mutable | None:
    """A thing that stands for one of two, which are changed no more (engine/ownership.py)."""
    if set(a.slots) != set(b.slots):
        return None
    pairs = {key: (m.store.read(a, key), m.store.read(b, key)) for key in a.slots}
    contents = {key: one_chosen(m, condition, *pair) for key, pair in pairs.items()}
    if None in contents.values():
        return None
    for thing in (a, b):
        freeze(m, thing)
    made = a.like(m.store)
    made.slots.update(contents)
    made.frozen = True
    return made
