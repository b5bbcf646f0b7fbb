"""Pools of lists that are items of lists whose length is known only at run time (values/pooled.py).

    graph = [[] for _ in range(n)]          graph holds the numbers of lists in a pool
    graph[u].append(v)                      %start, %length, %end = table[number]; cells[%start + %length] = %v

A pool is two lists that grow: `cells`, the items of all its lists, and `table`, where each lies: where it begins, how
many items it has, and where its room ends. A list that has no room for one more is moved behind the last cell, with
twice the room, so that an item is moved once on average.

Which lists lie in a pool is known beforehand: where one cannot be held in a list, or passed along, otherwise, its site
is noted, and the program, when it is refused, is lowered again with the lists of that site in a pool from the beginning
(lower.py). So a list has one form for all of its life, whatever names it has. Pools are made at the kernel's entry.

Sound: a list's number never changes, so two names of it see the same cells; and all lists of one pool have items of one
type, else they are refused.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.values.list_contents import GrowingItems, KnownItems, item_kind
from dsl.frontend.values.mutable import Deque, List
from dsl.frontend.values.pooled import PooledList, Site
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, Tuple, Value, weak

from .branches import fork
from .interpreter import Interpreter, MadeList, expression
from .list_items import (
    PLAIN,
    Form,
    added,
    common_item,
    counted,
    item_like,
    joined_item,
    list_element,
    reserve_room,
    resized,
    unset_items,
    with_appended,
    with_list_element,
)
from .loop_statements import run_for
from .pool_sites import site_of, want_lists

ZERO = weak(0)
CHANGED = "a list in a list becomes longer or shorter while it is gone over, which a kernel cannot do: go over a copy"
PLACE = Tuple((Scalar(types.i64, True),) * 3)


class Pool:
    """The lists of one root. `cells` is None while nothing is known of what the lists hold: they are all empty."""

    def __init__(self, m: Interpreter, item: Value | None):
        self.cells = List(m.store, unset_items(m, Form(item), ZERO)) if item is not None else None
        self.table = List(m.store, unset_items(m, Form(PLACE), ZERO))


def make_pools(m: Interpreter) -> None:
    for root in sorted(set(m.pool_plan.roots.values()), key=repr):
        m.pools[root] = Pool(m, m.pool_plan.forms.get(root))


class PoolView(List):
    """A list in a pool for the time of one operation on it, as a list whose first item lies at `start`."""

    in_pool = True

    def __init__(self, m: Interpreter, value: PooledList):
        super().__init__(m.store)
        self.pool, self.value = m.pools[value.root], value

    def place(self, m: Interpreter) -> tuple[Scalar, Scalar, Scalar]:
        """Where it begins, how many items it has, and where its room ends."""
        found: Any = list_element(m, growing_items(m, self.pool.table), self.value.number)
        start, length, end = (counted(m.builder.ssa(part)) for part in found.parts())
        return start, length, end

    def contents(self, m: Interpreter) -> KnownItems | GrowingItems:
        if self.pool.cells is None:
            return KnownItems(())
        cells = growing_items(m, self.pool.cells)
        start, length, _ = self.place(m)
        return GrowingItems(length, start, cells.columns, cells.item)

    def keeps_length(self, m: Interpreter, before: Scalar) -> bool:
        """Whether it does is known only at run time, as any list of the pool may have been changed."""
        differs = scalar_ops.compare_scalars(m.builder, "ne", self.place(m)[1], before)
        m.builder.fail(m.builder.ssa(differs), "RuntimeError", CHANGED)
        return True

    def store(self, m: Interpreter, items) -> None:
        if not isinstance(items, GrowingItems):
            if items:
                want_item(m, self.value.root, common_item(items))
            return
        cells = growing_items(m, self.pool.cells)
        if item_kind(items.item) != item_kind(cells.item):
            want_item(m, self.value.root, items.item)
        self.pool.cells.store(m, GrowingItems(cells.length, None, items.columns, cells.item))
        start, _, end = self.place(m)
        self.set_place(m, start if items.start is None else items.start, items.length, end)

    def set_place(self, m: Interpreter, *place: Scalar) -> None:
        table = growing_items(m, self.pool.table)
        self.pool.table.store(m, with_list_element(m, table, self.value.number, Tuple(place)))

    def make_room(self, m: Interpreter, count: Scalar, like: Value | None) -> None:
        """For so many items more, one of which is `like`."""
        if self.pool.cells is None:
            want_item(m, self.value.root, common_item([like]))
        start, length, end = self.place(m)
        needed = added(m, length, count)
        is_short = scalar_ops.compare_scalars(m.builder, "gt", added(m, start, needed), end)
        fork(m, is_short, lambda: self.move(m, start, length, needed), lambda: True)

    def move(self, m: Interpreter, start: Scalar, length: Scalar, needed: Scalar) -> bool:
        at = growing_items(m, self.pool.cells).length
        end = open_cells(m, self.pool.cells, added(m, needed, added(m, needed, weak(2))))

        def body(k: Scalar) -> None:
            cells = growing_items(m, self.pool.cells)
            item = list_element(m, cells, added(m, start, k))
            self.pool.cells.store(m, with_list_element(m, cells, added(m, at, k), item))

        run_for(m, copy.copy(m.node), ZERO, length, body)
        self.set_place(m, at, length, end)
        return True


def growing_items(m: Interpreter, owner: List) -> GrowingItems:
    contents = owner.contents(m)
    assert isinstance(contents, GrowingItems), "a pool's lists grow"
    return contents


def open_cells(m: Interpreter, cells: List, count: Scalar) -> Scalar:
    """Room for so many items more behind all others; returns where it ends."""
    before = growing_items(m, cells)
    end = added(m, before.length, count)
    reserve_room(m, before, end)
    cells.store(m, resized(before, end))
    return end


def put_in_pool(m: Interpreter, owner: List, root: Site) -> PooledList:
    """A list that has just been made, of which nothing else knows, in a pool."""
    pool, contents = m.pools[root], owner.contents(m)
    if isinstance(contents, KnownItems):
        item, length = common_item(contents.items), weak(len(contents.items))
        if contents.items and item is None:
            want_lists(m, list(contents.items))
            raise Refused("a list of items of several kinds in a list whose length is known only at run time", PLAIN)
    else:
        item, length = contents.item, contents.length
    if item is not None:
        check_item(m, root, item)
    at = ZERO
    if pool.cells is not None:
        at = growing_items(m, pool.cells).length
        open_cells(m, pool.cells, length)
        fill_cells(m, pool.cells, at, contents)
    table = growing_items(m, pool.table)
    number, end = table.length, added(m, at, length)
    pool.table.store(m, with_appended(m, table, Tuple((at, length, end))))
    return PooledList(root, counted(m.builder.ssa(number)))


def fill_cells(m: Interpreter, cells: List, at: Scalar, contents: KnownItems | GrowingItems) -> None:
    if isinstance(contents, KnownItems):
        for k, value in enumerate(contents.items):
            cells.store(m, with_list_element(m, growing_items(m, cells), added(m, at, weak(k)), value))
        return

    def body(k: Scalar) -> None:
        value = list_element(m, contents, k)
        cells.store(m, with_list_element(m, growing_items(m, cells), added(m, at, k), value))

    run_for(m, copy.copy(m.node), ZERO, contents.length, body)


# what is asked for


def check_item(m: Interpreter, root: Site, item: Value) -> None:
    """Asks for cells that hold such an item too, where they do not."""
    form = m.pool_plan.forms.get(root)
    joined = joined_item(form, item) if form is not None else None
    if form is None or joined is None or item_kind(joined) != item_kind(form):
        want_item(m, root, item)


def want_item(m: Interpreter, root: Site, item: Value | None) -> None:
    form = m.pool_plan.forms.get(root)
    joined = item if form is None else joined_item(form, item)
    if joined is None:
        shown = item.describe() if item is not None else "something else"
        want_lists(m, [part for part in (form, item) if part is not None])
        raise Refused(f"{shown} is put into a list in a list, where others hold "
                      f"{form.describe() if form is not None else 'nothing yet'}", PLAIN)
    m.pool_plan.wanted_forms[root] = item_like(joined)
    raise Refused("a list in a list whose length is known only at run time", PLAIN)


@expression(MadeList)
def made_list(m: Interpreter, node: ast.AST, value: List) -> Value:
    """A list that `node` has made: in the pool of its site, if it has one."""
    if value.site is None:
        if isinstance(value, PoolView | Deque) or isinstance(node, ast.Subscript) and not isinstance(
                node.slice, ast.Slice):
            return value
        value.site = site_of(m, node)
    root = m.pool_plan.roots.get(value.site)
    return value if root is None or value.frozen else put_in_pool(m, value, root)
