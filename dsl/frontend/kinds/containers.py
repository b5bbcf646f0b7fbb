"""Tuples, lists and dicts: making them of constants, their items by constants, run-time indices and slices, and what
operators, `len`, `in` and `str` say of them.
"""

from __future__ import annotations

from typing import NoReturn

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.formatting import concatenated, formatted
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.protocols import (
    augment,
    compare,
    constant,
    contains,
    get_item,
    iterate,
    length,
    operate,
    set_item,
    static_items,
    text_of,
    truth,
)
from dsl.frontend.values.iterables import Sequence, of_items, of_live
from dsl.frontend.values.list_contents import GrowingItems
from dsl.frontend.values.mutable import Counter, DefaultDict, Dict, List, Mutable, known_key
from dsl.frontend.values.signals import Dead, LengthChanged, Refused
from dsl.frontend.values.value import NONE, Conflict, Range, Record, Scalar, Slice, Static, Tuple, Value, leaves, weak

from .selection import select, select_item


@constant.of(tuple)
def constant_tuple(m: Interpreter, value: tuple) -> Tuple | None:
    return Tuple(tuple(constant(m, item) for item in value)) if type(value) is tuple else None


@constant.of(list, dict)
def constant_container(m: Interpreter, value) -> Mutable | None:
    """A list or dict of the module, one for each object; a kernel cannot change it."""
    if type(value) not in (list, dict):
        return None
    key = id(value)
    if key not in m.converted:
        if isinstance(value, list):
            made: Mutable = List(m.store, [constant(m, item) for item in value])
        else:
            made = Dict(m.store, {k: constant(m, v) for k, v in value.items()})
        made.constant, made.epoch = True, 0
        m.converted[key] = (made, value)
    return m.converted[key][0]


# their parts, one by one


def items_of(m: Interpreter, value: Tuple | List) -> tuple:
    return value.items if isinstance(value, Tuple) else value.items(m)


@truth.of(Tuple, List)
def truth_of_sequence(m: Interpreter, value: Tuple | List) -> Scalar:
    return weak(bool(items_of(m, value)))


@truth.of(Dict)
def truth_of_dict(m: Interpreter, value: Dict) -> Scalar:
    return weak(bool(value.entries(m)))


@length.of(Tuple, List)
def length_of_sequence(m: Interpreter, value: Tuple | List) -> Scalar:
    return weak(len(items_of(m, value)))


@length.of(Dict)
def length_of_dict(m: Interpreter, value: Dict) -> Scalar:
    return weak(len(value.entries(m)))


@iterate.of(Tuple)
def iterate_tuple(m: Interpreter, value: Tuple) -> Sequence:
    return of_items(value.items)


@iterate.of(List)
def iterate_list(m: Interpreter, value: List) -> Sequence:
    def items(m: Interpreter) -> list:
        contents = value.contents(m)
        if isinstance(contents, GrowingItems):
            raise LengthChanged
        return list(contents.items)

    sequence = of_live(m, items)
    sequence.growing, sequence.over, sequence.again = (value,), (value,), lambda m: iterate(m, value)
    return sequence


@contains.of(Dict)
def dict_contains(m: Interpreter, item: Value, container: Dict) -> Scalar:
    return weak(known_key(item) in container.entries(m))


@contains.otherwise
def items_contain(m: Interpreter, item: Value, container: Value) -> Scalar:
    result = scalar_ops.FALSE
    for part in static_items(m, container, "in"):
        result = scalar_ops.logical_or(m.builder, result, m.truth(compare(m, "eq", item, part)))
    return result


# text


@text_of.of(Dict)
def text_of_dict(m: Interpreter, value: Dict) -> Value:
    entries = value.entries(m)
    parts = [[Static(f"{key!r}: "), formatted(m, v, "!r")] for key, v in entries.items()]
    return concatenated([Static("{"), *separated(parts), Static("}")])


