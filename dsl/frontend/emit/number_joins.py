"""What a number is that is one number on one path and another on the other.

    s = 0                                   s is a float from the beginning, 0.0
    for x in xs: s += x * 0.5

A literal takes the type of the NumPy number on the other path, and an int that of the float: the values are equal.
Whoever asks for the type is refused, for which such a number is a `Mixed`.

Sound: a number is given another type only as a whole, where it is joined or before the loop that changes it, so
nothing has been computed of it in the old type where the new one holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dsl import types
from dsl.frontend.values.joined import Mixed
from dsl.frontend.values.value import Argument, Scalar
from dsl.types import DType

from .builder import Builder
from .scalar_ops import cast

EXACT = 2**53  # up to here each int is a float


@dataclass(frozen=True)
class NumberKind:
    """The type of a joined number."""

    dtype: DType
    weak: bool
    mixed: bool = False

    def holds(self, x: Scalar) -> bool:
        """Whether `x` needs no conversion to be one."""
        return x.dtype is self.dtype and (self.mixed or not isinstance(x, Mixed))

    def make(self, ssa: Any = None, constant: Any = None, range: Any = None) -> Scalar:
        made = Mixed if self.mixed else Scalar
        if ssa is None:
            return made(self.dtype, self.weak, constant=constant)
        return made(self.dtype, self.weak, ssa, range=range)


class Converted(Argument):
    """A number of another type, converted where someone asks for it."""

    __slots__ = ("builder", "leaf")

    def __init__(self, builder: Builder, leaf: Scalar):
        self.builder, self.leaf = builder, leaf

    @property
    def value(self):
        return self.builder.ssa(cast(self.builder, self.leaf, types.f64, self.leaf.weak))


def common_kind(a: Scalar, b: Scalar) -> NumberKind | None:
    """What joins two numbers, if anything does."""
    weak, mixed = a.weak and b.weak, isinstance(a, Mixed) or isinstance(b, Mixed)
    if a.dtype is b.dtype:
        return NumberKind(a.dtype, weak, mixed)
    for x, other in ((a, b), (b, a)):
        if is_literal_for(x, other):
            return NumberKind(other.dtype, False, isinstance(other, Mixed))
    for x, other in ((a, b), (b, a)):
        if x.weak and x.dtype.kind == "int" and other.dtype is types.f64:
            if not (x.is_constant and abs(x.constant) > EXACT):
                return NumberKind(types.f64, weak, True)
    return None


def is_literal_for(x: Scalar, other: Scalar) -> bool:
    """Whether `x` is a literal, which takes the type of the NumPy number on the other path."""
    fits = x.is_constant and x.weak and not other.weak and x.dtype.rank <= other.dtype.rank
    return fits and x.dtype.kind != "bool"


def deferred(b: Builder, x: Scalar, kind: NumberKind) -> Scalar:
    """`x` as a number of a kind that joins it; a conversion at run time stands where it is asked for."""
    if x.is_constant:
        return kind.make(constant=cast(b, x, kind.dtype, kind.weak).constant)
    return kind.make(x.ssa, range=x.range) if x.dtype is kind.dtype else kind.make(Converted(b, x))


def in_number_kind(b: Builder, x: Scalar, kind: NumberKind) -> Scalar:
    """`x` as a number of a kind that joins it, converted here."""
    found = cast(b, x, kind.dtype, kind.weak)
    return kind.make(found.ssa, found.constant, found.range if x.dtype is kind.dtype else None)


def kind_of_number(x: Scalar) -> NumberKind:
    return NumberKind(x.dtype, x.weak, isinstance(x, Mixed))
