"""Unlike values under one name: what of them can be one of several, how two paths join to it, and what uses it.

    best = None                             tag 0 and a float that does not matter
    if c: best = x                          %tag, %value = scf.if %c -> { 1, %x } else { 0, 0.0 }
    best + 1.0                              dsl.fail where %tag is 0; then %value + 1.0

Objects are told apart by tags too, where none may be made that stands for either (ownership.py): a program that is
refused for a write to such a one is lowered again so (lower.py).

`None` may stand beside anything, structs beside structs, functions beside functions. Each kind of value has a number,
the same in the whole program. All alternatives are there at run time, and where the tag has the number of another their
leaves do not matter: they have no derivative, as nobody reads them.

Sound: nobody takes an alternative but where the tag has its number, or has been checked to have it (`branches.each`).
"""

from __future__ import annotations

import types as python_types
from collections.abc import Callable
from typing import Any

from dsl import types
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.mutable import Instance, Mutable
from dsl.frontend.values.value import (
    NONE,
    Closure,
    Conflict,
    Maybe,
    Method,
    Native,
    Partial,
    Permuted,
    Record,
    Scalar,
    Static,
    Unbound,
    Value,
    weak,
)

from .interpreter import Interpreter
from .tags import NO_VALUE, is_none, one_of

FUNCTIONS = (python_types.FunctionType, python_types.BuiltinFunctionType, type)


def number_of_kind(m: Interpreter, value: Value) -> int:
    """The number of the kind of a value, or of an object where these are told apart."""
    if is_none(value):
        return NO_VALUE
    is_one = m.tells_apart and isinstance(value, Mutable)
    kind: Any = ("object", value) if is_one else "number" if isinstance(value, Scalar) else value.key()
    return m.kind_numbers.setdefault(kind, len(m.kind_numbers) + 1)


def alternatives_of(m: Interpreter, value: Value) -> dict[int, Value]:
    return value.alternatives if isinstance(value, OneOf) else {number_of_kind(m, value): value}


def tag_of(m: Interpreter, value: Value) -> Scalar:
    return value.tag if isinstance(value, OneOf) else weak(number_of_kind(m, value))


def can_be_one_of(m: Interpreter, values: list[Value]) -> bool:
    """Whether unlike values may stand under one name."""
    some = [value for value in values if not is_none(value)]
    if any(isinstance(value, Conflict | Unbound | Maybe | Permuted) for value in some):
        return False
    if m.tells_apart and all(isinstance(value, Mutable) and value.key() == some[0].key() for value in some):
        return True
    return len(some) < 2 or all(map(is_structure, some)) or all(map(is_callable_value, some))


def is_structure(value: Value) -> bool:
    return isinstance(value, Record | Instance) and value.cls is not dict  # that is what a dict holds


def is_callable_value(value: Value) -> bool:
    known = isinstance(value, Static) and (isinstance(value.value, FUNCTIONS) or callable(value.value))
    return known or isinstance(value, Closure | Method | Partial | Native)


# joins


def plan_alternatives(merge, a: Value, b: Value, origins, absent: Value) -> Callable | None:
    """The plan of a join to one of several; None where the two cannot be. `absent` stands for what one side lacks."""
    m = merge.m
    mine, others = alternatives_of(m, a), alternatives_of(m, b)
    union = {k: others[k] if k not in mine else mine[k] for k in sorted({*mine, *others})}
    if not can_be_one_of(m, list(union.values())):
        return None
    plans = {k: merge.plan(mine.get(k, absent), others.get(k, absent), origins) for k in union}
    tag = merge.plan_scalars(tag_of(m, a), tag_of(m, b), origins)

    def build(results) -> Value:
        made = {k: plan(results) for k, plan in plans.items()}
        return next((v for v in made.values() if isinstance(v, Conflict)), None) or one_of(tag(results), made)

    return build


def as_alternatives(m: Interpreter, value: Value, like: OneOf) -> Value:
    """The value as one of the alternatives of `like`, of which it takes those that it is not: they do not matter. The
    value itself where it is another one."""
    mine = alternatives_of(m, value)
    if not set(mine) <= set(like.alternatives):
        return value
    return OneOf(tag_of(m, value), {k: mine.get(k, other) for k, other in like.alternatives.items()})


def value_or_none(m: Interpreter, flag: Scalar, value: Value) -> Value:
    """The value where the flag is true, None elsewhere."""
    if is_none(value):
        return value
    b, held = m.builder, alternatives_of(m, value)
    tag = b.select(b.ssa(flag), b.ssa(tag_of(m, value)), b.constant(types.i64, NO_VALUE))
    return OneOf(Scalar(types.i64, True, tag), dict(sorted({NO_VALUE: NONE, **held}.items())))