@text_of.of(Tuple, List)
def text_of_sequence(m: Interpreter, value: Tuple | List) -> Value:
    items, is_tuple = list(items_of(m, value)), isinstance(value, Tuple)
    closing = ",)" if is_tuple and len(items) == 1 else ")" if is_tuple else "]"
    parts = [[formatted(m, item, "!r")] for item in items]
    return concatenated([Static("(" if is_tuple else "["), *separated(parts), Static(closing)])


def separated(parts: list[list[Value]]) -> list[Value]:
    result: list[Value] = []
    for k, part in enumerate(parts):
        result += [Static(", "), *part] if k else part
    return result


# operators


@augment.of(List)
def extend_list(m: Interpreter, symbol: str, old: List, value: Value) -> List | None:
    if symbol != "+":
        return None
    old.store(m, [*old.items(m), *static_items(m, value, "+=")])
    return old


@operate.of(Tuple, List)
def operate_sequences(m: Interpreter, symbol: str, x: Value, y: Value) -> Value | None:
    """Concatenation and repetition of tuples and lists."""
    if symbol == "+" and isinstance(x, Tuple) and isinstance(y, Tuple):
        return Tuple((*x.items, *y.items))
    if symbol == "+" and isinstance(x, List) and isinstance(y, List):
        return List(m.store, (*x.items(m), *y.items(m)))
    if symbol == "*":
        sequence, count = (y, x) if isinstance(x, Scalar) else (x, y)
        if isinstance(sequence, Tuple | List) and isinstance(count, Scalar):
            if count.dtype.kind == "float" and not count.weak:
                return None  # NumPy makes an array of the sequence
            if count.dtype.kind == "float":
                m.raise_now("TypeError", "can't multiply sequence by non-int of type 'float'")
            if not count.is_constant:
                raise Refused(f"{sequence.describe()} repeated a number of times that is not known at compile time",
                              "repeat a list")
            items = items_of(m, sequence)
            repeated = items * max(0, int(count.constant))
            return Tuple(repeated) if isinstance(sequence, Tuple) else List(m.store, repeated)
    return None


@compare.of(Tuple, List)
def compare_sequences(m: Interpreter, predicate: str, x: Value, y: Value) -> Scalar | None:
    if type(x) is type(y) and isinstance(x, Tuple | List) and isinstance(y, Tuple | List):
        return compare_items(m, predicate, list(items_of(m, x)), list(items_of(m, y)))
    return None


def compare_items(m: Interpreter, predicate: str, xs: list, ys: list) -> Scalar:
    """Lexicographic comparison: the first items that differ decide."""
    b = m.builder
    if predicate in ("eq", "ne"):
        equal = weak(len(xs) == len(ys))
        for x, y in zip(xs, ys) if equal.constant else ():
            equal = scalar_ops.logical_and(b, equal, m.truth(compare(m, "eq", x, y)))
        return equal if predicate == "eq" else scalar_ops.logical_not(b, equal)
    strict = predicate[0] + "t"
    result = weak(scalar_ops.COMPARISONS[predicate](len(xs), len(ys)))
    for x, y in reversed(list(zip(xs, ys))):
        same = m.truth(compare(m, "eq", x, y))
        decided = m.truth(compare(m, strict, x, y))
        result = scalar_ops.logical_or(b, scalar_ops.logical_and(b, scalar_ops.logical_not(b, same), decided),
                                       scalar_ops.logical_and(b, same, result))
    return result


# items


@get_item.of(Dict)
def entry_of_dict(m: Interpreter, owner: Dict, index: Value) -> Value:
    entries, key = owner.entries(m), known_key(index)
    if key not in entries and isinstance(owner, Counter):
        return weak(0)
    if key not in entries and isinstance(owner, DefaultDict):
        value = m.call(owner.factory, [], {})
        owner.store(m, key, value)
        return value
    if key not in entries:
        raise_key_error(m, index)
    return without_conflict(m, entries[key])


