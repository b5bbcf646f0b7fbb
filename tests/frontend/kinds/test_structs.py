"""Instances of the user's classes: fields, methods and special methods, by the protocols and in small programs."""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.frontend.protocols import (
    call,
    compare,
    constant,
    construct,
    contains,
    get_attribute,
    get_item,
    length,
    operate,
    set_attribute,
    truth,
    unary,
)
from dsl.frontend.values.mutable import Instance
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Record, Static, weak
from tests.frontend.compare import check

from .asking import asking, known


class Pair(NamedTuple):
    x: float
    y: float = 2.0


@dataclass
class Point:
    x: float
    y: float = 0.5

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __neg__(self):
        return Point(-self.x, -self.y)

    def __len__(self):
        return 2

    def __getitem__(self, k):
        return self.x if k == 0 else self.y

    def __contains__(self, value):
        return self.x == value or self.y == value

    def __call__(self, scale):
        return scale * (self.x + self.y)

    def norm1(self):
        return abs(self.x) + abs(self.y)


@dataclass(frozen=True, order=True)
class Fixed:
    x: float


def test_construction_binds_and_takes_defaults():
    with asking() as m:
        pair = construct(m, Pair, [weak(1.0)], {})
        assert isinstance(pair, Record) and known(m, pair) == Pair(1.0)
        point = construct(m, Point, [], {"x": weak(3.0)})
        assert isinstance(point, Instance)
        assert known(m, get_attribute(m, point, "y")) == 0.5
        with pytest.raises(Refused, match="instances the language does not have"):
            construct(m, ValueError, [], {})


def test_special_methods_answer_the_protocols():
    with asking() as m:
        a, b = (construct(m, Point, [weak(x), weak(y)], {}) for x, y in ((1.0, 2.0), (10.0, 20.0)))
        total = operate(m, "+", a, b)
        assert total is not a and known(m, get_attribute(m, total, "y")) == 22.0
        assert known(m, get_attribute(m, unary(m, "-", a), "x")) == -1.0
        assert known(m, length(m, a)) == 2
        assert known(m, truth(m, a)) is True
        assert known(m, get_item(m, b, weak(1))) == 20.0
        assert known(m, contains(m, weak(2.0), a)) is True
        assert known(m, call(m, a, [weak(2.0)], {})) == 6.0
        assert known(m, m.call(get_attribute(m, b, "norm1"), [], {})) == 30.0


def test_fields_of_mutable_instances_are_assigned():
    with asking() as m:
        point = construct(m, Point, [weak(1.0)], {})
        set_attribute(m, point, "x", weak(7.0))
        assert known(m, get_attribute(m, point, "x")) == 7.0
        for fixed in (construct(m, Pair, [weak(1.0)], {}), construct(m, Fixed, [weak(1.0)], {})):
            with pytest.raises(Refused):
                set_attribute(m, fixed, "x", weak(7.0))


@settings(max_examples=40, deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2))
def test_comparisons_of_dataclasses(x, y):
    with asking() as m:
        a, b = (construct(m, Fixed, [weak(v)], {}) for v in (x, y))
        assert known(m, compare(m, "eq", a, b)) is (Fixed(x) == Fixed(y))
        assert known(m, compare(m, "lt", a, b)) is (Fixed(x) < Fixed(y))


def test_an_instance_of_the_module_cannot_be_changed():
    with asking() as m:
        made = constant(m, Point(1.0))
        assert known(m, get_attribute(m, made, "x")) == 1.0
        with pytest.raises(Refused, match="of the module cannot be changed"):
            set_attribute(m, made, "x", weak(2.0))


def test_a_missing_attribute_is_refused():
    with asking() as m, pytest.raises(Refused, match="no attribute 'z'"):
        get_attribute(m, construct(m, Point, [weak(1.0)], {}), "z")


def travelled(p, q, n):
    for _ in range(n):
        p = p + q
        q.x *= -0.5
    return p.norm1() + p(2.0) + q[1] + len(p), p.x in p, -p


@pytest.mark.parametrize("n", [0, 1, 3])
def test_in_a_program(n):
    check(travelled, Point(1.0, 2.0), Point(0.25, -1.0), n)


def test_a_class_is_a_known_object():
    with asking() as m:
        assert known(m, Static(Point)) is Point
