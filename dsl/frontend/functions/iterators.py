"""Builtins over sequences: sums, enumerate, zip, map, filter, sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import cast, logical_and, logical_or, number, promote
from dsl.frontend.engine.branches import attempt
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.loop_statements import run_for
from dsl.frontend.function_table import intrinsic
from dsl.frontend.kinds.growing_list_methods import sort_list
from dsl.frontend.kinds.growing_lists import listed
from dsl.frontend.kinds.ndarray import is_array
from dsl.frontend.protocols import compare, iterate, operate, static_items
from dsl.frontend.syntax.recursion_anf import with_indices
from dsl.frontend.values.iterables import Generator, Sequence, of_items
from dsl.frontend.values.mutable import Deque, List
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import Scalar, Static, Tuple, Value, weak
from dsl.library import lists
from dsl.passes.ir.limits import UNROLLED_FOLD

from .min_max import keyed, pick
from .numpy_arithmetic import sum_of_array

ZERO = weak(0)


@intrinsic(with_indices)
def refuse_iterator(m: Interpreter, items: Value) -> Value:
    if isinstance(items, Deque) or not (is_array(items) or isinstance(items, List | PooledList | Tuple)):
        raise Refused("a recursive call inside of a loop over something else than a range, a list or an array",
                      "loop over range(len(...))")
    return items


def folded_over(m: Interpreter, values: Value, start: Value, step) -> Value:
    """`start` combined with each item in turn; a loop where the items are not known one by one."""
    sequence = iterate(m, values)
    if sequence.is_static or (sequence.length.is_constant and sequence.length.constant <= UNROLLED_FOLD):
        for value in sequence.items(m):
            start = step(start, value)
        return start
    holder = Container(m.store)
    holder.slots["total"] = start

    def body(k: Scalar) -> None:
        found = sequence.of_same_length(m, lambda: step(m.store.read(holder, "total"), sequence.item(m, k)))
        m.store.write(holder, "total", found, m.origin())

    holder.slots["total"] = first_kind(m, start, sequence)
    run_for(m, m.node, sequence.low, sequence.high, body)
    return m.store.read(holder, "total")


class TellsApart(Exception):
    """An item prints, changes, raises or checks something, so that it shows whether it has been computed."""


def decided(m: Interpreter, values: Value, start: Scalar, combine: Callable, program: Callable) -> Value:
    """`any` and `all` take no item behind the one that decides: where that shows, as a program that leaves its loop;
    elsewhere all items are combined."""
    def step(found: Value, value: Value) -> Scalar:
        return combine(m.builder, found, m.truth(value))

    if not isinstance(values, Generator):
        try:
            return attempt(m, lambda: folded_over(m, unseen(m, iterate(m, values)), start, step), TellsApart)
        except TellsApart:
            pass
    return m.call(Static(program), [values], {})


def unseen(m: Interpreter, sequence: Sequence) -> Sequence:
    """The truths of the items; raises TellsApart where one has an effect."""
    def item(m: Interpreter, k: Scalar) -> Value:
        effects, written = m.builder.effects, m.store.writes
        try:
            value = m.truth(sequence.item(m, k))
        except Dead:
            raise TellsApart from None
        if m.builder.effects != effects or m.store.writes != written:
            raise TellsApart
        return value

    return replace(sequence, get=item)


def first_kind(m: Interpreter, start: Value, sequence) -> Value:
    """A literal start in the type that it will have after the first item."""
    if not (isinstance(start, Scalar) and start.is_constant and start.dtype.kind == "int"):
        return start
    with m.builder.aside():
        mark = m.store.begin()
        item = sequence.item(m, sequence.low)
        m.store.take_back(mark)
    return cast(m.builder, start, *promote(start, item)) if isinstance(item, Scalar) else start


@intrinsic(sum)
def total(m: Interpreter, values: Value, start: Value = ZERO) -> Value:
    if isinstance(values, Generator):
        return m.call(Static(lists.total_of), [values, start], {})
    found = sum_of_array(m, values, start)
    if found is not None:
        return found
    return folded_over(m, values, start, lambda total, value: operate(m, "+", total, value))


@intrinsic(any)
def any_of(m: Interpreter, values: Value) -> Value:
    return decided(m, values, scalar_ops.FALSE, logical_or, lists.any_of_items)


@intrinsic(all)
def all_of(m: Interpreter, values: Value) -> Value:
    return decided(m, values, scalar_ops.TRUE, logical_and, lists.all_of_items)


@intrinsic(enumerate)
def enumerated(m: Interpreter, values: Value, start: Value = ZERO) -> Value:
    if isinstance(values, Generator):
        return m.call(Static(lists.numbered), [values, start], {})
    inner = iterate(m, values)
    first = operate(m, "-", number(start, "enumerate"), inner.low)

    def item(m: Interpreter, k: Scalar) -> Value:
        return Tuple((operate(m, "+", k, first), inner.item(m, k)))

    again = (lambda m: enumerated(m, inner.again(m), start)) if inner.again is not None else None

    return Sequence(inner.low, inner.high, item, inner.is_static, inner.finish, inner.growing, inner.live_end,
                    again, inner.over)


@intrinsic(zip)
def zipped(m: Interpreter, *values: Value, strict: Value = scalar_ops.FALSE) -> Value:
    inner = [iterate(m, value) for value in values]
    lengths = [operate(m, "-", s.high, s.low) for s in inner]
    if not inner:
        return of_items([])
    is_static = any(s.is_static for s in inner)
    if is_static and not all(n.is_constant for n in lengths):
        raise Refused("zip of a tuple with something whose length is not known at compile time",
                      "loop over an index instead")
    shortest = lengths[0]
    for n in lengths[1:]:
        shortest = pick(m, scalar_ops.compare_scalars(m.builder, "lt", n, shortest), n, shortest)

    def item(m: Interpreter, k: Scalar) -> Value:
        return Tuple(tuple(s.item(m, operate(m, "+", k, s.low)) for s in inner))

    return Sequence(weak(0), shortest, item, is_static, lambda m: [s.finish(m) for s in inner],
                    tuple(owner for s in inner for owner in s.growing), over=tuple(x for s in inner for x in s.over))


@intrinsic(reversed)
def backwards(m: Interpreter, values: Value) -> Value:
    inner = iterate(m, values)
    last = operate(m, "-", operate(m, "+", inner.low, inner.high), weak(1))
    return Sequence(inner.low, inner.high, lambda m, k: inner.item(m, operate(m, "-", last, k)), inner.is_static,
                    inner.finish, inner.growing, over=inner.over)


@intrinsic(map)
def mapped(m: Interpreter, function: Value, *values: Value) -> Value:
    if len(values) == 1 and isinstance(values[0], Generator):
        return m.call(Static(lists.mapped_items), [function, values[0]], {})
    inner = zipped(m, *values)
    return Sequence(inner.low, inner.high, lambda m, k: m.call(function, list(inner.item(m, k).items), {}),
                    inner.is_static, inner.finish, inner.growing, over=inner.over)


@intrinsic(filter)
def filtered(m: Interpreter, function: Value, values: Value) -> Value:
    if isinstance(values, Generator):
        return m.call(Static(lists.filtered_items), [function, values], {})
    inner, kept = iterate(m, values), []
    for k, item in enumerate(static_items(m, inner, "filter"), inner.low.constant):
        wanted = m.truth(keyed(m, function, item))
        if not wanted.is_constant:
            raise Refused("filter keeps a number of items that is not known at compile time", "write a loop with if")
        kept += [k] if wanted.constant else []
    return Sequence(weak(0), weak(len(kept)), lambda m, k: inner.item(m, weak(kept[k.constant])), True, inner.finish)


@intrinsic(sorted)
def in_order(m: Interpreter, values: Value, *, key: Value | None = None, reverse: Value = scalar_ops.FALSE) -> Value:
    """A stable insertion network: each item is compared with those before it; a merge sort of what is known only at run
    time."""
    if not (isinstance(reverse, Scalar) and reverse.is_constant):
        raise Refused("sorted's reverse has to be known at compile time")
    if isinstance(values, Generator):
        values = m.call(Static(lists.list_of_items), [values], {})
    sequence = iterate(m, values)
    if not (sequence.low.is_constant and sequence.high.is_constant):
        made = listed(m, sequence)
        sort_list(m, made, key=key, reverse=reverse)
        return made
    items = [(keyed(m, key, v), v) for v in sequence.items(m)]
    predicate = "gt" if reverse.constant else "lt"
    for end in range(1, len(items)):
        for k in range(end, 0, -1):
            (low_key, low), (high_key, high) = items[k - 1], items[k]
            swap = m.truth(compare(m, predicate, high_key, low_key))
            items[k - 1] = (pick(m, swap, high_key, low_key), pick(m, swap, high, low))
            items[k] = (pick(m, swap, low_key, high_key), pick(m, swap, low, high))
    return List(m.store, [value for _, value in items])
