"""The items of lists that grow at run time: making them, reading and writing them.

    xs.append(v)                            dsl.reserve(%n + 1)
                                            %ys = tensor.insert %v into %xs[min(%n, %capacity - 1)]

All such lists have room for equally many elements, a number that the host chooses (`dsl.capacity`). A list that needs
more says so (`dsl.reserve`); then the run counts for nothing, as after the overflow of a tape, and is repeated with
more room. Until it ends its lists keep their true lengths.

Sound: every access lies inside of the room. Where nothing was short it is at its own place, as lengths are at most what
was reserved; where something was, a place beyond the room is brought back into it, and what is read or written there
does not matter.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

from dsl import types
from dsl.calling.pytree import GROWING
from dsl.frontend.emit.number_joins import NumberKind, common_kind, in_number_kind, kind_of_number
from dsl.frontend.emit.scalar_ops import cast
from dsl.frontend.values.joined import Mixed
from dsl.frontend.values.list_contents import GrowingItems, KnownItems, item_kind
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Record, Scalar, Static, Tensor, Tuple, Value, leaves, map_leaves, weak

from .interpreter import Interpreter
from .pool_sites import want_lists

LONGEST = 2**48  # more elements than there can be
LENGTHS = (0, LONGEST)  # what is known of the length of any list
PLAIN = "keep items of one type in a list: numbers, or tuples and frozen structs of them"


class Form(NamedTuple):
    """How a list that grows is held: what an item looks like, and whether its first items are taken away."""

    item: Value
    is_queue: bool = False


def counted(ssa, extent: tuple = LENGTHS) -> Scalar:
    """A length, or a place in a list."""
    return Scalar(types.i64, True, ssa, range=extent)


def added(m: Interpreter, x: Scalar, y: Scalar) -> Scalar:
    """The sum of two lengths or places, which fits."""
    if x.is_constant and (x.constant == 0 or y.is_constant):
        return weak(x.constant + y.constant) if y.is_constant else y
    return counted(m.builder.apply("arith.addi", m.builder.ssa(x), m.builder.ssa(y)))


# what one item looks like


def like_number(kind: NumberKind) -> Scalar:
    return (Mixed if kind.mixed else Scalar)(kind.dtype, kind.weak)


def item_like(value: Value) -> Value:
    """What an item looks like, around no numbers."""
    return map_leaves(value, lambda leaf: like_number(kind_of_number(leaf)))


def joined_item(a: Value | None, b: Value | None) -> Value | None:
    """What two items look like that are in one list; None where they cannot be."""
    if a is None or b is None:
        return None
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        kind = common_kind(a, b)
        return like_number(kind) if kind is not None else None
    if type(a) is not type(b) or a.key() != b.key() or not isinstance(a, Tuple | Record | Static | PooledList):
        return None
    parts = [joined_item(x, y) for x, y in zip(a.parts(), b.parts())]
    return None if None in parts else a.with_parts(parts)


def common_item(items) -> Value | None:
    """What all items look like; None where there are none, or they have no place in one list that grows."""
    items = list(items)
    if not items or any(item_kind(item) is None for item in items):
        return None
    found = functools.reduce(joined_item, items[1:], items[0])
    return item_like(found) if found is not None else None


def common_form(*lists: KnownItems | GrowingItems) -> Form | None:
    """How the contents of several lists can be held in one that grows; None where they cannot."""
    shown: list[Value] = []
    for contents in lists:
        shown += [contents.item] if isinstance(contents, GrowingItems) else contents.items
    item = common_item(shown)
    is_queue = any(isinstance(contents, GrowingItems) and contents.start is not None for contents in lists)
    return Form(item, is_queue) if item is not None else None


def has_form(contents: Any, form: Form) -> bool:
    return isinstance(contents, GrowingItems) and (contents.start is not None) == form.is_queue and (
        item_kind(contents.item) == item_kind(form.item))


# the room


def list_capacity(m: Interpreter) -> Scalar:
    """How many elements there is room for, as an i64 made at the kernel's entry."""
    found = m.list_capacity
    if found is None:
        with m.builder.at_entry(m.entry_block):
            ssa = m.builder.apply("arith.index_cast", m.builder.capacity(), result=m.builder.i64)
        found = m.list_capacity = counted(ssa, (1, LONGEST))
    return found


def reserve_room(m: Interpreter, items: GrowingItems, length: Scalar) -> None:
    end = length if items.start is None else added(m, items.start, length)
    m.builder.reserve(m.builder.ssa(end))


def room_for(m: Interpreter, length: Scalar) -> Scalar:
    """How many of so many items are in memory: all, unless there was too little room."""
    key = ("room", length.ssa, length.constant if length.is_constant else None)
    found = m.builder.recall(key)
    if found is None:
        b = m.builder
        found = counted(b.apply("arith.minsi", b.ssa(length), b.ssa(list_capacity(m))), length.extent or LENGTHS)
        b.note(key, found)
    return found


