"""Values: what is inside of them, and the same around other leaves."""

import numpy as np
import pytest

from dsl import types
from dsl.frontend.values.value import (
    NONE,
    Maybe,
    Method,
    Partial,
    Range,
    Record,
    Scalar,
    Slice,
    Static,
    Text,
    Tuple,
    leaves,
    map_leaves,
    weak,
)


def number(name: str) -> Scalar:
    return Scalar(types.f64, True, ssa=name)


A, B, C = number("a"), number("b"), number("c")
COMPOSITES = [
    Tuple((A, Tuple((B, C)))),
    Record(dict, {"p": A, "q": B}),
    Text(("x = ", "!"), (A,), ("",)),
    Range(A, B, C),
    Slice(A, NONE, B),
    Method(Static(abs), Tuple((A, B))),
    Partial(Static(max), (A,), {"key": B}),
    Maybe(A, B),
]


@pytest.mark.parametrize("value", COMPOSITES, ids=lambda v: type(v).__name__)
def test_parts_make_the_value_again(value):
    again = value.with_parts(value.parts())
    assert type(again) is type(value) and again.key() == value.key()
    assert leaves(again) == leaves(value)


@pytest.mark.parametrize("value", COMPOSITES, ids=lambda v: type(v).__name__)
def test_leaves_are_replaced_where_they_were(value):
    renamed = map_leaves(value, lambda leaf: leaf.around(leaf.ssa.upper()))
    assert [leaf.ssa for leaf in leaves(renamed)] == [leaf.ssa.upper() for leaf in leaves(value)]
    assert renamed.key() == value.key()


def test_keys_tell_what_can_be_joined():
    assert Tuple((A, B)).key() == Tuple((B, C)).key() != Tuple((A,)).key()
    assert Record(dict, {"p": A}).key() != Record(dict, {"q": A}).key()
    assert Static("a").key() == Static("a").key() and Static([]).key() != Static([]).key()
    assert number("a").key() == number("b").key() != Scalar(types.f32, False, ssa="a").key()


@pytest.mark.parametrize("python, name", [(True, "bool_"), (3, "i64"), (2.5, "f64")])
def test_python_numbers_are_weak_constants(python, name):
    made = weak(python)
    assert made.is_constant and made.weak and made.dtype.name == name and made.python() is python
    assert made.extent == ((3, 3) if name == "i64" else None)


def test_numpy_numbers_keep_their_type():
    made = Scalar(types.f32, False, constant=0.5)
    assert type(made.python()) is np.float32
