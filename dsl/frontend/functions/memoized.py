"""Functions under `functools.cache` and `functools.lru_cache`: what is remembered saves time and is seen by nobody.

A kernel computes each call. That gives the same where the function only computes; one that prints, changes something,
or makes or takes something that can be changed would show how often it has run, and is refused.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.function_table import finder
from dsl.frontend.kinds.ndarray import is_array
from dsl.frontend.values.mutable import Dict, Instance, List
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Static, Value

ADVICE = "take functools.cache away, or have the function return what it computes and do nothing else"


@finder
def memoized_handler(function) -> Callable | None:
    if not isinstance(function, functools._lru_cache_wrapper):
        return None
    plain = function.__wrapped__

    def handler(m: Interpreter, *arguments: Value, **keywords: Value) -> Value:
        if any(can_change(value) for value in (*arguments, *keywords.values())):
            raise Refused(f"an argument of {plain.__name__}, which functools.cache cannot remember",
                          "pass numbers and tuples of them")
        mark, printed = m.store.begin(), m.builder.records
        result = m.call(Static(plain), list(arguments), keywords)
        delta = m.store.take_back(mark)
        # what is no name or field of the program's is how the visit of loops is kept account of
        if any(not isinstance(key, tuple) for _, key in delta) or m.builder.records != printed:
            raise Refused(f"{plain.__name__} is under functools.cache and prints or changes something", ADVICE)
        m.store.redo(delta)
        if can_change(result):
            raise Refused(f"{plain.__name__} is under functools.cache and makes something that can be changed", ADVICE)
        return result

    return handler


def can_change(value: Value) -> bool:
    is_changeable = isinstance(value, List | PooledList | Dict | Instance) or is_array(value)
    return is_changeable or any(map(can_change, value.parts()))