def list_place(m: Interpreter, items: GrowingItems, k: Scalar, is_inside: bool):
    """Where item k lies, as an index; `is_inside`: k is known to be less than the room of the length."""
    b, at = m.builder, k if items.start is None else added(m, items.start, k)
    if not is_inside or items.start is not None:
        last = b.apply("arith.subi", b.ssa(list_capacity(m)), b.constant(types.i64, 1))
        at = counted(b.apply("arith.minsi", b.ssa(at), last))
    return b.apply("arith.index_cast", b.ssa(at), result=b.index)


# items


def list_element(m: Interpreter, items: GrowingItems, k: Scalar, is_inside: bool = False) -> Value:
    """Item k, which there is."""
    at, columns, b = list_place(m, items, k, is_inside), iter(items.columns), m.builder

    def read(leaf: Scalar) -> Scalar:
        ssa = b.apply("tensor.extract", b.ssa(next(columns)), at, result=b.scalar_types[leaf.dtype])
        return kind_of_number(leaf).make(ssa)

    return map_leaves(items.item, read)


def with_list_element(m: Interpreter, items: GrowingItems, k: Scalar, value: Value,
                      is_inside: bool = False) -> GrowingItems:
    """The items with another item k; floats, where it is one and they were ints."""
    item = joined_item(items.item, value)
    if item is None:
        want_lists(m, [items.item, value])
        if isinstance(items.item, PooledList) and isinstance(value, Mutable):
            raise Refused(f"{value.describe()} that was made outside, or has several names, is put into a list that "
                          "grows", "put a copy of it there: xs[:]")
        raise Refused(f"{value.describe()} is put into a list that holds {items.item.describe()}", PLAIN)
    if item_kind(item) != item_kind(items.item):
        items = grown(m, items, Form(item, items.start is not None))
    b, at = m.builder, list_place(m, items, k, is_inside)
    columns = []
    for column, leaf, like in zip(items.columns, leaves(value), leaves(items.item), strict=True):
        leaf = in_number_kind(b, leaf, kind_of_number(like))
        ssa = b.emit("tensor.insert", [b.ssa(leaf), b.ssa(column), at], [b.type_of(column)]).result
        columns.append(column.around(ssa))
    return GrowingItems(items.length, items.start, tuple(columns), items.item)


def with_appended(m: Interpreter, items: GrowingItems, value: Value) -> GrowingItems:
    """The items and one more."""
    length = added(m, items.length, weak(1))
    reserve_room(m, items, length)
    return resized(with_list_element(m, items, items.length, value), length)


def resized(items: GrowingItems, length: Scalar, start: Scalar | None = None) -> GrowingItems:
    return GrowingItems(length, items.start if start is None else start, items.columns, items.item)


# making them


def unset_items(m: Interpreter, form: Form, length: Scalar) -> GrowingItems:
    """Room for items that are not set yet."""
    columns = tuple(unset_column(m, leaf) for leaf in leaves(form.item))
    made = GrowingItems(length, weak(0) if form.is_queue else None, columns, form.item)
    reserve_room(m, made, length)
    return made


def unset_column(m: Interpreter, leaf: Scalar) -> Tensor:
    column = Tensor(leaf.dtype, (GROWING,), None)
    return column.around(m.builder.empty(column))


def grown(m: Interpreter, contents: KnownItems | GrowingItems, form: Form) -> GrowingItems:
    """The items of a list as those of one that grows, of this form."""
    if isinstance(contents, GrowingItems):
        pairs = zip(contents.columns, leaves(form.item), strict=True)
        columns = tuple(column_as(m, contents, column, leaf) for column, leaf in pairs)
        start = weak(0) if form.is_queue and contents.start is None else contents.start
        return GrowingItems(contents.length, start, columns, form.item)
    made = unset_items(m, form, weak(len(contents.items)))
    for k, value in enumerate(contents.items):
        made = with_list_element(m, made, weak(k), value)
    return made


def column_as(m: Interpreter, items: GrowingItems, column: Tensor, leaf: Scalar) -> Tensor:
    """The numbers of one column in another type."""
    if column.dtype is leaf.dtype:
        return column
    b, start = m.builder, unset_column(m, leaf)
    end = items.length if items.start is None else added(m, items.start, items.length)
    bounds = [b.constant(types.i64, 0), b.ssa(room_for(m, end)), b.constant(types.i64, 1)]
    kind = b.type_of(start)
    with b.aside(b.i64, kind) as block:
        at = b.apply("arith.index_cast", block.arguments[0], result=b.index)
        old = b.apply("tensor.extract", b.ssa(column), at, result=b.scalar_types[column.dtype])
        new = cast(b, Scalar(column.dtype, True, old), leaf.dtype, True)
        b.emit("scf.yield", [b.apply("tensor.insert", b.ssa(new), block.arguments[1], at, result=kind)])
    op = b.emit("scf.for", [*bounds, b.ssa(start)], [kind], regions=1)
    block.append_to(op.regions[0])
    return start.around(op.result)
