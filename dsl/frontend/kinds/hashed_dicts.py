"""Dicts whose keys are known only at run time: what operators, builtins and statements do with them.

A dict becomes one where such a key is written to it, or where it has other keys on one path or in one iteration than in
another (engine/forms.py). What searches its table is written in the language (dsl/library/dicts.py).
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import cast
from dsl.frontend.engine.branches import fork
from dsl.frontend.engine.dict_items import EntryForm, common_entries
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.list_growth import grow
from dsl.frontend.engine.list_items import counted, list_element, reserve_room, resized, with_list_element
from dsl.frontend.function_table import intrinsic
from dsl.frontend.protocols import (
    compare,
    constant,
    contains,
    delete_item,
    get_item,
    iterate,
    length,
    operate,
    set_item,
    truth,
)
from dsl.frontend.values.dict_contents import HashedEntries
from dsl.frontend.values.iterables import Sequence, of_live
from dsl.frontend.values.mutable import Counter, DefaultDict, Dict, List
from dsl.frontend.values.signals import Dead, LengthChanged, Refused
from dsl.frontend.values.value import NONE, Conflict, Scalar, Static, Tuple, Value, leaves, map_leaves, weak
from dsl.library import dicts

from .containers import key_in_message
from .growing_lists import ZERO, by_program, growable, is_known_now
from .selection import select, select_item

CHANGED_SIZE = "dictionary changed size during iteration"
KEYS = "such a dict's keys are ints, or tuples of ints"
VALUES = "such a dict's values are of one type: numbers, or tuples and frozen structs of them"


def entries_of(m: Interpreter, value: Value) -> HashedEntries | None:
    """The entries of a dict whose keys are known only at run time; None for anything else."""
    contents = value.contents(m) if isinstance(value, Dict) else None
    return contents if isinstance(contents, HashedEntries) else None


def is_known_key(key: Value) -> bool:
    return all(map(is_known_key, key.items)) if isinstance(key, Tuple) else is_known_now(key)


def is_hashed(m: Interpreter, owner: Dict, key: Value) -> bool:
    """Whether an entry has to be looked for at run time."""
    return entries_of(m, owner) is not None or not is_known_key(key)


def as_key(m: Interpreter, key: Value) -> Value:
    """A key as the ints that it is made of."""
    parts = key.items if isinstance(key, Tuple) else (key,)
    if not parts or not all(isinstance(part, Scalar) and part.dtype.kind == "int" for part in parts):
        raise Refused(f"{key.describe()} as a key of a dict whose keys are known only at run time", KEYS)
    return map_leaves(key, lambda part: cast(m.builder, part, types.i64, True))


def may_be_key(held: HashedEntries, key: Value) -> bool:
    """Whether a key can be among those of a dict at all: a string is not equal to any int."""
    wanted = held.keys.item
    return type(key) is type(wanted) and len(leaves(key)) == len(leaves(wanted)) and not isinstance(key, Static)


def hashable(m: Interpreter, owner: Dict, key: Value, value: Value) -> HashedEntries:
    """The entries of a dict, from here on in a form in which it can have one more."""
    form = common_entries(owner.contents(m), entry=(key, value))
    if form is None:
        raise Refused("a dict with keys or values of several kinds, to which a key is added that is known only at run "
                      "time", f"{KEYS}; {VALUES}")
    return grow(m, owner, EntryForm(*form))


# looking for entries


def entry_number(m: Interpreter, held: HashedEntries, key: Value) -> Scalar:
    """The number of the entry with a key; less than 0 where there is none."""
    keys, table = (List(m.store, items) for items in (held.keys, held.table))
    return counted(m.builder.ssa(by_program(m, dicts.number_of_key, keys, table, key)), (-1, 2**48))


def is_there(m: Interpreter, number: Scalar) -> Scalar:
    return scalar_ops.compare_scalars(m.builder, "ge", number, ZERO)


def value_at(m: Interpreter, held: HashedEntries, number: Scalar) -> Value:
    at = m.builder.apply("arith.maxsi", m.builder.ssa(number), m.builder.constant(types.i64, 0))
    return list_element(m, held.values, counted(at))


def fail_without(m: Interpreter, found: Scalar, key: Value) -> None:
    """Nothing found: a KeyError with the key."""
    missing = scalar_ops.logical_not(m.builder, found)
    if missing.is_constant and not missing.constant:
        return
    numbers = [m.builder.ssa(part) for part in leaves(key)]
    m.builder.fail(m.builder.ssa(missing), "KeyError", key_in_message(key), numbers)


def chosen_value(m: Interpreter, condition: Scalar, yes: Callable, no: Callable) -> Any:
    """The value of one of two branches."""
    value, _ = fork(m, condition, yes, no)
    if value is None:
        raise Dead
    if isinstance(value, Conflict):
        raise m.conflict("this value of a dict", value)
    return value


def found_among_known(m: Interpreter, owner: Dict, key: Value) -> tuple[Scalar, Any]:
    """Whether a dict of known keys has one that is known only at run time, and its number."""
    found: Scalar = scalar_ops.FALSE
    number: Any = ZERO
    for k, known in enumerate(owner.entries(m)):
        same = m.truth(compare(m, "eq", constant(m, known), key))
        if same.is_constant and not same.constant:
            continue
        found = scalar_ops.logical_or(m.builder, found, same)
        number = select(m, same, weak(k), number)
    return found, number


def looked_up(m: Interpreter, owner: Dict, key: Value, otherwise: Callable | None) -> Value:
    """`d[key]`; where there is none, a KeyError or what `otherwise()` gives."""
    held = entries_of(m, owner)
    if held is None:
        found, number = found_among_known(m, owner, key)
        there = lambda: select_item(m, tuple(owner.entries(m).values()), m.builder.ssa(number), "dict")
    else:
        key = as_key(m, key) if may_be_key(held, key) else key
        number = entry_number(m, held, key) if may_be_key(held, key) else weak(-1)
        found = is_there(m, number)
        there = lambda: value_at(m, held, number)
    if otherwise is None:
        fail_without(m, found, key)
        if found.is_constant and not found.constant:
            raise Dead
        return there()
    if found.is_constant:
        return there() if found.constant else otherwise()
    return chosen_value(m, found, there, otherwise)


@get_item.of(Dict, first=True)
def value_of_key(m: Interpreter, owner: Dict, key: Value) -> Value | None:
    if not is_hashed(m, owner, key):
        return None
    if isinstance(owner, Counter):
        return looked_up(m, owner, key, lambda: ZERO)
    if isinstance(owner, DefaultDict):
        return value_or_new(m, owner, key, m.call(owner.factory, [], {}))
    return looked_up(m, owner, key, None)


@contains.of(Dict, first=True)
def has_key(m: Interpreter, key: Value, owner: Dict) -> Scalar | None:
    if not is_hashed(m, owner, key):
        return None
    held = entries_of(m, owner)
    if held is None:
        return found_among_known(m, owner, key)[0]
    return is_there(m, entry_number(m, held, as_key(m, key))) if may_be_key(held, key) else scalar_ops.FALSE


# changing them


@set_item.of(Dict, first=True)
def set_value_of_key(m: Interpreter, owner: Dict, key: Value, value: Value) -> Value | None:
    if not is_hashed(m, owner, key):
        return None
    with_value(m, owner, as_key(m, key), lambda old, is_new: value, value)
    return NONE


def with_value(m: Interpreter, owner: Dict, key: Value, choose: Callable, like: Value) -> Value:
    """Gives a key the value `choose(old, is_new)`; `like` is one of its kind."""
    held = hashable(m, owner, key, like)
    keys, table = (List(m.store, items) for items in (held.keys, held.table))
    number = counted(m.builder.ssa(by_program(m, dicts.number_or_new, keys, table, key)))
    entered, places = growable(m, keys), growable(m, table)
    reserve_room(m, held.values, entered.length)
    is_new = scalar_ops.compare_scalars(m.builder, "ge", number, held.length)
    value = choose(lambda: list_element(m, held.values, number), is_new)
    values = with_list_element(m, held.values, number, value)
    owner.hold(m, HashedEntries(entered, resized(values, entered.length), places))
    return value


def value_or_new(m: Interpreter, owner: Dict, key: Value, default: Value) -> Value:
    """`d.setdefault(key, default)`."""
    choose = lambda old, is_new: chosen_value(m, is_new, lambda: default, old)
    return with_value(m, owner, as_key(m, key), choose, default)


@delete_item.of(Dict, first=True)
def delete_key(m: Interpreter, owner: Dict, key: Value) -> Value | None:
    if not is_hashed(m, owner, key):
        return None
    popped(m, owner, key, None)
    return NONE


def popped(m: Interpreter, owner: Dict, key: Value, default: Value | None) -> Value:
    """`d.pop(key, default)`."""
    held, key = hashed_now(m, owner), as_key(m, key)
    if not may_be_key(held, key):
        fail_without(m, scalar_ops.FALSE if default is None else scalar_ops.TRUE, key)
    number = entry_number(m, held, key)
    found = is_there(m, number)

    def take() -> Value:
        value = value_at(m, held, number)
        remove_entry(m, owner, held, number)
        return value

    if default is not None:
        return chosen_value(m, found, take, lambda: default)
    fail_without(m, found, key)
    return chosen_value(m, found, take, lambda: value_at(m, held, number))


def remove_entry(m: Interpreter, owner: Dict, held: HashedEntries, number: Scalar) -> None:
    lists = [List(m.store, items) for items in held.parts()]
    by_program(m, dicts.without_key, *lists, counted(m.builder.ssa(number)))
    owner.hold(m, HashedEntries(*[growable(m, each) for each in lists]))


def hashed_now(m: Interpreter, owner: Dict) -> HashedEntries:
    """The entries of a dict, of which one that is known only at run time goes."""
    form = common_entries(owner.contents(m))
    if form is None:
        raise Refused("a dict with keys or values of several kinds, of which one goes that is known only at run time",
                      f"{KEYS}; {VALUES}")
    return grow(m, owner, form)


# what is asked of them


@length.of(Dict, first=True)
def length_of_entries(m: Interpreter, value: Dict) -> Scalar | None:
    held = entries_of(m, value)
    return held and held.length


@truth.of(Dict, first=True)
def truth_of_entries(m: Interpreter, value: Dict) -> Scalar | None:
    held = entries_of(m, value)
    return scalar_ops.compare_scalars(m.builder, "gt", held.length, ZERO) if held is not None else None


def gone_over(m: Interpreter, owner: Dict, part: Callable) -> Sequence:
    """What a `for` goes over; `part(held, k)` is an item."""
    held = entries_of(m, owner)
    assert held is not None
    count = held.length

    def end(m: Interpreter) -> Scalar:
        now = entries_of(m, owner)
        assert now is not None
        differs = scalar_ops.compare_scalars(m.builder, "ne", now.length, count)
        m.builder.fail(m.builder.ssa(differs), "RuntimeError", CHANGED_SIZE)
        return count

    return Sequence(ZERO, count, lambda m, k: part(entries_of(m, owner), k), growing=(owner,), live_end=end,
                    over=(owner,))


PARTS: dict[str, Callable] = {
    "keys": lambda m, held, k: list_element(m, held.keys, k),
    "values": lambda m, held, k: list_element(m, held.values, k),
    "items": lambda m, held, k: Tuple((list_element(m, held.keys, k), list_element(m, held.values, k))),
}


KNOWN_PARTS: dict[str, Callable] = {
    "keys": lambda m, key, value: constant(m, key),
    "values": lambda m, key, value: value,
    "items": lambda m, key, value: Tuple((constant(m, key), value)),
}


@iterate.of(Dict)
def iterate_keys(m: Interpreter, value: Dict) -> Sequence:
    return parts_of_dict(m, value, "keys")


def parts_in_turn(m: Interpreter, owner: Dict, name: str) -> Sequence:
    part = PARTS[name]
    return gone_over(m, owner, lambda held, k: part(m, held, k))


def parts_of_dict(m: Interpreter, owner: Dict, name: str) -> Sequence:
    """What `d.keys()`, `d.values()` and `d.items()` go over."""
    if entries_of(m, owner) is not None:
        return parts_in_turn(m, owner, name)
    part = KNOWN_PARTS[name]

    def items(m: Interpreter) -> list:
        if entries_of(m, owner) is not None:
            raise LengthChanged
        return [part(m, *entry) for entry in owner.entries(m).items()]

    sequence = of_live(m, items)
    sequence.growing, sequence.again = (owner,), lambda m: parts_in_turn(m, owner, name)
    return sequence


# methods


def get_value(m: Interpreter, owner: Dict, key: Value, default: Value = NONE) -> Value:
    return looked_up(m, owner, key, lambda: default)


def copied_entries(m: Interpreter, owner: Dict) -> Dict:
    made = owner.like(m.store)
    made.slots["items"] = owner.contents(m)
    return made


def update_entries(m: Interpreter, owner: Dict, other: Value) -> Value:
    program = dicts.add_counts if isinstance(owner, Counter) else dicts.enter_pairs
    pairs = parts_of_dict(m, other, "items") if isinstance(other, Dict) else other
    if isinstance(owner, Counter) and not isinstance(other, Dict):
        program = dicts.count_items
    by_program(m, program, owner, pairs)
    return NONE


def pop_last_entry(m: Interpreter, owner: Dict) -> Value:
    """`d.popitem()`"""
    held = hashed_now(m, owner)
    missing = scalar_ops.compare_scalars(m.builder, "le", held.length, ZERO)
    m.builder.fail(m.builder.ssa(missing), "KeyError", "popitem(): dictionary is empty")
    last = counted(m.builder.apply("arith.maxsi", m.builder.ssa(operate(m, "-", held.length, weak(1))),
                                   m.builder.constant(types.i64, 0)))
    pair = PARTS["items"](m, held, last)
    remove_entry(m, owner, held, last)
    return pair


def most_common(m: Interpreter, owner: Counter, n: Value = NONE) -> Value:
    return by_program(m, dicts.most_frequent, parts_of_dict(m, owner, "items"), n)


# making them


@intrinsic(dict)
def make_dict(m: Interpreter, entries: Value | None = None, **keywords: Value) -> Value:
    made = Dict(m.store)
    if isinstance(entries, Dict):
        made.slots["items"] = entries.contents(m)
    elif entries is not None:
        update_entries(m, made, entries)
    for key, value in keywords.items():
        made.store(m, key, value)
    return made


@intrinsic(collections.defaultdict)
def make_defaultdict(m: Interpreter, factory: Value = NONE, entries: Value | None = None) -> Value:
    if isinstance(factory, Static) and factory.value is None:
        return make_dict(m, entries)
    made = DefaultDict(m.store, factory)
    if entries is not None:
        update_entries(m, made, entries)
    return made


@intrinsic(collections.Counter)
def make_counter(m: Interpreter, items: Value | None = None) -> Value:
    made = Counter(m.store)
    if items is not None:
        update_entries(m, made, items)
    return made
