"""What can be iterated over: things known one by one, and things that have a length and an item at a run-time index."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.arithmetic import binary
from dsl.frontend.emit.scalar_ops import cast
from dsl.frontend.engine.interpreter import Interpreter

from .signals import Refused
from .value import Range, Record, Scalar, Static, Text, Tuple, Value, weak


@dataclass(eq=False)
class Sequence(Value):
    """`get(machine, k)` for low <= k < high, when it is its turn; a static one has constant bounds and is unrolled.
    `finish(machine)` is called when all have been seen."""

    low: Scalar
    high: Scalar
    get: Callable
    is_static: bool = False
    finish: Callable = lambda m: None

    def parts(self):
        return []

    @property
    def length(self) -> Scalar:
        if self.low.is_constant and self.high.is_constant:
            return weak(max(0, self.high.constant - self.low.constant))
        return Scalar(types.i64, True, ssa=self.high.ssa)

    def item(self, m: Interpreter, k: Scalar) -> Any:
        return self.get(m, k)

    def items(self, m: Interpreter) -> Iterator[Any]:
        for k in range(self.low.constant, self.high.constant):
            yield self.get(m, weak(k))
        self.finish(m)

    def describe(self) -> str:
        return "an iterator"


def of_items(items) -> Sequence:
    items = list(items)
    return Sequence(weak(0), weak(len(items)), lambda m, k: items[k.constant], True)


def of_live(m: Interpreter, read: Callable[[Interpreter], list]) -> Sequence:
    """The items of something mutable, each as it is when it is its turn. `read` gives them all."""
    count = len(read(m))

    def items(m: Interpreter) -> list:
        now = read(m)
        if len(now) != count:
            raise Refused("what a loop goes over changes its length", "go over a copy: list(xs)")
        return now

    return Sequence(weak(0), weak(count), lambda m, k: items(m)[k.constant], True, items)


def as_sequence(m: Interpreter, value: Value, node: ast.AST | None = None) -> Sequence:
    """Any value that a `for` can go over."""
    if isinstance(value, Sequence):
        return value
    if isinstance(value, Range):
        return of_range(m, value)
    if isinstance(value, Tuple):
        return of_items(value.items)
    if isinstance(value, Record) and issubclass(value.cls, tuple):
        return of_items(value.fields.values())
    from dsl.frontend.engine.object_dispatch import sequence_of_object

    found = sequence_of_object(m, value)
    if found is None:
        raise Refused(f"cannot iterate over {value.describe()}",
                      "iterate over range(n), a tuple, a list, a dict or an array")
    return found


def of_range(m: Interpreter, r: Range) -> Sequence:
    if r.step.is_constant and r.step.constant == 1:
        return Sequence(r.start, r.stop, lambda m, k: k)
    trips = range_length(m, r)

    def item(m: Interpreter, k: Scalar) -> Value:
        return binary(m.builder, "+", r.start, binary(m.builder, "*", k, r.step))

    return Sequence(weak(0), trips, item)


def range_length(m: Interpreter, r: Range) -> Scalar:
    """How many numbers a range holds; for a step of either sign."""
    b = m.builder
    if all(part.is_constant for part in r.parts()):
        return weak(len(range(r.start.constant, r.stop.constant, r.step.constant)))
    up = distance(b, r.start, r.stop, r.step)
    if r.step.is_constant:
        return up if r.step.constant > 0 else distance(b, r.stop, r.start, scalar_ops.negate(b, r.step))
    positive = scalar_ops.compare(b, "gt", r.step, weak(0))
    size = Scalar(types.i64, True, b.select(b.ssa(positive), b.ssa(r.step), b.ssa(scalar_ops.negate(b, r.step))))
    low = b.select(b.ssa(positive), b.ssa(r.start), b.ssa(r.stop))
    high = b.select(b.ssa(positive), b.ssa(r.stop), b.ssa(r.start))
    return distance(b, Scalar(types.i64, True, low), Scalar(types.i64, True, high), size)


def distance(b, low: Scalar, high: Scalar, step: Scalar) -> Scalar:
    """The number of steps of positive size from `low` to below `high`."""
    gap = b.ssa(binary(b, "-", high, low))
    one, zero = b.constant(types.i64, 1), b.constant(types.i64, 0)
    whole = b.apply("arith.divsi", b.apply("arith.subi", gap, one), b.ssa(step))
    is_empty = b.compare("le", gap, zero, False)
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


def static_items(m: Interpreter, value: Value, what: str) -> list[Any]:
    """The items of something whose length is known at compile time."""
    sequence = as_sequence(m, value)
    if not (sequence.low.is_constant and sequence.high.is_constant):
        raise Refused(f"{what} needs a length known at compile time, found {value.describe()}")
    return list(sequence.items(m))


def is_string(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Static) and isinstance(value.value, str))


