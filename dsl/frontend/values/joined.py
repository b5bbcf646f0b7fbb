"""Values that stand for unlike values of different paths: numbers, and whatever a tag tells apart."""

from __future__ import annotations

from .value import Composite, Scalar, Value


class Mixed(Scalar):
    """A float that is an int in CPython on some paths: equal, but nobody may ask for its type."""

    __slots__ = ()

    def describe(self) -> str:
        return "an int or a float, depending on the path"


class OneOf(Composite):
    """One of several unlike values: the one whose number the tag is. None has the number 0."""

    __slots__ = ("alternatives", "tag")

    def __init__(self, tag: Scalar, alternatives: dict[int, Value]):
        self.tag, self.alternatives = tag, alternatives

    def parts(self):
        return [self.tag, *self.alternatives.values()]

    def with_parts(self, parts):
        return OneOf(parts[0], dict(zip(self.alternatives, parts[1:])))

    def key(self):
        return ("one of", *self.alternatives)

    def describe(self) -> str:
        return " or ".join(dict.fromkeys(value.describe() for value in self.alternatives.values()))
