"""Whole-array arithmetic: a few elements one by one, more of them in a loop nest."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.loop_statements import run_for
from dsl.frontend.kinds.array_creation import array_of_items, new_array
from dsl.frontend.kinds.ndarray import (
    ONE,
    ZERO,
    Array,
    View,
    as_view,
    element,
    is_array,
    ranged,
    set_element,
    subview,
    total_size,
)
from dsl.frontend.protocols import augment, compare, operate, set_item, unary
from dsl.frontend.values.mutable import List
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import NONE, Scalar, Slice, Static, Tuple, Value
from dsl.passes.ir.limits import SMALL_ARRAY
from dsl.types import DType

from .min_max import pick
from .whole_arrays import elementwise_operation, sum_operation


def loop_nest(m: Interpreter, sizes: list[Scalar], body: Callable) -> None:
    """Calls `body` with an index for each size: unrolled where they are few, in real loops otherwise."""
    if all(s.is_constant for s in sizes) and prod(s.constant for s in sizes) <= SMALL_ARRAY:
        for at in itertools.product(*[range(s.constant) for s in sizes]):
            body([scalar_ops.weak(k) for k in at])
        return

    def level(at: list[Scalar]) -> None:
        if len(at) == len(sizes):
            body(at)
        else:
            run_for(m, m.node, ZERO, sizes[len(at)], lambda k: level([*at, k]))

    level([])


def broadcast(m: Interpreter, operands: list[Value]) -> list[Scalar]:
    """The sizes of an elementwise result."""
    shapes = [as_view(m, x).sizes for x in operands if is_array(x)]
    rank = max(len(s) for s in shapes)
    sizes: list[Scalar] = []
    for k in range(rank):
        column = [s[k - rank + len(s)] for s in shapes if k - rank + len(s) >= 0]
        sizes.append(joined_size(m, column))
    return sizes


def joined_size(m: Interpreter, column: list[Scalar]) -> Scalar:
    size = column[0]
    for other in column[1:]:
        if size.is_constant and size.constant == 1:
            size = other
        elif (other.is_constant and other.constant == 1) or same_size(size, other):
            continue
        elif size.is_constant and other.is_constant:
            if size.constant != other.constant:
                raise Refused(f"operands of different shapes: {size.constant} and {other.constant} elements on an axis")
        else:
            differ = scalar_ops.compare_scalars(m.builder, "ne", size, other)
            m.builder.fail(m.builder.ssa(differ), "ValueError", "operands could not be broadcast together")
            size = size if size.is_constant else other
    return size


def same_size(x: Scalar, y: Scalar) -> bool:
    return x is y or (x.ssa is not None and x.ssa is y.ssa)


def item_at(m: Interpreter, operand: Value, at: list[Scalar]) -> Any:
    """The element of an operand that belongs to an index of the result."""
    if not is_array(operand):
        return operand
    view = as_view(m, operand)
    own = at[len(at) - len(view.sizes):]
    return element(m, view, [ZERO if s.is_constant and s.constant == 1 else k for k, s in zip(own, view.sizes)])


def elementwise(m: Interpreter, function: Callable, operands: list[Value]) -> Array:
    """`function(*elements)` at every index, as an array even where all operands are without dimensions."""
    sizes = broadcast(m, operands)
    if all(s.is_constant for s in sizes) and prod(s.constant for s in sizes) <= SMALL_ARRAY:
        items = [function(*[item_at(m, x, [scalar_ops.weak(k) for k in at]) for x in operands])
                 for at in itertools.product(*[range(s.constant) for s in sizes])]
        dtype = items[0].dtype if items else probe(m, function, operands)
        return array_of_items(m, dtype, tuple(s.constant for s in sizes), items)
    made = elementwise_operation(m, function, operands, sizes)
    if made is not None:
        return made
    dtype = probe(m, function, operands)
    made = new_array(m, dtype, sizes, None)
    view = as_view(m, made)
    loop_nest(m, sizes, lambda at: set_element(m, view, at, function(*[item_at(m, x, at) for x in operands])))
    return made


def computed(m: Interpreter, function: Callable, operands: list[Value]) -> Value:
    """`elementwise` as NumPy's operators and functions have it: of arrays without dimensions they make a number."""
    if any(as_view(m, x).sizes for x in operands if is_array(x)):
        return elementwise(m, function, operands)
    return scalar_ops.as_numpy(function(*[item_at(m, x, []) for x in operands]))


