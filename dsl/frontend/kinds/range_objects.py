"""The builtin `range` and its objects."""

from __future__ import annotations

from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import cast
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.protocols import constant, get_item, iterate, length, truth
from dsl.frontend.values.iterables import Sequence
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Range, Scalar, Tuple, Value, weak

from .containers import item_of


@constant.of(range)
def constant_range(m: Interpreter, value: range) -> Range:
    return Range(weak(value.start), weak(value.stop), weak(value.step))


@truth.of(Range)
def truth_of_range(m: Interpreter, value: Range) -> Scalar:
    return scalar_ops.truth_of_scalar(m.builder, range_length(m, value))


@get_item.of(Range)
def item_of_range(m: Interpreter, owner: Range, index: Value) -> Value | None:
    sequence = of_range(m, owner)
    if isinstance(index, Scalar) and sequence.low.is_constant and sequence.high.is_constant:
        return item_of(m, tuple(sequence.items(m)), index, "range object", Tuple)
    return None


@iterate.of(Range)
def of_range(m: Interpreter, r: Range) -> Sequence:
    if r.step.is_constant and r.step.constant == 1:
        return Sequence(r.start, r.stop, lambda m, k: k)
    trips = range_length(m, r)

    def item(m: Interpreter, k: Scalar) -> Value:
        if all(part.is_constant for part in (k, r.start, r.step)):
            return weak(r.start.constant + k.constant * r.step.constant)
        steps = m.builder.fitting("arith.muli", m.builder.ssa(k), m.builder.ssa(r.step))
        return Scalar(types.i64, True, m.builder.fitting("arith.addi", m.builder.ssa(r.start), steps))

    return Sequence(weak(0), trips, item)


@length.of(Range)
def range_length(m: Interpreter, r: Range) -> Scalar:
    """How many numbers a range holds; for a step of either sign."""
    b = m.builder
    if all(part.is_constant for part in r.parts()):
        return weak(len(range(r.start.constant, r.stop.constant, r.step.constant)))
    up = distance(b, r.start, r.stop, r.step)
    if r.step.is_constant:
        return up if r.step.constant > 0 else distance(b, r.stop, r.start, scalar_ops.negate(b, r.step))
    positive = scalar_ops.compare_scalars(b, "gt", r.step, weak(0))
    size = Scalar(types.i64, True, b.select(b.ssa(positive), b.ssa(r.step), b.ssa(scalar_ops.negate(b, r.step))))
    low = b.select(b.ssa(positive), b.ssa(r.start), b.ssa(r.stop))
    high = b.select(b.ssa(positive), b.ssa(r.stop), b.ssa(r.start))
    return distance(b, Scalar(types.i64, True, low), Scalar(types.i64, True, high), size)


def distance(b, low: Scalar, high: Scalar, step: Scalar) -> Scalar:
    """The number of steps of positive size from `low` to below `high`."""
    one, zero = b.constant(types.i64, 1), b.constant(types.i64, 0)
    first, last = b.ssa(low), b.ssa(high)
    is_empty = b.compare("le", last, first, False)
    gap = b.exact("arith.subi", last, b.select(is_empty, last, first))
    whole = b.apply("arith.divsi", b.apply("arith.subi", b.apply("arith.maxsi", gap, one), one), b.ssa(step))
    return Scalar(types.i64, True, b.select(is_empty, zero, b.apply("arith.addi", whole, one)))


def make_range(m: Interpreter, *arguments: Value) -> Any:
    """The builtin `range`."""
    if not 1 <= len(arguments) <= 3:
        raise Refused(f"range takes 1 to 3 arguments, found {len(arguments)}")
    numbers = []
    for value in arguments:
        x = scalar_ops.number(value, "range")
        if x.dtype.kind == "float":
            raise Refused("range needs ints, found a float", "convert it with int()")
        numbers.append(cast(m.builder, x, types.i64, True))
    start, stop, step = {1: lambda: (weak(0), numbers[0], weak(1)), 2: lambda: (*numbers, weak(1)),
                         3: lambda: tuple(numbers)}[len(numbers)]()
    if step.is_constant:
        if step.constant == 0:
            m.raise_now("ValueError", "range() arg 3 must not be zero")
        return Range(start, stop, step)
    b = m.builder
    is_zero = b.compare("eq", b.ssa(step), b.constant(types.i64, 0), False)
    b.fail(is_zero, "ValueError", "range() arg 3 must not be zero")
    safe = b.select(is_zero, b.constant(types.i64, 1), b.ssa(step))
    return Range(start, stop, Scalar(types.i64, True, safe))
