"""Operations of the IR: every Python function that is one gives what CPython and NumPy give."""

import math

import numpy as np
import pytest

from dsl import library
from dsl.frontend.lower import lower
from dsl.passes.rules import RULES
from tests.support.interpret import interpret

POINTS = {1: [(0.3,), (1.7,), (-0.6,), (2.5,)], 2: [(0.3, 1.7), (2.5, -0.6), (1.2, 0.7)]}
OPERATIONS = [(op, function) for op in library.operations() for function in op.functions]


@pytest.mark.parametrize("operation, function", OPERATIONS, ids=lambda v: getattr(v, "__name__", ""))
@pytest.mark.parametrize("kind", [float, np.float64, np.float32])
def test_values_and_types(operation, function, kind):
    namespace = {"g": function}
    names = "xy"[: operation.arity]

    def one(x):
        return function(x)

    def two(x, y):
        return function(x, y)

    kernel = one if operation.arity == 1 else two
    for point in POINTS[operation.arity]:
        args = tuple(map(kind, point))
        lowered = lower(kernel, args)
        (result,) = interpret(lowered.module, lowered.entry, *[a if kind is np.float32 else float(a) for a in args])
        try:
            with np.errstate(all="ignore"):
                expected = float(function(*args))
        except ValueError:
            expected = math.nan
        tolerance = 3e-7 if kind is np.float32 else 1e-14
        assert (math.isnan(expected) and math.isnan(result)) or math.isclose(result, expected, rel_tol=tolerance)
        leaf = lowered.out_leaves[0]
        narrow = kind is np.float32 and function is not np.float_power  # NumPy's own is never narrower than f64
        assert leaf.dtype.numpy is (np.float32 if narrow else np.float64)
        assert leaf.weak == (not isinstance(function, np.ufunc) and kind is not np.float32)
    assert namespace and names


def test_every_operation_has_a_derivative_rule():
    without = {op.op for op in library.operations()} - set(RULES)
    assert not without
