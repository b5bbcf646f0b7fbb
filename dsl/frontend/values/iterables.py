"""What a `for` goes over: values known one by one, and values that have a length and an item at a run-time index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dsl import types

from .signals import LengthChanged, Refused
from .value import Scalar, Value, weak


@dataclass(eq=False)
class Sequence(Value):
    """`get(m, k)` for low <= k < high, when it is its turn; a static one has constant bounds and is unrolled.
    `finish(m)` is called when all have been seen. `growing` are the lists that it goes over; `live_end(m)` is its
    `high` for what they hold at the moment, where a loop that makes them longer goes on, and `again(m)` goes over the
    same once they have become lists that grow. `over` is all that can be changed among what it goes over."""

    low: Scalar
    high: Scalar
    get: Callable
    is_static: bool = False
    finish: Callable = lambda m: None
    growing: tuple = ()
    live_end: Callable | None = None
    again: Callable | None = None
    over: tuple = ()

    def parts(self):
        return []

    @property
    def length(self) -> Scalar:
        if self.low.is_constant and self.high.is_constant:
            return weak(max(0, self.high.constant - self.low.constant))
        return Scalar(types.i64, True, ssa=self.high.ssa)

    def item(self, m, k: Scalar) -> Any:
        return self.get(m, k)

    def of_same_length(self, m, visit: Callable) -> Any:
        """`visit()`, in which no list that this goes over may get longer or shorter."""
        before = [owner.contents(m).length for owner in self.growing]
        value = visit()
        if not all(owner.keeps_length(m, n) for owner, n in zip(self.growing, before)):
            raise LengthChanged
        return value

    def items(self, m) -> Iterator[Any]:
        for k in range(self.low.constant, self.high.constant):
            yield self.get(m, weak(k))
        self.finish(m)

    def describe(self) -> str:
        return "an iterator"


@dataclass(eq=False)
class Generator(Value):
    """What is made one by one: `run(m, consume, exits, assigned)` calls `consume(item)` for each item, until one of the
    exits is taken. `assigned` are the names that `consume` binds: (frame, names)."""

    run: Callable
    name: str

    def describe(self) -> str:
        return f"the generator {self.name}"


class GeneratorFound(Refused):
    """A generator where a sequence is asked for; whoever can go over one takes it from here."""

    def __init__(self, generator: Generator):
        super().__init__(f"{generator.describe()} here, which can only be gone over by a for, sum, any, all, min, max, "
                         "list, sorted, enumerate, map or filter", "make a list of it: list(...)")
        self.generator = generator


def of_items(items) -> Sequence:
    items = list(items)
    return Sequence(weak(0), weak(len(items)), lambda m, k: items[k.constant], True)


def of_live(m, read: Callable[[Any], list]) -> Sequence:
    """The items of a mutable object, each as it is when it is its turn. `read` gives them all."""
    count = len(read(m))

    def items(m) -> list:
        now = read(m)
        if len(now) != count:
            raise LengthChanged
        return now

    return Sequence(weak(0), weak(count), lambda m, k: items(m)[k.constant], True, items)
