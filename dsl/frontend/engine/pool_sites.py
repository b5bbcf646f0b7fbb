"""Where lists are made, and which of them have to be made in a pool (pools.py)."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Any

from iree.compiler import ir

from dsl.frontend.values.list_contents import GrowingItems, KnownItems
from dsl.frontend.values.mutable import Deque, Grid, List, Row
from dsl.frontend.values.pooled import PooledList, Site
from dsl.frontend.values.signals import KeepInPool
from dsl.frontend.values.value import Record, Scalar, Tuple, Value
from dsl.passes.ir import edit

from .interpreter import Interpreter


def want_lists(m: Interpreter, values: Collection[Value]) -> None:
    """Notes that the lists at one place of all these values have to lie in one pool."""
    places: dict[tuple, list] = {}
    for value in values:
        _collect(value, (), places)
    for sites in places.values():
        if None not in sites and len(sites) == len(values):
            m.pool_plan.want(sites)


def keep_in_pool(m: Interpreter, values: list[Value]) -> None:
    """Has the program lowered again at once, if these lists can lie in a pool."""
    want_lists(m, values)
    if m.pool_plan.settle():
        raise KeepInPool


def depends_on(m: Interpreter, x: Scalar, k: Scalar) -> bool:
    """Whether a run-time number is computed from another one."""
    wanted, seen = m.builder.ssa(k), set()
    stack: list = [] if x.is_constant else [m.builder.ssa(x)]
    while stack:
        value = stack.pop()
        if value == wanted:
            return True
        if value in seen or isinstance(value.owner, ir.Block):
            continue
        seen.add(value)
        owner = value.owner.operation
        stack += [operand for op in (owner, *edit.walk(owner)) for operand in op.operands]
    return False


def want_items(m: Interpreter, *contents: Value) -> None:
    """Notes that the lists in some lists, of which these are the contents, have to lie in one pool."""
    items: list[Value] = []
    for one in contents:
        items += one.items if isinstance(one, KnownItems) else [one.item] if isinstance(one, GrowingItems) else []
    want_lists(m, items)


def want_alike(m: Interpreter, a: Value, b: Value) -> None:
    """Notes that two lists under one name have to lie in one pool, where one of them lies in a pool."""
    if isinstance(a, PooledList) or isinstance(b, PooledList):
        want_lists(m, [a, b])


def _collect(value: Value, position: tuple, places: dict) -> None:
    if isinstance(value, List | PooledList | Grid | Row):
        places.setdefault(position, []).append(site_of_list(value))
    elif isinstance(value, Tuple | Record):
        for k, part in enumerate(value.parts()):
            _collect(part, (*position, k), places)


def site_of_list(value: List | PooledList | Grid | Row) -> Site | None:
    if isinstance(value, PooledList):
        return value.root
    if isinstance(value, Deque):
        return None
    return value.grid.site if isinstance(value, Row) else value.site


def site_of(m: Interpreter, node: ast.AST) -> Site:
    frame, found = m.frame, []
    at: Any = node
    while frame is not None:
        if at is not None and hasattr(at, "lineno"):
            found.append((frame.info.name, at.lineno, at.col_offset, at.end_col_offset))
        frame, at = frame.caller, frame.call_node
    return tuple(found)
