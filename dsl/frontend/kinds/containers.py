"""Items of tuples, lists and dicts: by constants, by run-time indices, and slices."""

from __future__ import annotations

from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.values.mutable import Dict, List, Mutable
from dsl.frontend.values.ranges import union
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Conflict, Range, Record, Scalar, Slice, Static, Tuple, Value


def get_item(m: Interpreter, owner: Value, index: Value) -> Value:
    found = find_item(m, owner, index)
    if isinstance(found, Conflict):
        raise m.conflict("this item", found)
    return found


def find_item(m: Interpreter, owner: Value, index: Value) -> Value:
    if isinstance(owner, Dict):
        entries, key = owner.entries(m), known_key(index)
        if key not in entries:
            m.raise_now("KeyError", repr(key))
        return entries[key]
    if isinstance(owner, List):
        return item_of(m, owner.items(m), index, "list", lambda items: List(m.store, items))
    if isinstance(owner, Tuple):
        return item_of(m, owner.items, index, "tuple", Tuple)
    if isinstance(owner, Record) and issubclass(owner.cls, tuple):
        return item_of(m, tuple(owner.fields.values()), index, "tuple", Tuple)
    if isinstance(owner, Static):
        return item_of_python(m, owner.value, index)
    if isinstance(owner, Range):
        from dsl.frontend.values.iterables import of_range

        sequence = of_range(m, owner)
        if isinstance(index, Scalar) and sequence.low.is_constant and sequence.high.is_constant:
            return item_of(m, tuple(sequence.items(m)), index, "range object", Tuple)
    from .ndarray import item_of_array
    from .structs import call_method

    found = call_method(m, owner, "__getitem__", [index])
    return found if found is not None else item_of_array(m, owner, index)


def known_key(index: Value) -> Any:
    if isinstance(index, Scalar) and index.is_constant:
        return index.python()
    if isinstance(index, Static):
        return index.value
    if isinstance(index, Tuple):
        return tuple(known_key(item) for item in index.items)
    raise Refused(f"a dict's key has to be known at compile time, found {index.describe()}")


def item_of_python(m: Interpreter, owner, index: Value) -> Value:
    if isinstance(owner, types.DType):
        raise Refused("an array type is not a value", "make an array with np.zeros")
    if isinstance(index, Slice):
        key = slice(*[known_key(part) for part in index.parts()])
    else:
        key = known_key(index)
    from dsl.frontend.engine.object_dispatch import from_python

    try:
        return from_python(m, owner[key])
    except (TypeError, KeyError, IndexError) as error:
        raise Refused(f"{type(error).__name__}: {error}") from None


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
        return items[at]
    return select_item(m, items, checked_index(m, k, len(items), f"{kind} index out of range"), kind)


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


def select_item(m: Interpreter, items: tuple, at, kind: str) -> Value:
    """One of several numbers of one type, by comparing the index with each position."""
    if not items:
        raise Refused(f"an item of an empty {kind}")
    if not all(isinstance(item, Scalar) for item in items):
        return select_structure(m, items, at, kind)
    if len(items) == 1:
        return items[0]
    dtype, is_weak = items[0].dtype, items[0].weak
    if any(item.dtype is not dtype for item in items):
        raise Refused(f"a run-time index into a {kind} of different kinds of items", "use items of one type")
    b = m.builder
    result = b.ssa(items[0])
    for k, item in enumerate(items[1:], 1):
        here = b.compare("eq", at, b.constant(types.i64, k), False)
        result = b.select(here, b.ssa(item), result)
    return Scalar(dtype, is_weak, ssa=result)


def select_structure(m: Interpreter, items: tuple, at, kind: str) -> Value:
    first = items[0]
    if isinstance(first, Mutable) or any(type(i) is not type(first) or i.key() != first.key() for i in items):
        raise Refused(f"a run-time index into a {kind} of {first.describe()} and others",
                      "loop over the items, or use an array")
    if not first.parts():
        return first
    columns = zip(*[item.parts() for item in items])
    return first.with_parts([select_item(m, column, at, kind) for column in columns])


def set_item(m: Interpreter, owner: Value, index: Value, value: Value) -> None:
    if isinstance(owner, Dict):
        return owner.store(m, known_key(index), value)
    if isinstance(owner, List):
        return set_list_item(m, owner, index, value)
    if isinstance(owner, Tuple | Record | Range | Static):
        raise Refused(f"{owner.describe()} cannot be changed", "make a list, or build a new one")
    from .ndarray import set_item_of_array
    from .structs import call_method

    if call_method(m, owner, "__setitem__", [index, value]) is None:
        set_item_of_array(m, owner, index, value)


def set_list_item(m: Interpreter, owner: List, index: Value, value: Value) -> None:
    items = list(owner.items(m))
    if isinstance(index, Slice):
        from dsl.frontend.values.iterables import static_items

        items[slice(*[known_key(part) for part in index.parts()])] = static_items(m, value, "a slice")
        return owner.store(m, items)
    k = scalar_ops.number(index, "a list's index")
    if k.is_constant:
        if not -len(items) <= k.constant < len(items):
            m.raise_now("IndexError", "list assignment index out of range")
        items[int(k.constant)] = value
        return owner.store(m, items)
    at, b = checked_index(m, k, len(items), "list assignment index out of range"), m.builder
    changed = []
    for position, item in enumerate(items):
        here = scalar_ops.boolean(b.compare("eq", at, b.constant(types.i64, position), False))
        changed.append(choose(m, here, value, item))
    owner.store(m, changed)


def choose(m: Interpreter, condition: Scalar, a: Value, b: Value) -> Value:
    """`a if condition else b` of numbers and immutable structures of them."""
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        from dsl.frontend.engine.join import literal_as

        a, b = literal_as(a, b), literal_as(b, a)
        if a.dtype is b.dtype:
            ssa = m.builder.select(m.builder.ssa(condition), m.builder.ssa(a), m.builder.ssa(b))
            return Scalar(a.dtype, a.weak and b.weak, ssa=ssa, range=union(a.extent, b.extent))
    elif type(a) is type(b) and a.key() == b.key() and not isinstance(a, Mutable):
        return a.with_parts([choose(m, condition, x, y) for x, y in zip(a.parts(), b.parts())])
    raise Refused(f"{a.describe()} is stored at a run-time index of a list that holds {b.describe()}",
                  "keep items of one type")
