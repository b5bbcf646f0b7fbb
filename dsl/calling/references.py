"""Pickling and copying what stands for a function, as functions themselves are: by reference.

A kernel, or an object with a rule, that its module knows by its name is pickled as that name. (A function that it
decorates cannot be: the name leads to the decorator's result.) Copies, shallow or deep, are the thing itself.
"""

from __future__ import annotations

import sys
from typing import Any


def is_named(thing: Any) -> bool:
    """Whether the name of a function's stand-in leads to it."""
    found: Any = sys.modules.get(getattr(thing, "__module__", None) or "")
    for part in getattr(thing, "__qualname__", "").split("."):
        found = getattr(found, part, None)
    return found is thing


class ByReference:
    """Base of what is pickled by its name where it has one, and else by `_made_of`."""

    def __reduce__(self) -> str | tuple[Any, ...]:
        return self.__qualname__ if is_named(self) else self._made_of()

    def _made_of(self) -> str | tuple[Any, ...]:
        """A function that makes such an object, and the arguments."""
        return super().__reduce_ex__(2)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self
