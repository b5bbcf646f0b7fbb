"""Tuples, lists and dicts answer the protocols as CPython's do."""

import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.frontend.protocols import (
    augment,
    compare,
    constant,
    contains,
    get_item,
    iterate,
    length,
    operate,
    set_item,
    truth,
)
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import Static, Tuple, weak

from .asking import asking, emitted, fresh, known, runtime_int

NUMBERS = st.one_of(st.integers(-9, 9), st.booleans(), st.floats(-4, 4).map(lambda x: round(x, 1)))
ITEMS = st.recursive(NUMBERS, lambda inner: st.tuples(inner, inner) | st.lists(inner, max_size=3), max_leaves=4)
SEQUENCES = st.one_of(st.lists(ITEMS, max_size=5), st.lists(ITEMS, max_size=5).map(tuple))
DICTS = st.dictionaries(st.one_of(st.integers(-3, 3), st.sampled_from("abc")), NUMBERS, max_size=4)
PREDICATES = st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])
FAST = settings(max_examples=60, deadline=None)


@FAST
@given(SEQUENCES | DICTS)
def test_length_truth_and_items(value):
    with asking() as m:
        made = fresh(m, value)
        assert known(m, length(m, made)) == len(value)
        assert known(m, truth(m, made)) is bool(value)
        assert [known(m, item) for item in iterate(m, made).items(m)] == list(value)
        assert known(m, made) == value


@FAST
@given(st.lists(NUMBERS, max_size=4), st.lists(NUMBERS, max_size=4), PREDICATES)
def test_comparisons_are_lexicographic(xs, ys, predicate):
    for kind in (list, tuple):
        with asking() as m:
            found = compare(m, predicate, fresh(m, kind(xs)), fresh(m, kind(ys)))
            assert known(m, found) is getattr(operator, predicate)(kind(xs), kind(ys))


@FAST
@given(SEQUENCES, st.integers(-2, 3))
def test_concatenation_and_repetition(value, count):
    with asking() as m:
        made = fresh(m, value)
        assert known(m, operate(m, "+", made, fresh(m, value))) == value + value
        assert known(m, operate(m, "*", made, weak(count))) == value * count
        assert known(m, operate(m, "*", weak(count), made)) == count * value


@FAST
@given(st.lists(NUMBERS, max_size=5), NUMBERS)
def test_in(items, item):
    with asking() as m:
        for kind in (list, tuple):
            assert known(m, contains(m, fresh(m, item), fresh(m, kind(items)))) is (item in items)


@FAST
@given(DICTS, st.one_of(st.integers(-3, 3), st.sampled_from("abc")))
def test_entries_by_key(entries, key):
    with asking() as m:
        made = fresh(m, entries)
        assert known(m, contains(m, fresh(m, key), made)) is (key in entries)
        if key in entries:
            assert known(m, get_item(m, made, fresh(m, key))) == entries[key]
        else:
            with pytest.raises(Dead):
                get_item(m, made, fresh(m, key))
            assert emitted(m)[-1] == "dsl.fail"
        set_item(m, made, fresh(m, key), weak(7))
        assert known(m, made) == {**entries, key: 7}


@FAST
@given(st.lists(NUMBERS, min_size=1, max_size=5), st.integers(-7, 7))
def test_items_by_index(items, at):
    with asking() as m:
        made = fresh(m, items)
        if -len(items) <= at < len(items):
            assert known(m, get_item(m, made, weak(at))) == items[at]
            assert known(m, get_item(m, fresh(m, tuple(items)), weak(at))) == items[at]
            set_item(m, made, weak(at), weak(99))
            items[at] = 99
            assert known(m, made) == items
        else:
            with pytest.raises(Dead):
                get_item(m, made, weak(at))
            with pytest.raises(Dead):
                set_item(m, made, weak(at), weak(99))


def test_a_run_time_index_selects_among_numbers_of_one_type():
    with asking() as m:
        found = get_item(m, fresh(m, (1.5, 2.5, 3.5)), runtime_int(m))
        assert not found.is_constant and found.dtype.name == "f64"
        assert emitted(m).count("arith.select") >= 2 and "dsl.fail" in emitted(m)
        with pytest.raises(Refused, match="different kinds of items"):
            get_item(m, fresh(m, (1.5, True)), runtime_int(m))


def test_augmented_addition_extends_the_list_itself():
    with asking() as m:
        made = fresh(m, [1, 2])
        assert augment(m, "+", made, fresh(m, (3, 4))) is made
        assert known(m, made) == [1, 2, 3, 4]
        both = augment(m, "+", fresh(m, (1,)), fresh(m, (2,)))
        assert isinstance(both, Tuple) and known(m, both) == (1, 2)


def test_what_cannot_be_changed():
    with asking() as m:
        with pytest.raises(Refused, match="cannot be changed"):
            set_item(m, fresh(m, (1, 2)), weak(0), weak(5))
        of_the_module = constant(m, [1, 2])
        with pytest.raises(Refused, match="of the module cannot be changed"):
            set_item(m, of_the_module, weak(0), weak(5))
        assert constant(m, (1, "a")).items[1].value == "a"


def test_one_list_of_the_module_is_one_value():
    with asking() as m:
        shared = [1, 2]
        assert constant(m, shared) is constant(m, shared)
        assert constant(m, shared) is not constant(m, [1, 2])


def test_sequences_of_different_kinds_are_unequal():
    with asking() as m:
        assert known(m, compare(m, "eq", fresh(m, (1, 2)), fresh(m, [1, 2]))) is False
        assert known(m, compare(m, "ne", fresh(m, (1, 2)), Static("x"))) is True
        with pytest.raises(Refused):
            operate(m, "+", fresh(m, (1,)), fresh(m, [1]))
