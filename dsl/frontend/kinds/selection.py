"""One of several values that are all at hand: an item at a run-time index, the lesser of two.

    (x, y, 1.0)[i]          arith.select for each position
    (ball, wall)[i]         both, and a tag that tells which (engine/alternatives.py)

Mutable objects are told apart one by one, as what is written to the chosen one must be seen in it.
"""

from __future__ import annotations

from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.number_joins import common_kind, in_number_kind
from dsl.frontend.engine.alternatives import alternatives_of, can_be_one_of, number_of_kind, tag_of
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_none
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.ranges import union
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, Value, weak


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
    if isinstance(a, Mutable | OneOf) or type(a) is not type(b) or a.key() != b.key():
        return chosen_alternative(m, condition, a, b)
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
    (mine, tag), (others, other_tag) = told_apart(m, a), told_apart(m, b)
    made: dict[int, Any] = {}
    for k in sorted({*mine, *others}):
        both = k in mine and k in others
        made[k] = one_chosen(m, condition, mine[k], others[k]) if both else mine.get(k) or others[k]
    some = [value for value in made.values() if not is_none(value)]
    if None in some or not (all(isinstance(value, Mutable) for value in some) or can_be_one_of(some)):
        return None
    found = select_number(m, condition, tag, other_tag)
    return None if found is None else OneOf(found, made)


def told_apart(m: Interpreter, value: Value) -> tuple[dict[int, Value], Scalar]:
    """The alternatives of a value and its tag; an object has a number of its own."""
    if not isinstance(value, Mutable):
        return alternatives_of(m, value), tag_of(m, value)
    number = number_of_kind(m, value, value)
    return {number: value}, weak(number)
