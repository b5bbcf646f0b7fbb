"""Numbers: operators on constants fold to CPython's and NumPy's results; what NumPy's scalars share with arrays."""

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.frontend.protocols import compare, constant, get_attribute, operate, truth, unary
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import weak

from .asking import asking, emitted, known, runtime_int

PYTHON = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
          "%": operator.mod, "&": operator.and_, "|": operator.or_, "^": operator.xor}
UNARY = {"-": operator.neg, "+": operator.pos, "~": operator.invert}
WHOLE = st.one_of(st.integers(-50, 50), st.booleans())
NUMBER = st.one_of(WHOLE, st.floats(-50, 50))


def identical(a, b) -> bool:
    return type(a) is type(b) and (a == b or (a != a and b != b)) and str(a) == str(b)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_binary_operators_on_constants(data):
    symbol = data.draw(st.sampled_from(list(PYTHON)))
    numbers = WHOLE if symbol in "&|^" else NUMBER
    x, y = data.draw(numbers), data.draw(numbers)
    if symbol in ("/", "//", "%") and y == 0:
        return  # an exception in CPython, a run-time failure or IEEE's result here: docs/language.md
    with asking() as m:
        found = known(m, operate(m, symbol, weak(x), weak(y)))
        assert identical(found, PYTHON[symbol](x, y)), (symbol, x, y)
        assert not emitted(m)


@settings(max_examples=60, deadline=None)
@given(NUMBER, NUMBER, st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]))
def test_comparisons_and_truth(x, y, predicate):
    with asking() as m:
        assert known(m, compare(m, predicate, weak(x), weak(y))) is getattr(operator, predicate)(x, y)
        assert known(m, truth(m, weak(x))) is bool(x)


@settings(max_examples=60, deadline=None)
@given(WHOLE, st.sampled_from(list(UNARY)))
def test_unary_operators(x, symbol):
    if symbol == "~" and isinstance(x, bool):
        return  # deprecated in Python 3.12
    with asking() as m:
        assert identical(known(m, unary(m, symbol, weak(x))), UNARY[symbol](x))


@pytest.mark.parametrize("a", [np.float32(1.5), np.float64(1.5), np.int32(3), np.int64(3), np.bool_(True), 2, 2.5])
@pytest.mark.parametrize("b", [np.float32(0.5), np.float64(0.5), np.int32(2), np.int64(2), 3, 0.25])
@pytest.mark.parametrize("symbol", ["+", "*", "/"])
def test_types_promote_as_in_numpy(a, b, symbol):
    with asking() as m:
        found = operate(m, symbol, constant(m, a), constant(m, b))
        expected = PYTHON[symbol](a, b)
        assert found.weak == (not isinstance(expected, np.generic))
        assert np.dtype(found.dtype.numpy) == np.result_type(expected)


def test_a_run_time_number_becomes_an_operation():
    with asking() as m:
        found = operate(m, "+", runtime_int(m, 0, 9), weak(1))
        assert not found.is_constant and found.range == (1, 10)
        assert emitted(m) == ["test.int", "arith.constant", "arith.addi"]


def test_attributes():
    with asking() as m:
        number = constant(m, np.float32(2.0))
        assert known(m, get_attribute(m, number, "shape")) == ()
        assert known(m, get_attribute(m, number, "ndim")) == 0
        assert known(m, get_attribute(m, number, "dtype")) == np.dtype(np.float32)
        assert get_attribute(m, number, "real") is number
        with pytest.raises(Refused, match="no attribute 'shape'"):
            get_attribute(m, weak(2.0), "shape")
