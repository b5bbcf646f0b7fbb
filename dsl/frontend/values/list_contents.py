"""What the one slot of a list holds: its items, one by one or as tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .joined import Mixed
from .pooled import PooledList
from .value import Composite, Record, Scalar, Static, Tuple, Value


class KnownItems(Tuple):
    """The items of a list whose length is known at compile time."""

    def with_parts(self, parts):
        return KnownItems(tuple(parts))


@dataclass(frozen=True, eq=False)
class GrowingItems(Composite):
    """The items of a list whose length is known only at run time: `columns`, a tensor for each number of an item, hold
    item k at k; at `start` + k in a queue, whose first items are taken away. `item` is what one looks like, around no
    numbers."""

    length: Scalar
    start: Scalar | None
    columns: tuple
    item: Value

    def parts(self):
        return [self.length, *([] if self.start is None else [self.start]), *self.columns]

    def with_parts(self, parts):
        length, *rest = parts
        start = None if self.start is None else rest.pop(0)
        return GrowingItems(length, start, tuple(rest), self.item)

    def key(self):
        return ("items", item_kind(self.item), self.start is None)

    def describe(self) -> str:
        return "a list whose length is known only at run time"


LISTED = KnownItems | GrowingItems


def item_kind(value: Value) -> Any:
    """What must agree of the items of one list that grows; None for what has no place in one."""
    if isinstance(value, Scalar):
        return value.dtype, value.weak, isinstance(value, Mixed)
    if isinstance(value, Tuple | Record):
        kinds = tuple(map(item_kind, value.parts()))
        return None if None in kinds else (value.key(), kinds)
    return value.key() if isinstance(value, Static | PooledList) else None
