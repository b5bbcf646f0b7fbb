"""`collections.deque`: a list whose first items are taken away, and to which others are put in front, in one step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.branches import fork
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.list_growth import grow
from dsl.frontend.engine.list_items import Form, added, counted, reserve_room, resized, with_list_element
from dsl.frontend.function_table import intrinsic
from dsl.frontend.protocols import iterate, operate, static_items
from dsl.frontend.values.mutable import Deque
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Static, Value, weak
from dsl.library import lists

from .growing_list_methods import pop_first
from .growing_lists import by_program, growable, growing, listed

ZERO = weak(0)


@intrinsic(deque)
def make_deque(m: Interpreter, iterable: Value | None = None, maxlen: Value = NONE) -> Deque:
    if not (isinstance(maxlen, Static) and maxlen.value is None):
        raise Refused("a deque with maxlen", "take items away with popleft()")
    made = Deque(m.store)
    if iterable is not None:
        made.slots["items"] = listed(m, iterate(m, iterable)).contents(m)
    return made


def pop_left(m: Interpreter, owner: Deque) -> Value:
    if growing(m, owner) is not None:
        return pop_first(m, owner)
    items = list(owner.items(m))
    if not items:
        m.raise_now("IndexError", owner.empty_message)
    value = items.pop(0)
    owner.store(m, items)
    return value


def append_left(m: Interpreter, owner: Deque, value: Value) -> Value:
    if growing(m, owner) is None:
        owner.store(m, [value, *owner.items(m)])
        return NONE
    items = grow(m, owner, Form(growable(m, owner).item, True))
    is_full = scalar_ops.compare_scalars(m.builder, "eq", items.start, ZERO)
    fork(m, is_full, lambda: open_front(m, owner), lambda: True)
    items = growable(m, owner)
    first = counted(m.builder.ssa(operate(m, "-", items.start, weak(1))))
    longer = resized(items, added(m, items.length, weak(1)), first)
    owner.store(m, with_list_element(m, longer, ZERO, value))
    return NONE


def open_front(m: Interpreter, owner: Deque) -> bool:
    """Moves all items, so that as many as there are have room in front of them."""
    items = growable(m, owner)
    count = items.length
    gap = added(m, count, weak(1))
    longer = resized(items, added(m, count, gap))
    reserve_room(m, longer, longer.length)
    owner.store(m, longer)
    by_program(m, lists.move_behind, owner, gap)
    owner.store(m, resized(growable(m, owner), count, gap))
    return True


def extend_left(m: Interpreter, owner: Deque, values: Value) -> Value:
    for value in static_items(m, values, "extendleft"):
        append_left(m, owner, value)
    return NONE


METHODS: dict[str, Callable] = {"popleft": pop_left, "appendleft": append_left, "extendleft": extend_left}
