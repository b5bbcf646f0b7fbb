"""Strings with run-time numbers in them, and what `print` records."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.frontend.engine.formatting import as_text, concatenated, formatted
from dsl.frontend.kinds.text import record
from dsl.frontend.protocols import operate, text_of
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Static, Text, weak
from tests.frontend.compare import check

from .asking import asking, emitted, fresh, known, runtime_int

VALUES = st.recursive(st.integers(-9, 9) | st.booleans() | st.sampled_from([0.5, -2.0, 1e30]),
                      lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.tuples(inner, inner)
                      | st.dictionaries(st.integers(0, 3), inner, max_size=2), max_leaves=5)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_text_of_containers(value):
    with asking() as m:
        found = text_of(m, fresh(m, value)) if isinstance(value, list | tuple | dict) else as_text(m, fresh(m, value))
        assert known(m, found) == str(value)


def shown(x, n, flag):
    print("x =", x, (n, [flag, x]), {1: n}, sep="|", end=".\n")
    print(f"{x:8.3f}{n:04d}{x!r:>12}", flag)
    return x


@settings(max_examples=40, deadline=None)
@given(st.floats(-1e6, 1e6), st.integers(-999, 999), st.booleans())
def test_prints_are_cpythons(x, n, flag):
    check(shown, x, n, flag)


def test_a_run_time_number_stays_a_number_in_the_text():
    with asking() as m:
        text = concatenated([Static("n = "), formatted(m, runtime_int(m), ""), Static("!")])
        assert isinstance(text, Text) and text.pieces == ("n = ", "!") and len(text.values) == 1
        both = operate(m, "+", text, Static("?"))
        assert both.pieces == ("n = ", "!?")
        record(m, text, weak(2.0))
        assert emitted(m)[-1] == "dsl.record"


def test_operators_on_strings():
    with asking() as m:
        assert known(m, operate(m, "+", Static("a"), Static("b"))) == "ab"
        with pytest.raises(Refused, match="on strings"):
            operate(m, "%", Static("%d"), weak(3))
