"""What the one slot of a dict holds: its entries, one by one or as lists of keys and values that grow."""

from __future__ import annotations

from dataclasses import dataclass

from .list_contents import GrowingItems, item_kind
from .value import Composite, Record, Scalar, Value


@dataclass(frozen=True, eq=False)
class HashedEntries(Composite):
    """The entries of a dict whose keys are known only at run time, in the order in which they came: `keys` and `values`
    of equal length, and `table`, where place h of a key holds one more than its number, 0 where there is none."""

    keys: GrowingItems
    values: GrowingItems
    table: GrowingItems

    @property
    def length(self) -> Scalar:
        return self.keys.length

    def parts(self):
        return [self.keys, self.values, self.table]

    def with_parts(self, parts):
        return HashedEntries(*parts)

    def key(self):
        return ("entries", item_kind(self.keys.item), item_kind(self.values.item))

    def describe(self) -> str:
        return "a dict whose keys are known only at run time"


def holds_entries(value: Value) -> bool:
    """Whether a value is the contents of a dict."""
    return isinstance(value, HashedEntries) or (isinstance(value, Record) and value.cls is dict)
