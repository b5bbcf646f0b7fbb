"""Modules, classes, functions and strings: what a kernel may ask of objects that are known when it is compiled."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

import dsl
from dsl.frontend.protocols import (
    compare,
    constant,
    contains,
    get_attribute,
    get_item,
    iterate,
    length,
    set_attribute,
    truth,
)
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Static, weak

from .asking import asking, emitted, known

SETTINGS = SimpleNamespace(scale=2.5, name="box", inner=SimpleNamespace(deep=3))


def test_attributes_are_read_and_noted():
    with asking() as m:
        assert known(m, get_attribute(m, Static(math), "pi")) == math.pi
        assert known(m, get_attribute(m, Static(SETTINGS), "scale")) == 2.5
        inner = get_attribute(m, Static(SETTINGS), "inner")
        assert known(m, get_attribute(m, inner, "deep")) == 3
        noted = {(id(holder), name) for holder, name, _ in m.store.guards.found.values()}
        assert {(id(SETTINGS), "scale"), (id(SETTINGS.inner), "deep")} <= noted
        assert not emitted(m)


def test_an_attribute_that_is_missing_or_assigned():
    with asking() as m:
        with pytest.raises(Refused, match="scal"):
            get_attribute(m, Static(SETTINGS), "scal")
        with pytest.raises(Refused, match="lives outside of the kernel"):
            set_attribute(m, Static(SETTINGS), "scale", weak(1.0))


@pytest.mark.parametrize("text", ["", "a", "hello"])
def test_strings(text):
    with asking() as m:
        made = constant(m, text)
        assert known(m, length(m, made)) == len(text)
        assert known(m, truth(m, made)) is bool(text)
        assert [known(m, c) for c in iterate(m, made).items(m)] == list(text)
        assert known(m, contains(m, Static("l"), made)) is ("l" in text)
        for predicate, expected in (("eq", text == "a"), ("lt", text < "a"), ("ge", text >= "a")):
            assert known(m, compare(m, predicate, made, Static("a"))) is expected
        if text:
            assert known(m, get_item(m, made, weak(-1))) == text[-1]
        with pytest.raises(Refused, match="IndexError"):
            get_item(m, made, weak(9))


def test_none_is_false_and_equal_to_itself():
    with asking() as m:
        none = constant(m, None)
        assert known(m, truth(m, none)) is False
        assert known(m, compare(m, "eq", none, constant(m, None))) is True


def test_an_array_type_is_no_value():
    with asking() as m, pytest.raises(Refused, match="an array type is not a value"):
        get_item(m, Static(dsl.f64), weak(3))


def test_numbers_keep_their_kind():
    with asking() as m:
        assert constant(m, 2.0).weak and constant(m, True).dtype.kind == "bool"
        made = constant(m, np.float32(2.0))
        assert not made.weak and made.dtype is dsl.f32
