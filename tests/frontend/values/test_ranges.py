"""Ranges of ints hold every result: interval arithmetic against all pairs of numbers."""

import operator

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.frontend.values.ranges import of_binary, union

OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod,
             "&": operator.and_, "|": operator.or_}
RANGES = st.tuples(st.integers(-6, 6), st.integers(0, 4)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def inside(extent):
    return range(extent[0], extent[1] + 1)


@settings(max_examples=300, deadline=None)
@given(RANGES, RANGES, st.sampled_from(list(OPERATORS)))
def test_no_result_lies_outside(x, y, symbol):
    found = of_binary(symbol, x, y)
    if found is None:
        return
    results = [OPERATORS[symbol](a, b) for a in inside(x) for b in inside(y)]
    assert found[0] <= min(results) and max(results) <= found[1]
    if symbol in "+-*":
        assert found == (min(results), max(results))


@given(RANGES, RANGES)
def test_a_union_holds_both(x, y):
    assert union(x, y) == (min(x[0], y[0]), max(x[1], y[1]))
    assert union(x, None) is None is union(None, y)


def test_a_remainder_is_known_of_an_unknown_number():
    assert of_binary("%", None, (1, 8)) == (0, 7)
    assert of_binary("&", None, (0, 255)) == (0, 255)
    assert of_binary("+", None, (0, 1)) is None


def test_what_might_wrap_is_unknown():
    assert of_binary("*", (0, 2**61), (0, 4)) is None
    assert of_binary("+", (0, 2**62), (0, 2**62)) is None
