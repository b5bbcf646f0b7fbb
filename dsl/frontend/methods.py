"""Methods of lists, dicts and tuples, and of iterators over dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import scalars
from .heap import Dict, List
from .machine import Machine
from .operators import compare as compare_values
from .sequences import of_live, static_items
from .signals import Refused
from .values import NONE, Native, Scalar, Tuple, Value, weak

LAST = weak(-1)
LIST: dict[str, Callable] = {}
DICT: dict[str, Callable] = {}
TUPLE: dict[str, Callable] = {}


def method(*tables: dict):
    return lambda function: [table.__setitem__(function.__name__, function) for table in tables] and function


def find_method(m: Machine, owner: Value, name: str) -> Value | None:
    """A method of a list, dict or tuple, bound."""
    for kind, table in ((List, LIST), (Dict, DICT), (Tuple, TUPLE)):
        if isinstance(owner, kind) and name in table:
            return bound(table[name], owner, name)
    return None


def bound(handler: Callable, owner: Value, name: str) -> Native:
    return Native(lambda m, *a, **k: handler(m, owner, *a, **k), name)


def position(at: Value, what: str) -> int:
    if not (isinstance(at, Scalar) and at.is_constant):
        raise Refused(f"{what} at an index that is not known at compile time", "use an array and keep its length")
    return int(at.constant)


@method(LIST)
def append(m: Machine, owner: List, value: Value) -> Value:
    owner.store(m, [*owner.items(m), value])
    return NONE


@method(LIST)
def extend(m: Machine, owner: List, values: Value) -> Value:
    owner.store(m, [*owner.items(m), *static_items(m, values, "extend")])
    return NONE


@method(LIST)
def insert(m: Machine, owner: List, at: Value, value: Value) -> Value:
    items = list(owner.items(m))
    items.insert(position(at, "insert"), value)
    owner.store(m, items)
    return NONE


@method(LIST)
def pop(m: Machine, owner: List, at: Value = LAST) -> Value:
    items = list(owner.items(m))
    k = position(at, "pop")
    if not -len(items) <= k < len(items):
        m.raise_now("IndexError", "pop from empty list" if not items else "pop index out of range")
    value = items.pop(k)
    owner.store(m, items)
    return value


@method(LIST)
def clear(m: Machine, owner: List) -> Value:
    owner.store(m, [])
    return NONE


@method(LIST)
def reverse(m: Machine, owner: List) -> Value:
    owner.store(m, reversed(owner.items(m)))
    return NONE


@method(LIST)
def sort(m: Machine, owner: List, **options: Value) -> Value:
    from .intrinsics import find

    in_order: Any = find(sorted)
    owner.store(m, in_order(m, owner, **options).items(m))
    return NONE


@method(LIST, DICT)
def copy(m: Machine, owner: List | Dict) -> Value:
    return List(m.state, owner.items(m)) if isinstance(owner, List) else Dict(m.state, owner.entries(m))


@method(LIST, TUPLE)
def index(m: Machine, owner: Value, value: Value) -> Value:
    """The first item that is equal."""
    import ast

    from .items import choose

    result, found = weak(0), scalars.FALSE
    for k, item in reversed(list(enumerate(static_items(m, owner, "index")))):
        same = m.truth(compare_values(m, ast.Eq(), item, value))
        found = scalars.logical_or(m.builder, found, same)
        result = (weak(k) if same.constant else result) if same.is_constant else choose(m, same, weak(k), result)
    missing = scalars.logical_not(m.builder, found)
    if not (missing.is_constant and not missing.constant):
        m.builder.fail(m.builder.ssa(missing), "ValueError", "value is not in list")
    return result


@method(LIST, TUPLE)
def count(m: Machine, owner: Value, value: Value) -> Value:
    import ast

    from .operators import operate

    result: Value = weak(0)
    for item in static_items(m, owner, "count"):
        result = operate(m, "+", result, m.truth(compare_values(m, ast.Eq(), item, value)))
    return result


@method(DICT)
def keys(m: Machine, owner: Dict) -> Value:
    from .objects import from_python

    return of_live(m, lambda m: [from_python(m, key) for key in owner.entries(m)])


@method(DICT)
def values(m: Machine, owner: Dict) -> Value:
    return of_live(m, lambda m: list(owner.entries(m).values()))


@method(DICT)
def items(m: Machine, owner: Dict) -> Value:
    from .objects import from_python

    return of_live(m, lambda m: [Tuple((from_python(m, key), value)) for key, value in owner.entries(m).items()])


@method(DICT)
def get(m: Machine, owner: Dict, key: Value, default: Value = NONE) -> Value:
    from .items import known_key

    return owner.entries(m).get(known_key(key), default)


@method(DICT)
def update(m: Machine, owner: Dict, other: Value | None = None, **entries: Value) -> Value:
    from .objects import update_dict

    if other is not None:
        update_dict(m, owner, other)
    for key, value in entries.items():
        owner.store(m, key, value)
    return NONE