def probe(m: Interpreter, function: Callable, operands: list[Value]) -> DType:
    """The element type of a result, from a trial that is thrown away."""
    b = m.builder
    may_fail, effects = b.may_fail, b.effects
    with b.aside(*[b.scalar_types[x.dtype] for x in operands if is_array(x)]) as block:
        mark, arguments = m.store.begin(), iter(block.arguments)
        trial = [Scalar(x.dtype, False, next(arguments)) if is_array(x) else x for x in operands]
        dtype = function(*trial).dtype
        m.store.take_back(mark)
    b.may_fail, b.effects = may_fail, effects
    return dtype


def map_operation(m: Interpreter, handler: Callable, values: tuple) -> Value | None:
    """A function of numbers, applied to arrays by element; None where none of the values is an array."""
    if not any(is_array(v) for v in values):
        return None
    return computed(m, lambda *items: handler(m, *items), list(values))


@operate.of(Array, View)
def operate_arrays(m: Interpreter, symbol: str, x: Value, y: Value) -> Value:
    if symbol == "@":
        return m.call(Static(np.matmul), [x, y], {})
    x, y = as_operand(m, x), as_operand(m, y)
    if symbol == "**" and x.dtype is types.bool_ and isinstance(y, Scalar) and y.is_constant and y.constant == 2:
        raise Refused("the square of an array of bools is of int8 in NumPy, which is not in the language",
                      "convert it with astype(int)")
    return computed(m, lambda a, b: operate(m, symbol, a, b), [x, y])


def as_operand(m: Interpreter, value: Value) -> Any:
    """A number or array; a tuple or list becomes an array, as in NumPy."""
    if isinstance(value, Tuple | List | PooledList):
        return m.call(Static(np.array), [value], {})
    if not (is_array(value) or isinstance(value, Scalar)):
        raise Refused(f"arithmetic of an array with {value.describe()}")
    return value


def array_of(m: Interpreter, value: Value) -> Value:
    """`as_operand`, as an array: a number is one without dimensions."""
    value = as_operand(m, value)
    return value if is_array(value) else m.call(Static(np.array), [value], {})


@unary.of(Array, View)
def unary_array(m: Interpreter, symbol: str, x: Value) -> Value:
    return computed(m, lambda a: unary(m, symbol, a), [x])


@compare.of(Array, View)
def compare_arrays(m: Interpreter, predicate: str, x: Value, y: Value) -> Value:
    x, y = as_operand(m, x), as_operand(m, y)
    return computed(m, lambda a, b: scalar_ops.compare_scalars(m.builder, predicate, a, b), [x, y])


def copied(m: Interpreter, value: Value) -> Array:
    """`a.copy()`."""
    view = as_view(m, value)
    if all(s.is_constant for s in view.sizes) and prod(s.constant for s in view.sizes) <= SMALL_ARRAY:
        items = [element(m, view, [scalar_ops.weak(k) for k in at])
                 for at in itertools.product(*[range(s.constant) for s in view.sizes])]
        return array_of_items(m, view.dtype, tuple(s.constant for s in view.sizes), items)
    made = new_array(m, view.dtype, list(view.sizes), None)
    target = as_view(m, made)
    loop_nest(m, list(view.sizes), lambda at: set_element(m, target, at, element(m, view, at)))
    return made


def flattened(m: Interpreter, view: View) -> Array:
    """`a.flatten()`: the elements by rows, in an array of one dimension."""
    made = new_array(m, view.dtype, [total_size(m, view)], None)
    target = as_view(m, made)

    def place(at: list[Scalar]) -> Scalar:
        result = ZERO
        for k, size in zip(at, view.sizes):
            result = ranged(m.builder, "+", ranged(m.builder, "*", result, size), k)
        return result

    loop_nest(m, list(view.sizes), lambda at: set_element(m, target, [place(at)], element(m, view, at)))
    return made


