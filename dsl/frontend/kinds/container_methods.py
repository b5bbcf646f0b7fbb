"""Methods of lists, dicts and tuples, and of iterators over dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import number
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.function_table import find_handler
from dsl.frontend.protocols import compare, constant, delete_item, get_attribute, iterate, operate, static_items
from dsl.frontend.values.mutable import Counter, Deque, Dict, List, known_key
from dsl.frontend.values.value import NONE, Native, Tuple, Value, weak

from . import deques, growing_list_methods
from .containers import raise_key_error, select
from .growing_lists import copied_list, extend_by, growing, is_known_now
from .hashed_dicts import (
    copied_entries,
    entries_of,
    get_value,
    is_hashed,
    most_common,
    parts_of_dict,
    pop_last_entry,
    popped,
    update_entries,
    value_or_new,
)

LAST = weak(-1)
LIST: dict[str, Callable] = {}
DICT: dict[str, Callable] = {}
TUPLE: dict[str, Callable] = {}
COUNTER: dict[str, Callable] = {}


def method(name: str, *tables: dict):
    return lambda function: [table.__setitem__(name, function) for table in tables] and function


@get_attribute.of(List, Dict, Tuple)
def find_method(m: Interpreter, owner: Value, name: str) -> Value | None:
    """A method of a list, dict or tuple, bound."""
    if isinstance(owner, Deque) and name in deques.METHODS:
        return bound(deques.METHODS[name], owner, name)
    if name in growing_list_methods.METHODS and growing(m, owner) is not None:
        return bound(growing_list_methods.METHODS[name], owner, name)
    for kind, table in ((List, LIST), (Counter, COUNTER), (Dict, DICT), (Tuple, TUPLE)):
        if isinstance(owner, kind) and name in table:
            return bound(table[name], owner, name)
    return None


def bound(handler: Callable, owner: Value, name: str) -> Native:
    return Native(lambda m, *a, **k: handler(m, owner, *a, **k), name)


@method("append", LIST)
def append(m: Interpreter, owner: List, value: Value) -> Value:
    owner.store(m, [*owner.items(m), value])
    return NONE


@method("extend", LIST)
def extend(m: Interpreter, owner: List, values: Value) -> Value:
    sequence = iterate(m, values)
    if not (sequence.low.is_constant and sequence.high.is_constant):
        return extend_by(m, owner, values)
    owner.store(m, [*owner.items(m), *sequence.items(m)])
    return NONE


@method("insert", LIST)
def insert(m: Interpreter, owner: List, at: Value, value: Value) -> Value:
    if not is_known_now(at):
        return growing_list_methods.insert_item(m, owner, at, value)
    items = list(owner.items(m))
    items.insert(int(number(at, "insert's index").constant), value)
    owner.store(m, items)
    return NONE


@method("pop", LIST)
def pop(m: Interpreter, owner: List, at: Value = LAST) -> Value:
    if not is_known_now(at):
        return growing_list_methods.pop_item(m, owner, at)
    items = list(owner.items(m))
    k = int(number(at, "pop's index").constant)
    if not -len(items) <= k < len(items):
        m.raise_now("IndexError", owner.empty_message if not items else "pop index out of range")
    value = items.pop(k)
    owner.store(m, items)
    return value


@delete_item.of(List)
def delete_list_item(m: Interpreter, owner: List, at: Value) -> Value:
    message = f"{owner.kind} assignment index out of range"
    if growing(m, owner) is not None or not is_known_now(at):
        return growing_list_methods.delete_place(m, owner, at, message)
    items = list(owner.items(m))
    k = known_key(at)
    if not -len(items) <= k < len(items):
        m.raise_now("IndexError", message)
    del items[k]
    owner.store(m, items)
    return NONE


@delete_item.of(Dict)
def delete_entry(m: Interpreter, owner: Dict, key: Value) -> Value:
    pop_entry(m, owner, key)
    return NONE


@method("remove", LIST)
def remove(m: Interpreter, owner: List, value: Value) -> Value:
    if not owner.items(m):
        m.raise_now("ValueError", "list.remove(x): x not in list")
    return growing_list_methods.remove_item(m, owner, value)


@method("clear", LIST)
def clear_list(m: Interpreter, owner: List) -> Value:
    owner.store(m, [])
    return NONE


@method("reverse", LIST)
def reverse(m: Interpreter, owner: List) -> Value:
    owner.store(m, reversed(owner.items(m)))
    return NONE


@method("sort", LIST)
def sort(m: Interpreter, owner: List, **options: Value) -> Value:
    in_order: Any = find_handler(sorted)
    owner.store(m, in_order(m, owner, **options).items(m))
    return NONE


@method("copy", LIST, DICT)
def copy_container(m: Interpreter, owner: List | Dict) -> Value:
    return copied_list(m, owner) if isinstance(owner, List) else copied_entries(m, owner)


@method("index", LIST, TUPLE)
def index(m: Interpreter, owner: Value, value: Value) -> Value:
    """The first item that is equal."""
    result, found = weak(0), scalar_ops.FALSE
    for k, item in reversed(list(enumerate(static_items(m, owner, "index")))):
        same = m.truth(compare(m, "eq", item, value))
        found = scalar_ops.logical_or(m.builder, found, same)
        result = (weak(k) if same.constant else result) if same.is_constant else select(m, same, weak(k), result)
    missing = scalar_ops.logical_not(m.builder, found)
    if not (missing.is_constant and not missing.constant):
        m.builder.fail(m.builder.ssa(missing), "ValueError", "value is not in list")
    return result


@method("count", LIST, TUPLE)
def count(m: Interpreter, owner: Value, value: Value) -> Value:
    result: Value = weak(0)
    for item in static_items(m, owner, "count"):
        result = operate(m, "+", result, m.truth(compare(m, "eq", item, value)))
    return result


@method("keys", DICT)
def keys(m: Interpreter, owner: Dict) -> Value:
    return parts_of_dict(m, owner, "keys")


@method("values", DICT)
def values(m: Interpreter, owner: Dict) -> Value:
    return parts_of_dict(m, owner, "values")


@method("items", DICT)
def items(m: Interpreter, owner: Dict) -> Value:
    return parts_of_dict(m, owner, "items")


@method("clear", DICT)
def clear_dict(m: Interpreter, owner: Dict) -> Value:
    owner.replace(m, {})
    return NONE


@method("pop", DICT)
def pop_entry(m: Interpreter, owner: Dict, key: Value, default: Value | None = None) -> Value:
    if is_hashed(m, owner, key):
        return popped(m, owner, key, default)
    entries, known = dict(owner.entries(m)), known_key(key)
    if known not in entries:
        if default is None:
            raise_key_error(m, key)
        return default
    value = entries.pop(known)
    owner.replace(m, entries)
    return value


@method("setdefault", DICT)
def set_default(m: Interpreter, owner: Dict, key: Value, default: Value = NONE) -> Value:
    if is_hashed(m, owner, key):
        return value_or_new(m, owner, key, default)
    entries, known = owner.entries(m), known_key(key)
    if known not in entries:
        owner.store(m, known, default)
        return default
    return entries[known]


@method("get", DICT)
def get_entry(m: Interpreter, owner: Dict, key: Value, default: Value = NONE) -> Value:
    if is_hashed(m, owner, key):
        return get_value(m, owner, key, default)
    return owner.entries(m).get(known_key(key), default)


@method("update", DICT)
def update(m: Interpreter, owner: Dict, other: Value | None = None, **entries: Value) -> Value:
    if other is not None:
        update_entries(m, owner, other)
    for key, value in entries.items():
        owner.store(m, key, value)
    return NONE


@method("popitem", DICT)
def pop_any_entry(m: Interpreter, owner: Dict) -> Value:
    """The entry that came last."""
    if entries_of(m, owner) is not None:
        return pop_last_entry(m, owner)
    entries = dict(owner.entries(m))
    if not entries:
        m.raise_now("KeyError", "popitem(): dictionary is empty")
    key, value = entries.popitem()
    owner.replace(m, entries)
    return Tuple((constant(m, key), value))


@method("most_common", COUNTER)
def most_common_of(m: Interpreter, owner: Counter, n: Value = NONE) -> Value:
    return most_common(m, owner, n)
