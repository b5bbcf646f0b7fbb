"""Lists whose length is known only at run time: what operators, builtins and statements do with them.

A list becomes one where its length comes to depend on the path or the iteration (engine/join.py, engine/loops.py), or
on a number that it is made of. What is a loop over its items is written in the language (dsl/library/lists.py).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.list_growth import grow
from dsl.frontend.engine.list_items import (
    Form,
    added,
    common_form,
    common_item,
    counted,
    grown,
    item_like,
    list_element,
    reserve_room,
    resized,
    room_for,
    unset_items,
    with_appended,
    with_list_element,
)
from dsl.frontend.engine.loop_statements import run_for
from dsl.frontend.engine.pool_sites import depends_on, keep_in_pool, want_lists
from dsl.frontend.engine.pools import PoolView
from dsl.frontend.protocols import (
    augment,
    compare,
    contains,
    get_item,
    iterate,
    length,
    listing,
    operate,
    set_item,
    truth,
)
from dsl.frontend.values.iterables import Sequence
from dsl.frontend.values.list_contents import GrowingItems, item_kind
from dsl.frontend.values.mutable import Grid, List, change
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import NONE, Scalar, Slice, Static, Value, weak
from dsl.library import lists

from .indexing import as_int, pick_greatest, slice_extent

ZERO = weak(0)
UNEQUAL = "the lists in a list have to be of equal length where their number is known only at run time"


def growing(m: Interpreter, value: Value) -> GrowingItems | None:
    """The items of a list whose length is known only at run time; None for anything else."""
    contents = value.contents(m) if isinstance(value, List) else None
    return contents if isinstance(contents, GrowingItems) else None


def growable(m: Interpreter, owner: List, like: Value | None = None) -> GrowingItems:
    """The items of a list, which may grow from here on; `like` is an item where it has none yet."""
    contents = owner.contents(m)
    if isinstance(contents, GrowingItems):
        return contents
    shown = contents.items or ([like] if like is not None else [])
    item = common_item(shown)
    if item is None:
        want_lists(m, shown if like is None else [*shown, like])
        raise Refused("a list of items of several kinds, or of none, whose length is known only at run time",
                      "keep items of one type in a list: numbers, or tuples and frozen structs of them")
    return grow(m, owner, Form(item))


def by_program(m: Interpreter, function: Callable, *values: Value) -> Value:
    """What a function of the library on lists returns."""
    outer, m.discarded = m.discarded, None
    try:
        return m.call(Static(function), list(values), {})
    finally:
        m.discarded = outer


# making them


def filled_list(m: Interpreter, count: Scalar, get: Callable[[Interpreter, Scalar], Value]) -> Any:
    """A new list of so many items."""
    count = pick_greatest(m, [as_int(m, count, "the length of a list"), ZERO])
    with m.builder.aside():
        mark = m.store.begin()
        k = counted(m.builder.constant(types.i64, 0))
        first = get(m, k)
        m.store.take_back(mark)
        if isinstance(first, List) and first.site is not None and depends_on(m, length(m, first), k):
            keep_in_pool(m, [first])
    if isinstance(first, List) and common_form(first.contents(m)) is not None:
        return filled_grid(m, count, first, get)
    if item_kind(first) is None:
        want_lists(m, [first])
        raise Refused(f"a list of {first.describe()} whose length is known only at run time",
                      "such a list holds numbers, and tuples and frozen structs of them")
    made = List(m.store, unset_items(m, Form(item_like(first)), counted(m.builder.ssa(count))))

    def body(k: Scalar) -> None:
        item = get(m, k)
        made.store(m, with_list_element(m, growable(m, made), k, item, is_inside=True))

    run_for(m, m.node, ZERO, room_for(m, growable(m, made).length), body)
    return made


def filled_grid(m: Interpreter, count: Scalar, first: List, get: Callable) -> Grid:
    """A new list of as many lists as `count` says (grids.py); `first` is what one looks like."""
    form = common_form(first.contents(m))
    assert form is not None, "a list of lists has items"
    items, holder = List(m.store, unset_items(m, Form(form.item), ZERO)), Container(m.store)
    holder.slots["width"] = ZERO

    def body(k: Scalar) -> None:
        row = get(m, k)
        width, before = length(m, row), m.store.read(holder, "width")
        differs = scalar_ops.compare_scalars(m.builder, "ne", width, before)
        later = scalar_ops.compare_scalars(m.builder, "gt", k, ZERO)
        m.builder.fail(m.builder.ssa(scalar_ops.logical_and(m.builder, later, differs)), "ValueError", UNEQUAL)
        m.store.write(holder, "width", width)
        extend_by(m, items, row)

    run_for(m, copy.copy(m.node), ZERO, count, body)
    made = Grid(m.store, first.site)
    made.slots.update(items=items.contents(m), rows=count, width=counted(m.builder.ssa(m.store.read(holder, "width"))))
    return made


@listing.of(Sequence)
def listed(m: Interpreter, sequence: Sequence) -> Any:
    """A new list of the items of a sequence."""
    if sequence.low.is_constant and sequence.high.is_constant:
        return List(m.store, sequence.items(m))
    return filled_list(m, sequence.length if sequence.low is ZERO else operate(m, "-", sequence.high, sequence.low),
                  lambda m, k: sequence.of_same_length(m, lambda: sequence.item(m, added(m, k, sequence.low))))


# items


def checked_place(m: Interpreter, items: GrowingItems, k: Scalar, message: str) -> Scalar:
    """An index from the front, inside of the list; another is an IndexError."""
    b, k = m.builder, as_int(m, k, "a list's index")
    key = ("checked", k.ssa, k.constant if k.is_constant else None, items.length.ssa, message)
    found = b.recall(key)
    if found is None:
        value, zero, is_low = b.ssa(k), b.constant(types.i64, 0), k.extent is None or k.extent[0] < 0
        if is_low:
            wrapped = b.apply("arith.addi", value, b.ssa(items.length))
            value = b.select(b.compare("lt", value, zero, False), wrapped, value)
        end = room_for(m, items.length) if items.start is None else items.length
        outside = b.compare("ge", value, b.ssa(end), False)
        if is_low:
            outside = b.apply("arith.ori", b.compare("lt", value, zero, False), outside)
        b.fail(outside, "IndexError", message)
        found = counted(b.select(outside, zero, value))
        b.note(key, found)
    return found


@get_item.of(List, first=True)
def item_of_growing(m: Interpreter, owner: List, index: Value) -> Value | None:
    items = growing(m, owner)
    if isinstance(index, Slice) and (items is not None or not all(map(is_known_now, index.parts()))):
        return sliced(m, owner, index)
    if items is None:
        return None
    k = checked_place(m, items, scalar_ops.number(index, "a list's index"), f"{owner.kind} index out of range")
    return list_element(m, items, k, is_inside=True)


def is_known_now(value: Value) -> bool:
    return isinstance(value, Static) or (isinstance(value, Scalar) and value.is_constant)


def sliced(m: Interpreter, owner: List, index: Slice) -> List:
    """A new list of the items in a slice."""
    source = List(m.store, growing(m, owner) or grown(m, owner.contents(m), form_of_list(m, owner)))
    start, step, count = slice_extent(m, index, growable(m, source).length)
    def get(m: Interpreter, k: Scalar) -> Value:
        return list_element(m, growable(m, source), added(m, start, operate(m, "*", k, step)))

    return filled_list(m, count, get)


def form_of_list(m: Interpreter, owner: List) -> Form:
    form = common_form(owner.contents(m))
    if form is None:
        want_lists(m, owner.items(m))
        raise Refused("a part of a list of items of several kinds, or of none, whose length is known only at run time",
                      "keep items of one type in a list: numbers, or tuples and frozen structs of them")
    return form


@set_item.of(List, first=True)
def set_item_of_growing(m: Interpreter, owner: List, index: Value, value: Value) -> Value | None:
    items = growing(m, owner)
    if items is None:
        return None
    if isinstance(index, Slice):
        raise Refused("an assignment to a slice of a list whose length is known only at run time",
                      "assign to its items in a loop")
    k = scalar_ops.number(index, "a list's index")
    k = checked_place(m, items, k, f"{owner.kind} assignment index out of range")
    owner.store(m, with_list_element(m, items, k, value, is_inside=True))
    return NONE


# what is asked of them


@length.of(List, first=True)
def length_of_growing(m: Interpreter, value: List) -> Scalar | None:
    items = growing(m, value)
    if items is None or items.length.is_constant:
        return items and items.length
    return counted(items.length.ssa)


@truth.of(List, first=True)
def truth_of_growing(m: Interpreter, value: List) -> Scalar | None:
    items = growing(m, value)
    return scalar_ops.compare_scalars(m.builder, "gt", items.length, ZERO) if items is not None else None


@iterate.of(List, first=True)
def iterate_growing(m: Interpreter, value: List) -> Sequence | None:
    if growing(m, value) is None:
        return None

    def end(m: Interpreter) -> Scalar:
        items = growable(m, value)
        return room_for(m, items.length) if items.start is None else items.length

    def item(m: Interpreter, k: Scalar) -> Value:
        return list_element(m, growable(m, value), k, is_inside=True)

    return Sequence(ZERO, end(m), item, growing=(value,), live_end=end, over=(value,))


@contains.of(List, first=True)
def growing_contains(m: Interpreter, item: Value, container: List) -> Scalar | None:
    return m.truth(by_program(m, lists.list_contains, container, item)) if growing(m, container) is not None else None


@contains.of(Sequence)
def sequence_contains(m: Interpreter, item: Value, container: Sequence) -> Scalar | None:
    if container.low.is_constant and container.high.is_constant:
        return None
    return m.truth(by_program(m, lists.list_contains, container, item))


@compare.of(List, first=True)
def compare_growing(m: Interpreter, predicate: str, x: Value, y: Value) -> Scalar | None:
    if not (isinstance(x, List) and isinstance(y, List) and x.kind == y.kind):
        return None
    if growing(m, x) is None and growing(m, y) is None:
        return None
    if predicate not in ("eq", "ne"):
        raise Refused(f"{scalar_ops.SYMBOLS[predicate]} of lists whose length is known only at run time",
                      "compare their items in a loop")
    for side in (x, y):
        if not side.contents(m).parts():
            return m.truth(compare(m, predicate, length(m, y if side is x else x), ZERO))
    x, y = (side if growing(m, side) is not None else List(m.store, grown(m, side.contents(m), form_of_list(m, side)))
            for side in (x, y))
    equal = m.truth(by_program(m, lists.lists_equal, x, y))
    return equal if predicate == "eq" else scalar_ops.logical_not(m.builder, equal)


# operators


@operate.of(List, first=True)
def operate_growing(m: Interpreter, symbol: str, x: Value, y: Value) -> Value | None:
    """Concatenation, and repetition a number of times that is known only at run time."""
    if symbol == "+" and isinstance(x, List) and isinstance(y, List):
        if growing(m, x) is None and growing(m, y) is None:
            return None
        made = copied_list(m, x)
        extend_by(m, made, y)
        return made
    if symbol == "*":
        owner, count = (x, y) if isinstance(x, List) else (y, x)
        if isinstance(owner, List) and isinstance(count, Scalar) and count.dtype.kind != "float":
            return repeated(m, owner, count)
    return None


def repeated(m: Interpreter, owner: List, count: Scalar) -> List | None:
    items = growing(m, owner)
    if items is None and (count.is_constant or not owner.items(m)):
        return None if count.is_constant else List(m.store)
    if items is None and len(owner.items(m)) == 1:
        value = owner.items(m)[0]
        return filled_list(m, count, lambda m, k: value)
    period = length(m, owner)
    source = List(m.store, items or grown(m, owner.contents(m), form_of_list(m, owner)))
    total = operate(m, "*", pick_greatest(m, [as_int(m, count, "a repetition"), ZERO]), period)
    divisor = pick_greatest(m, [period, weak(1)])
    return filled_list(m, total, lambda m, k: list_element(m, growable(m, source), operate(m, "%", k, divisor)))


@augment.of(List, first=True)
def extend_in_place(m: Interpreter, symbol: str, old: List, value: Value) -> List | None:
    if symbol != "+":
        return None
    sequence = iterate(m, value)
    if growing(m, old) is None and sequence.low.is_constant and sequence.high.is_constant:
        return None
    extend_by(m, old, value)
    return old


# making them longer, and copying them


def append_item(m: Interpreter, owner: List, value: Value) -> Value:
    if isinstance(owner, PoolView):
        owner.make_room(m, weak(1), value)
    owner.store(m, with_appended(m, growable(m, owner, value), value))
    return NONE


def extend_by(m: Interpreter, owner: List, values: Value) -> Value:
    """Room is made once for all that come."""
    sequence = iterate(m, values)
    if sequence.low.is_constant and sequence.high.is_constant:
        for value in sequence.items(m):
            append_item(m, owner, value)
        return NONE
    if growing(m, owner) is None:
        with m.builder.aside():
            mark = m.store.begin()
            first = sequence.item(m, sequence.low)
            m.store.take_back(mark)
        growable(m, owner, first)
    count = operate(m, "-", sequence.high, sequence.low)
    if isinstance(owner, PoolView):
        owner.make_room(m, count, None)
    before = growable(m, owner)
    end = added(m, before.length, count)
    reserve_room(m, before, end)
    change(owner)

    def body(k: Scalar) -> None:
        value = sequence.of_same_length(m, lambda: sequence.item(m, added(m, k, sequence.low)))
        at = added(m, k, before.length)
        owner.store(m, with_list_element(m, growable(m, owner), at, value))

    run_for(m, m.node, ZERO, count, body)
    owner.store(m, resized(growable(m, owner), end))
    return NONE


def copied_list(m: Interpreter, owner: List) -> List:
    """A new list, or deque, of the same items."""
    made = owner.like(m.store)
    same = List(m.store, owner.items(m)) if growing(m, owner) is None else listed(m, iterate(m, owner))
    made.slots["items"] = same.contents(m)
    return made