def assign_view(m: Interpreter, view: View, value: Value) -> None:
    """`a[...] = value`, as if the right side had been read before anything is written."""
    value = as_operand(m, value)
    if is_array(value):
        source = as_view(m, value)
        if source.base is view.base:
            if same_elements(source, view):
                return
            value = copied(m, source)
        if len(as_view(m, value).sizes) > len(view.sizes):
            raise Refused("the right side has more dimensions than the left")
        broadcast(m, [view, value])
    loop_nest(m, list(view.sizes), lambda at: set_element(m, view, at, item_at(m, value, at)))


@set_item.of(Array, View)
def set_item_of_array(m: Interpreter, owner: Value, index: Value, value: Value) -> Value:
    view, at = subview(m, as_view(m, owner), index)
    if at is None:
        assign_view(m, view, value)
    else:
        set_element(m, view, at, scalar_ops.number(value, "an element of an array"))
    return NONE


def same_elements(a: View, b: View) -> bool:
    def same(x: Scalar, y: Scalar) -> bool:
        return x is y or (x.is_constant and y.is_constant and x.constant == y.constant) or (
            x.ssa is not None and x.ssa is y.ssa)

    return a.axes == b.axes and all(map(same, (*a.offsets, *a.strides), (*b.offsets, *b.strides)))


@augment.of(Array, View)
def augment_array(m: Interpreter, symbol: str, old: Value, value: Value) -> Value:
    """`a symbol= value`, in place."""
    if symbol == "@":
        raise Refused("@= in place", "write a[:] = a @ b")
    view, value = as_view(m, old), as_operand(m, value)
    if is_array(value) and as_view(m, value).base is view.base and not same_elements(as_view(m, value), view):
        value = copied(m, value)
    if is_array(value):
        broadcast(m, [view, value])

    def update(at: list[Scalar]) -> None:
        result = operate(m, symbol, element(m, view, at), item_at(m, value, at))
        if result.dtype.kind == "float" and view.dtype.kind != "float":
            raise Refused(f"{symbol}= of {result.describe()} to an array of {view.dtype.numpy_name}",
                          "NumPy refuses this too: convert the array with astype")
        set_element(m, view, at, result)

    loop_nest(m, list(view.sizes), update)
    return old


# reductions


def accumulate(m: Interpreter, sizes: list[Scalar], start: Scalar, step: Callable) -> Scalar:
    """`total = step(total, at)` over every index."""
    holder = Container(m.store)
    holder.slots["total"] = start

    def body(at: list[Scalar]) -> None:
        m.store.write(holder, "total", step(m.store.read(holder, "total"), at))

    loop_nest(m, sizes, body)
    return m.store.read(holder, "total")


def sum_dtype(dtype: DType) -> DType:
    """NumPy adds small integers and bools in i64."""
    return dtype if dtype.kind == "float" else types.i64


def sum_of(m: Interpreter, view: View) -> Any:
    """The sum of all elements, in any order."""
    found = sum_operation(m, view, range(len(view.sizes)), sum_dtype(view.dtype))
    return sum_in_order(m, view) if found is None else found


def sum_in_order(m: Interpreter, view: View) -> Scalar:
    dtype = sum_dtype(view.dtype)
    start = Scalar(dtype, False, constant=0.0 if dtype.kind == "float" else 0)
    widen = lambda x: scalar_ops.cast(m.builder, x, dtype, False)
    return accumulate(m, list(view.sizes), start, lambda t, at: operate(m, "+", t, widen(element(m, view, at))))


def product_of(m: Interpreter, view: View) -> Scalar:
    dtype = sum_dtype(view.dtype)
    start = Scalar(dtype, False, constant=1.0 if dtype.kind == "float" else 1)
    widen = lambda x: scalar_ops.cast(m.builder, x, dtype, False)
    return accumulate(m, list(view.sizes), start, lambda t, at: operate(m, "*", t, widen(element(m, view, at))))


