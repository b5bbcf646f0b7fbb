"""Values that stand for unlike values of different paths."""

from __future__ import annotations

from .value import Scalar


class Mixed(Scalar):
    """A float that is an int in CPython on some paths: equal, but nobody may ask for its type."""

    __slots__ = ()

    def describe(self) -> str:
        return "an int or a float, depending on the path"
