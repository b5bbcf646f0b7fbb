"""Lists of lists of which there are as many as is known only at run time: `[[0.0] * m for _ in range(n)]`.

The items of all rows lie in one list that grows (list_items.py), row by row; all rows have one length. A row is a view:
where it lies. So no row can be another one, or longer than the others: what would need that is refused.
"""

from __future__ import annotations

from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.list_items import added, counted, list_element, with_list_element
from dsl.frontend.engine.pool_sites import want_lists
from dsl.frontend.protocols import (
    augment,
    compare,
    contains,
    delete_item,
    get_attribute,
    get_item,
    iterate,
    length,
    operate,
    set_item,
    truth,
)
from dsl.frontend.values.iterables import Sequence
from dsl.frontend.values.mutable import Grid, List, Row, change
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Scalar, Slice, Value

from .growing_lists import ZERO, listed
from .indexing import as_int


def rows_of(m: Interpreter, grid: Grid) -> Scalar:
    return m.store.read(grid, "rows")


def width_of(m: Interpreter, grid: Grid) -> Scalar:
    return m.store.read(grid, "width")


def place_in_grid(m: Interpreter, row: Row, k: Scalar) -> Scalar:
    b = m.builder
    return added(m, counted(b.apply("arith.muli", b.ssa(row.index), b.ssa(width_of(m, row.grid)))), k)


def row_element(m: Interpreter, row: Row, k: Scalar) -> Value:
    return list_element(m, row.grid.contents(m), place_in_grid(m, row, k))


def checked_within(m: Interpreter, index: Value, size: Scalar, message: str) -> Scalar:
    """An index from the front, less than `size`."""
    b, k = m.builder, as_int(m, scalar_ops.number(index, "a list's index"), "a list's index")
    key = ("within", k.ssa, k.constant if k.is_constant else None, size.ssa, message)
    found = b.recall(key)
    if found is None:
        value, zero, end = b.ssa(k), b.constant(size.dtype, 0), b.ssa(size)
        if k.extent is None or k.extent[0] < 0:
            value = b.select(b.compare("lt", value, zero, False), b.apply("arith.addi", value, end), value)
        outside = b.apply("arith.ori", b.compare("lt", value, zero, False), b.compare("ge", value, end, False))
        b.fail(outside, "IndexError", message)
        found = counted(b.select(outside, zero, value))
        b.note(key, found)
    return found


@get_item.of(Grid)
def row_of_grid(m: Interpreter, owner: Grid, index: Value) -> Row:
    if isinstance(index, Slice):
        raise without_pool(m, owner, "a slice of a list of lists whose number is known only at run time")
    return Row(owner, checked_within(m, index, rows_of(m, owner), "list index out of range"))


@set_item.of(Grid)
def refuse_row(m: Interpreter, owner: Grid, index: Value, value: Value) -> Value:
    raise without_pool(m, owner, "a list becomes an item of a list of lists whose number is known only at run time")


def without_pool(m: Interpreter, grid: Grid, what: str) -> Refused:
    """The refusal of what rows can only do that lie in a pool, as they will where that can be (engine/pools.py)."""
    want_lists(m, [grid])
    return Refused(what, "write its items one by one")


@get_item.of(Row)
def item_of_row(m: Interpreter, owner: Row, index: Value) -> Value:
    if isinstance(index, Slice):
        return get_item(m, as_list(m, owner), index)
    return row_element(m, owner, checked_within(m, index, width_of(m, owner.grid), "list index out of range"))


@set_item.of(Row)
def set_item_of_row(m: Interpreter, owner: Row, index: Value, value: Value) -> Value:
    if isinstance(index, Slice):
        raise without_pool(m, owner.grid, "an assignment to a slice of a list in a list")
    k = checked_within(m, index, width_of(m, owner.grid), "list assignment index out of range")
    grid = owner.grid
    change(grid)
    items = with_list_element(m, grid.contents(m), place_in_grid(m, owner, k), value)
    m.unless_raised(lambda: m.store.write(grid, "items", items, m.origin()))
    return NONE


def as_list(m: Interpreter, row: Row) -> List:
    """A copy of a row."""
    return listed(m, iterate(m, row))


@length.of(Grid, Row)
def length_of_rows(m: Interpreter, value: Grid | Row) -> Scalar:
    return rows_of(m, value) if isinstance(value, Grid) else width_of(m, value.grid)


@truth.of(Grid, Row)
def truth_of_rows(m: Interpreter, value: Grid | Row) -> Scalar:
    return scalar_ops.compare_scalars(m.builder, "gt", length(m, value), ZERO)


@iterate.of(Grid)
def iterate_grid(m: Interpreter, value: Grid) -> Sequence:
    return Sequence(ZERO, rows_of(m, value), lambda m, k: Row(value, k), over=(value,))


@iterate.of(Row)
def iterate_row(m: Interpreter, value: Row) -> Sequence:
    return Sequence(ZERO, width_of(m, value.grid), lambda m, k: row_element(m, value, k), over=(value,))


@contains.of(Row)
def row_contains(m: Interpreter, item: Value, container: Row) -> Value:
    return contains(m, item, as_list(m, container))


@compare.of(Row, first=True)
def compare_rows(m: Interpreter, predicate: str, x: Value, y: Value) -> Value:
    return compare(m, predicate, *(as_list(m, side) if isinstance(side, Row) else side for side in (x, y)))


@get_attribute.of(Row)
def method_of_row(m: Interpreter, owner: Row, name: str) -> Value | None:
    if name in ("copy", "index", "count"):
        return get_attribute(m, as_list(m, owner), name)
    if hasattr(list, name):
        raise without_pool(m, owner.grid, f"{name} of a list in a list of lists of equal length")
    return None


@get_attribute.of(Grid)
def method_of_grid(m: Interpreter, owner: Grid, name: str) -> None:
    if hasattr(list, name):
        raise without_pool(m, owner, f"{name} of a list of lists whose number is known only at run time")


@augment.of(Grid, Row)
def augment_rows(m: Interpreter, symbol: str, old: Grid | Row, value: Value) -> None:
    raise without_pool(m, old if isinstance(old, Grid) else old.grid, f"{symbol}= of a list in, or of, a list of lists")


@operate.of(Grid, Row)
def operate_rows(m: Interpreter, symbol: str, x: Value, y: Value) -> None:
    for side in (x, y):
        if isinstance(side, Grid | Row):
            grid = side if isinstance(side, Grid) else side.grid
            raise without_pool(m, grid, f"{symbol} of a list in, or of, a list of lists")


@delete_item.of(Grid, Row)
def delete_from_rows(m: Interpreter, owner: Grid | Row, index: Value) -> None:
    raise without_pool(m, owner if isinstance(owner, Grid) else owner.grid, "del of a list in, or of, a list of lists")
