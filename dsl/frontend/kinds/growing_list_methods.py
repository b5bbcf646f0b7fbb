"""Methods of lists whose length is known only at run time."""

from __future__ import annotations

from collections.abc import Callable

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.list_growth import grow
from dsl.frontend.engine.list_items import Form, added, counted, list_element, resized
from dsl.frontend.engine.pools import PoolView
from dsl.frontend.values.list_contents import GrowingItems
from dsl.frontend.values.mutable import List, change
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Scalar, Static, Value, weak
from dsl.library import lists

from .growing_lists import ZERO, append_item, by_program, checked_place, copied_list, extend_by, growable
from .indexing import as_int, pick_greatest

LAST = weak(-1)


def pop_item(m: Interpreter, owner: List, at: Value = LAST) -> Value:
    items = growable(m, owner)
    k = as_int(m, scalar_ops.number(at, "pop's index"), "pop's index")
    if k.is_constant and k.constant == -1:
        return pop_last(m, owner, items)
    if k.is_constant and k.constant == 0:
        return pop_first(m, owner)
    refuse_empty(m, owner, items)
    found = checked_place(m, items, k, "pop index out of range")
    value = list_element(m, items, found, is_inside=True)
    by_program(m, lists.close_gap, owner, found)
    shorten(m, owner)
    return value


def delete_place(m: Interpreter, owner: List, at: Value, message: str) -> Value:
    """`del xs[at]`"""
    if not isinstance(at, Scalar):
        raise Refused("del of a slice of a list whose length is known only at run time",
                      "make a new list of the others")
    items = growable(m, owner)
    by_program(m, lists.close_gap, owner, checked_place(m, items, at, message))
    shorten(m, owner)
    return NONE


def refuse_empty(m: Interpreter, owner: List, items: GrowingItems) -> None:
    """Popping from an empty list fails."""
    missing = scalar_ops.compare_scalars(m.builder, "le", items.length, ZERO)
    m.builder.fail(m.builder.ssa(missing), "IndexError", owner.empty_message)


def one_less(m: Interpreter, n: Scalar) -> Scalar:
    b = m.builder
    less = b.apply("arith.subi", b.ssa(n), b.constant(types.i64, 1))
    return counted(b.apply("arith.maxsi", less, b.constant(types.i64, 0)))


def shorten(m: Interpreter, owner: List) -> None:
    items = growable(m, owner)
    owner.store(m, resized(items, one_less(m, items.length)))


def pop_last(m: Interpreter, owner: List, items: GrowingItems) -> Value:
    refuse_empty(m, owner, items)
    last = one_less(m, items.length)
    value = list_element(m, items, last)
    owner.store(m, resized(items, last))
    return value


def pop_first(m: Interpreter, owner: List) -> Value:
    """The first item is left where it is, and the list begins behind it."""
    change(owner)
    items = grow(m, owner, Form(growable(m, owner).item, True))
    refuse_empty(m, owner, items)
    value = list_element(m, items, ZERO)
    owner.store(m, resized(items, one_less(m, items.length), added(m, items.start, weak(1))))
    return value


def insert_item(m: Interpreter, owner: List, at: Value, value: Value) -> Value:
    append_item(m, owner, value)
    by_program(m, lists.move_last_to, owner, as_int(m, scalar_ops.number(at, "insert's index"), "insert's index"))
    return NONE


def clear_items(m: Interpreter, owner: List) -> Value:
    items = growable(m, owner)
    owner.store(m, resized(items, ZERO, None if items.start is None or isinstance(owner, PoolView) else ZERO))
    return NONE


def reverse_items(m: Interpreter, owner: List) -> Value:
    by_program(m, lists.reverse_list, owner)
    return NONE


def index_in_list(m: Interpreter, owner: List, value: Value) -> Value:
    found = scalar_ops.number(by_program(m, lists.list_index, owner, value), "index")
    missing = scalar_ops.compare_scalars(m.builder, "lt", found, ZERO)
    m.builder.fail(m.builder.ssa(missing), "ValueError", "value is not in list")
    return pick_greatest(m, [found, ZERO])


def remove_item(m: Interpreter, owner: List, value: Value) -> Value:
    growable(m, owner)
    found = scalar_ops.number(by_program(m, lists.list_index, owner, value), "index")
    missing = scalar_ops.compare_scalars(m.builder, "lt", found, ZERO)
    m.builder.fail(m.builder.ssa(missing), "ValueError", "list.remove(x): x not in list")
    pop_item(m, owner, counted(m.builder.ssa(pick_greatest(m, [found, ZERO]))))
    return NONE


def count_in_list(m: Interpreter, owner: List, value: Value) -> Value:
    return by_program(m, lists.list_count, owner, value)


def sort_list(m: Interpreter, owner: List, *, key: Value | None = None, reverse: Value = scalar_ops.FALSE) -> Value:
    key = Static(lists.identity) if key is None or (isinstance(key, Static) and key.value is None) else key
    by_program(m, lists.merge_sort, owner, key, reverse)
    return NONE


METHODS: dict[str, Callable] = {
    "append": append_item, "extend": extend_by, "insert": insert_item, "pop": pop_item, "clear": clear_items,
    "reverse": reverse_items, "copy": copied_list, "index": index_in_list, "remove": remove_item,
    "count": count_in_list, "sort": sort_list,
}
