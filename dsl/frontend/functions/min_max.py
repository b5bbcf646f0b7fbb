"""Choosing between computed values: `min`, `max`, and what they share with sorting."""

from __future__ import annotations

from typing import Any

from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.number_joins import common_kind
from dsl.frontend.emit.scalar_ops import cast, promote
from dsl.frontend.engine.expressions import forked
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.kinds.growing_lists import listed
from dsl.frontend.kinds.selection import select
from dsl.frontend.protocols import compare, iterate
from dsl.frontend.values.iterables import Generator
from dsl.frontend.values.mutable import List
from dsl.frontend.values.value import Scalar, Static, Value
from dsl.library import lists

EXTREMA = {"min": "lt", "max": "gt"}


def extremum(name: str):
    def handler(m: Interpreter, *values: Value, key: Value | None = None, default: Value | None = None) -> Value:
        if len(values) == 1 and isinstance(values[0], Generator):
            values = (m.call(Static(lists.list_of_items), [values[0]], {}),)
        if len(values) == 1:
            sequence = iterate(m, values[0])
            if not (sequence.low.is_constant and sequence.high.is_constant):
                return extremum_of_list(m, name, listed(m, sequence), key, default)
            values = tuple(sequence.items(m))
        if not values:
            if default is not None:
                return default
            return m.raise_now("ValueError", f"{name}() arg is an empty sequence")
        best, best_key = values[0], keyed(m, key, values[0])
        for value in values[1:]:
            value_key = keyed(m, key, value)
            wins = compare(m, EXTREMA[name], value_key, best_key)
            best, best_key = pick(m, m.truth(wins), value, best), pick(m, m.truth(wins), value_key, best_key)
        return best

    return handler


def extremum_of_list(m: Interpreter, name: str, items: List, key: Value | None, default: Value | None) -> Value:
    """Of a list whose length is known only at run time."""
    key = Static(lists.identity) if key is None or (isinstance(key, Static) and key.value is None) else key
    find = Static(lists.list_minimum if name == "min" else lists.list_maximum)
    found = lambda: m.call(find, [items, key], {})
    if default is not None:
        return forked(m, m.truth(items), found, lambda: default, m.node)
    empty = scalar_ops.logical_not(m.builder, m.truth(items))
    m.builder.fail(m.builder.ssa(empty), "ValueError", f"{name}() arg is an empty sequence")
    return found()


def keyed(m: Interpreter, key: Value | None, value: Value) -> Value:
    return value if key is None or (isinstance(key, Static) and key.value is None) else m.call(key, [value], {})


def pick(m: Interpreter, condition: Scalar, a: Value, b: Value) -> Any:
    """`a if condition else b`, both computed."""
    if condition.is_constant:
        return a if condition.constant else b
    if isinstance(a, Scalar) and isinstance(b, Scalar) and common_kind(a, b) is None:
        dtype, is_weak = promote(a, b)
        a, b = cast(m.builder, a, dtype, is_weak), cast(m.builder, b, dtype, is_weak)
    return select(m, condition, a, b)