def sum_of_array(m: Interpreter, value: Value, start: Value) -> Value | None:
    """Python's `sum` over an array of one dimension."""
    if not is_array(value) or len(as_view(m, value).sizes) != 1:
        return None
    return operate(m, "+", start, sum_in_order(m, as_view(m, value)))


def extreme_of(m: Interpreter, view: View, predicate: str) -> Scalar:
    """The least or greatest element; NaN wins, as in NumPy."""
    require_elements(m, view)

    def step(best: Scalar, at: list[Scalar]) -> Scalar:
        x = element(m, view, at)
        better = m.truth(scalar_ops.compare_scalars(m.builder, predicate, x, best))
        if view.dtype.kind == "float":
            is_nan = m.truth(scalar_ops.compare_scalars(m.builder, "ne", x, x))
            better = scalar_ops.logical_or(m.builder, better, is_nan)
        return pick(m, better, x, best)

    return accumulate(m, list(view.sizes), element(m, view, [ZERO] * len(view.sizes)), step)


def position_of_extreme(m: Interpreter, view: View, predicate: str) -> Scalar:
    """The flat index of the first least or greatest element; of the first NaN where there is one, as in NumPy."""
    require_elements(m, view)
    best, count = Container(m.store), Container(m.store)
    best.slots.update(value=element(m, view, [ZERO] * len(view.sizes)), at=ZERO)
    count.slots["k"] = ZERO

    def body(at: list[Scalar]) -> None:
        k, x = m.store.read(count, "k"), element(m, view, at)
        value = m.store.read(best, "value")
        better = m.truth(scalar_ops.compare_scalars(m.builder, predicate, x, value))
        if view.dtype.kind == "float":
            is_nan = m.truth(scalar_ops.compare_scalars(m.builder, "ne", x, x))
            is_first = m.truth(scalar_ops.compare_scalars(m.builder, "eq", value, value))
            better = scalar_ops.logical_or(m.builder, better, scalar_ops.logical_and(m.builder, is_nan, is_first))
        m.store.write(best, "at", pick(m, better, k, m.store.read(best, "at")))
        m.store.write(best, "value", pick(m, better, x, value))
        m.store.write(count, "k", operate(m, "+", k, ONE))

    loop_nest(m, list(view.sizes), body)
    return scalar_ops.cast(m.builder, m.store.read(best, "at"), types.i64, False)


def require_elements(m: Interpreter, view: View) -> None:
    size, message = total_size(m, view), "zero-size array to reduction operation which has no identity"
    if size.is_constant and size.constant == 0:
        m.raise_now("ValueError", message)
    if size.extent is None or size.extent[0] < 1:
        is_empty = scalar_ops.compare_scalars(m.builder, "eq", size, ZERO)
        m.builder.fail(m.builder.ssa(is_empty), "ValueError", message)


def known_axis(axis: int, rank: int) -> int:
    """An axis counted from the first."""
    if not -rank <= axis < rank:
        raise Refused(f"axis {axis} of an array of {rank} dimensions", f"use one from {-rank} to {rank - 1}")
    return axis % rank


def along(m: Interpreter, view: View, axis: int, reduce: Callable) -> Array:
    """A reduction over one axis: `reduce(view)` of what lies along it, at every other index."""
    axis = known_axis(axis, len(view.sizes))
    others = [s for k, s in enumerate(view.sizes) if k != axis]
    if not all(s.is_constant for s in others):
        raise Refused("a reduction over one axis of an array of run-time size", "write the loop")
    items = []
    for at in itertools.product(*[range(s.constant) for s in others]):
        index: list[Value] = [scalar_ops.weak(k) for k in at]
        index.insert(axis, Slice(NONE, NONE, NONE))
        items.append(reduce(m, subview(m, view, Tuple(tuple(index)))[0]))
    if not items:
        raise Refused("a reduction over one axis to an array without elements")
    return array_of_items(m, items[0].dtype, tuple(s.constant for s in others), items)
