"""Choosing between computed values: `min`, `max`, and what they share with sorting."""

from __future__ import annotations

from typing import Any

from dsl.frontend.emit.number_joins import common_kind
from dsl.frontend.emit.scalar_ops import cast, promote
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.kinds.containers import select
from dsl.frontend.protocols import compare, static_items
from dsl.frontend.values.value import Scalar, Static, Value

EXTREMA = {"min": "lt", "max": "gt"}


def extremum(name: str):
    def handler(m: Interpreter, *values: Value, key: Value | None = None, default: Value | None = None) -> Value:
        if len(values) == 1:
            values = tuple(static_items(m, values[0], name))
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
