"""Ranges: their items, length and truth, with bounds that are known and with bounds that are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.frontend.kinds.range_objects import make_range
from dsl.frontend.protocols import constant, get_item, iterate, length, truth
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import weak
from tests.frontend.compare import check

from .asking import asking, emitted, known, runtime_int

ENDS = st.integers(-8, 8)


@settings(max_examples=80, deadline=None)
@given(ENDS, ENDS, ENDS.filter(bool))
def test_known_bounds(start, stop, step):
    expected = range(start, stop, step)
    with asking() as m:
        for made in (make_range(m, weak(start), weak(stop), weak(step)), constant(m, expected)):
            assert known(m, made) == expected
            assert known(m, length(m, made)) == len(expected)
            assert known(m, truth(m, made)) is bool(expected)
            assert [known(m, item) for item in iterate(m, made).items(m)] == list(expected)
        if expected:
            assert known(m, get_item(m, made, weak(-1))) == expected[-1]
        assert not emitted(m)


def counted(start, stop, step):
    total = len(range(start, stop, step))
    for k in range(start, stop, step):
        total = 10 * total + k
    return total


@settings(max_examples=40, deadline=None)
@given(ENDS, ENDS, ENDS.filter(bool))
def test_bounds_known_at_run_time(start, stop, step):
    check(counted, start, stop, step)


def test_a_step_of_zero_fails():
    with asking() as m:
        with pytest.raises(Dead):
            make_range(m, weak(0), weak(5), weak(0))
        assert emitted(m)[-1] == "dsl.fail"
    check(counted, 0, 5, 0)


def test_what_a_range_is_not_made_of():
    with asking() as m:
        with pytest.raises(Refused, match="range needs ints"):
            make_range(m, weak(1.5))
        with pytest.raises(Refused, match="1 to 3 arguments"):
            make_range(m)


def test_one_run_time_bound_needs_no_multiplication():
    with asking() as m:
        sequence = iterate(m, make_range(m, runtime_int(m)))
        assert known(m, sequence.low) == 0 and not sequence.is_static
        assert emitted(m) == ["test.int"]
