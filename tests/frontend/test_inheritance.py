"""`super()`, properties, static and class methods along chains and diamonds of classes, beside CPython."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import pytest

import dsl
from tests.frontend.compare import check


@dataclass
class Base:
    x: float

    def value(self):
        return self.x * 2

    def twice(self):
        return 2 * self.value()

    @property
    def half(self):
        return self.x / 2

    @half.setter
    def half(self, new):
        self.x = 2 * new

    @staticmethod
    def scale(k):
        return k * 3.0

    @classmethod
    def make(cls, v):
        return cls(v)

    def bump(self, d):
        self.x += d


@dataclass
class Derived(Base):
    y: float = 1.0

    def value(self):
        return super().value() + self.y

    @property
    def half(self):
        return super().half + 1

    def bump(self, d):
        if d > 0:
            super().bump(d)
        self.y -= d

    @classmethod
    def make(cls, v):
        made = super().make(v)
        made.y = super().scale(v)
        return made


@dataclass
class Last(Derived):
    z: float = field(init=False, default=0.5)

    def __post_init__(self):
        self.z += self.x

    def value(self):
        return super(Derived, self).value() + 10 * super().value()


class Initialised(Last):
    def __init__(self, x):
        super().__init__(x + 1, y=x)
        self.w = self.z

    @functools.cached_property
    def slow(self):
        return self.w + super().half


@dataclass(frozen=True)
class Frozen:
    a: float
    b: float = field(init=False, default=0.0)

    def __post_init__(self):
        object.__setattr__(self, "b", self.a * 2)


@dataclass(frozen=True)
class Colder(Frozen):
    c: float = 1.0

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "c", self.c + self.b)


class First:
    def __init__(self):
        super().__init__()
        self.steps = 0.0

    def who(self, x):
        return x


class Left(First):
    def who(self, x):
        self.steps += 1
        return 10 * super().who(x) + 2


class Right(First):
    def who(self, x):
        self.steps += 0.25
        return 10 * super().who(x) + 3


class Diamond(Left, Right):
    def who(self, x):
        return 10 * super().who(x) + 4


def methods(x, n):
    thing = Derived.make(x)
    for k in range(n):
        thing.bump(x - k)
    static = thing.scale(2.0), Base.scale(x), Base.value(thing)
    return thing.x, thing.y, thing.value(), thing.twice(), thing.half, static


def chain(x):
    last, made = Last.make(x), Initialised(x)
    base = Base(x)
    base.half += 1.0
    return last.value(), last.z, made.w, made.slow, made.value(), base.x


def frozen(x):
    cold = Colder(x)
    return cold.a, cold.b, cold.c


def diamond(x):
    thing = Diamond()
    return thing.who(x), thing.steps


@pytest.mark.parametrize("function, args", [
    (methods, (1.5, 0)), (methods, (1.5, 4)), (chain, (0.5,)), (frozen, (1.5,)), (diamond, (2.0,)),
])
def test_as_in_cpython(function, args):
    check(function, *args)


def test_derivatives():
    assert dsl.grad(lambda x: diamond(x)[0] * x)(2.0) == 1000 * 2 * 2.0 + 324
    assert dsl.jvp(frozen, (1.5,), (1.0,))[1] == (1.0, 2.0, 2.0)
    assert dsl.hessian(lambda x: Last.make(x).value() * x)(0.5) == 2 * (2 + 10 * (2 + 3))