def raise_key_error(m: Interpreter, key: Value) -> NoReturn:
    """The key is the exception's argument, as in CPython: a string as it is, of numbers their values."""
    known = known_key(key)
    if not isinstance(known, str) and all(isinstance(part, Scalar) for part in leaves(key)):
        numbers = [m.builder.ssa(part) for part in leaves(key)]
        m.builder.fail(m.builder.ssa(scalar_ops.TRUE), "KeyError", key_in_message(key), numbers)
        raise Dead
    m.raise_now("KeyError", known if isinstance(known, str) else repr(known))
    raise Dead


def key_in_message(key: Value) -> str:
    """A key whose numbers are the values of a message."""
    shown = [f"{{{k}}}" for k in range(len(leaves(key)))]
    return f"({', '.join(shown)}{',' * (len(shown) == 1)})" if isinstance(key, Tuple) else shown[0]


@get_item.of(List)
def item_of_list(m: Interpreter, owner: List, index: Value) -> Value:
    return item_of(m, owner.items(m), index, "list", lambda items: List(m.store, items))


@get_item.of(Tuple)
def item_of_tuple(m: Interpreter, owner: Tuple, index: Value) -> Value:
    return item_of(m, owner.items, index, "tuple", Tuple)


def without_conflict(m: Interpreter, item: Value) -> Value:
    if isinstance(item, Conflict):
        raise m.conflict("this item", item)
    return item


def item_of(m: Interpreter, items: tuple, index: Value, kind: str, remake) -> Value:
    """An item of something of known length, by a known or a run-time index, or a slice."""
    if isinstance(index, Slice):
        return remake(tuple(items[slice(*[known_key(part) for part in index.parts()])]))
    k = scalar_ops.number(index, f"a {kind}'s index")
    if k.dtype.kind == "float":
        raise Refused(f"{kind} indices must be integers or slices, not float", "convert it with int()")
    if k.is_constant:
        at = int(k.constant)
        if not -len(items) <= at < len(items):
            m.raise_now("IndexError", f"{kind} index out of range")
        return without_conflict(m, items[at])
    if not items:
        m.raise_now("IndexError", f"{kind} index out of range")
    at = checked_index(m, k, len(items), f"{kind} index out of range")
    return without_conflict(m, select_item(m, items, at, kind))


def checked_index(m: Interpreter, k: Scalar, length: int, message: str):
    """A run-time index as an SSA i64 in [0, length), after the check."""
    b = m.builder
    value = b.ssa(scalar_ops.cast(b, k, types.i64, True))
    zero, size = b.constant(types.i64, 0), b.constant(types.i64, length)
    negative = b.compare("lt", value, zero, False)
    value = b.select(negative, b.apply("arith.addi", value, size), value)
    outside = b.apply("arith.ori", b.compare("lt", value, zero, False), b.compare("ge", value, size, False))
    b.fail(outside, "IndexError", message)
    return b.select(outside, zero, value)


@set_item.of(Tuple, Record, Range, Static)
def refuse_change(m: Interpreter, owner: Value, index: Value, value: Value) -> Value:
    raise Refused(f"{owner.describe()} cannot be changed", "make a list, or build a new one")


@set_item.of(Dict)
def set_entry(m: Interpreter, owner: Dict, index: Value, value: Value) -> Value:
    owner.store(m, known_key(index), value)
    return NONE


@set_item.of(List)
def set_list_item(m: Interpreter, owner: List, index: Value, value: Value) -> Value:
    items = list(owner.items(m))
    if isinstance(index, Slice):
        items[slice(*[known_key(part) for part in index.parts()])] = static_items(m, value, "a slice")
        owner.store(m, items)
        return NONE
    k = scalar_ops.number(index, "a list's index")
    if k.is_constant:
        if not -len(items) <= k.constant < len(items):
            m.raise_now("IndexError", "list assignment index out of range")
        items[int(k.constant)] = value
        owner.store(m, items)
        return NONE
    at, b = checked_index(m, k, len(items), "list assignment index out of range"), m.builder
    changed = []
    for position, item in enumerate(items):
        here = scalar_ops.boolean(b.compare("eq", at, b.constant(types.i64, position), False))
        changed.append(select(m, here, value, item))
    owner.store(m, changed)
    return NONE
