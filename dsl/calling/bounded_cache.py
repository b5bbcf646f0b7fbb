"""A cache for what can always be made again: bounded, and safe to use from several threads.

It forgets what was not asked for longest, so that a program that makes functions without end does not fill the memory.
Making happens outside the lock: two threads may make the same, and both get what was entered first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from dsl.runtime.locks import lock_of

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """At most `most` values by their keys."""

    def __init__(self, most: int):
        self._most = most
        self._lock = lock_of(self)
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        """The value of a key, None where there is none. Raises TypeError for a key that cannot be hashed."""
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
            return found

    def put(self, key: Hashable, value: Value) -> None:
        """Enter a value, in place of one that is there."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            self._shrink()

    def get_or_make(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, which `make` makes where there is none."""
        found = self.get(key)
        if found is not None:
            return found
        made = make()
        with self._lock:
            kept = self._values.setdefault(key, made)
            self._shrink()
            return kept

    def _shrink(self) -> None:
        while len(self._values) > self._most:
            self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)
