"""Indices and slices of one axis: Python's rules, and which checks are left out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.frontend.kinds.indexing import checked, slice_extent
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import NONE, Slice, weak

from .asking import asking, emitted, known, runtime_int

END = st.one_of(st.none(), st.integers(-9, 9))


def ends(*parts):
    return Slice(*[NONE if part is None else weak(part) for part in parts])


@settings(max_examples=150, deadline=None)
@given(END, END, st.sampled_from([None, 1, 2, 3, -1, -2]), st.integers(0, 6))
def test_slices_are_clamped_as_pythons(start, stop, step, size):
    expected = range(size)[slice(start, stop, step)]
    with asking() as m:
        first, stride, length = (known(m, part) for part in slice_extent(m, ends(start, stop, step), weak(size)))
        assert [first + k * stride for k in range(length)] == list(expected)
        assert not emitted(m)


@settings(max_examples=60, deadline=None)
@given(st.integers(-8, 8), st.integers(1, 6))
def test_known_indices(k, size):
    with asking() as m:
        if -size <= k < size:
            assert known(m, checked(m, weak(k), weak(size), 0)) == range(size)[k]
        else:
            with pytest.raises(Dead):
                checked(m, weak(k), weak(size), 0)


@pytest.mark.parametrize("low, high, fails, wraps", [(0, 4, False, False), (-5, 4, False, True), (0, 5, True, False),
                                                     (-6, 4, True, True), (None, None, True, True)])
def test_checks_that_hold_are_left_out(low, high, fails, wraps):
    with asking() as m:
        found = checked(m, runtime_int(m, low, high), weak(5), 0)
        assert found.range == (0, 4)
        assert ("dsl.fail" in emitted(m)) is fails
        assert ("arith.addi" in emitted(m)) is wraps


def test_an_index_is_checked_once():
    with asking() as m:
        k = runtime_int(m)
        first = checked(m, k, weak(5), 0)
        count = len(emitted(m))
        assert checked(m, k, weak(5), 0) is first and len(emitted(m)) == count


def test_no_checks_where_they_are_switched_off():
    with asking() as m:
        m.options["bounds_check"] = False
        checked(m, runtime_int(m), weak(5), 0)
        assert "dsl.fail" not in emitted(m)


def test_what_is_no_index():
    with asking() as m:
        with pytest.raises(Refused, match="has to be an int"):
            checked(m, weak(1.5), weak(5), 0)
        with pytest.raises(Refused, match="step has to be known"):
            slice_extent(m, Slice(NONE, NONE, runtime_int(m)), weak(5))
        with pytest.raises(Dead):
            slice_extent(m, ends(None, None, 0), weak(5))
