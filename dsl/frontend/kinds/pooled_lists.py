"""Lists in pools (engine/pools.py): what operators, builtins and statements do with them is what they do with any list
whose length is known only at run time, one operation at a time."""

from __future__ import annotations

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.pools import PoolView
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
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, Value

from .growing_lists import copied_list


def seen(m: Interpreter, value: Value) -> Value:
    return PoolView(m, value) if isinstance(value, PooledList) else value


@get_item.of(PooledList)
def item_of_pooled(m: Interpreter, owner: PooledList, index: Value) -> Value:
    return get_item(m, PoolView(m, owner), index)


@set_item.of(PooledList)
def set_item_of_pooled(m: Interpreter, owner: PooledList, index: Value, value: Value) -> Value:
    return set_item(m, PoolView(m, owner), index, value)


@delete_item.of(PooledList)
def delete_item_of_pooled(m: Interpreter, owner: PooledList, index: Value) -> Value:
    return delete_item(m, PoolView(m, owner), index)


@length.of(PooledList)
def length_of_pooled(m: Interpreter, value: PooledList) -> Scalar:
    return length(m, PoolView(m, value))


@truth.of(PooledList)
def truth_of_pooled(m: Interpreter, value: PooledList) -> Scalar:
    return truth(m, PoolView(m, value))


@iterate.of(PooledList)
def iterate_pooled(m: Interpreter, value: PooledList) -> Sequence:
    return iterate(m, PoolView(m, value))


@contains.of(PooledList)
def pooled_contains(m: Interpreter, item: Value, container: PooledList) -> Value:
    return contains(m, item, PoolView(m, container))


@compare.of(PooledList, first=True)
def compare_pooled(m: Interpreter, predicate: str, x: Value, y: Value) -> Value:
    x, y = (copied_list(m, PoolView(m, side)) if isinstance(side, PooledList) else side for side in (x, y))
    return compare(m, predicate, x, y)


@operate.of(PooledList, first=True)
def operate_pooled(m: Interpreter, symbol: str, x: Value, y: Value) -> Value:
    return operate(m, symbol, seen(m, x), seen(m, y))


@augment.of(PooledList)
def augment_pooled(m: Interpreter, symbol: str, old: PooledList, value: Value) -> Value:
    if symbol != "+":
        raise Refused(f"{symbol}= of a list in a list whose length is known only at run time", "append in a loop")
    augment(m, symbol, PoolView(m, old), seen(m, value))
    return old


@get_attribute.of(PooledList)
def method_of_pooled(m: Interpreter, owner: PooledList, name: str) -> Value:
    return get_attribute(m, PoolView(m, owner), name)
