"""What two paths left behind, as one value: only what differs becomes a result of the `scf.if`."""

from dataclasses import dataclass

import numpy as np
import pytest

from dsl.frontend.engine.join import same_constant
from dsl.frontend.lower import lower
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import check


@dataclass
class Vector:
    x: float
    y: float


def results_of_ifs(function, *args) -> list[int]:
    """How many results each `scf.if` has, outermost first."""
    found = []

    def look(op) -> None:
        for region in op.regions:
            for block in region:
                for inner in block.operations:
                    if inner.operation.name == "scf.if":
                        found.append(len(inner.operation.results))
                    look(inner.operation)

    look(lower(function, args).module.operation)
    return found


def one_of_three(x):
    a, b, c = 1.0, 2.0, 3.0
    if x > 0.0:
        b = x
    return a + b + c


def nothing(x):
    a = 1.0
    if x > 0.0:
        a = 1.0
    return a


def one_field(x):
    v = Vector(x, 2.0)
    if x > 0.0:
        v.x = 3.0
    return v.x + v.y


def another_object(x):
    v = Vector(x, 2.0)
    if x > 0.0:
        v = Vector(x + 1.0, 2.0)
    return v.x + v.y


def one_element(a, x):
    if x > 0.0:
        a[3] = x
    return a[3]


def returned(x):
    if x > 0.0:
        return x
    y = x * 2.0
    return y + 1.0


def a_flag(x):
    positive = False
    if x > 0.0:
        positive = True
    return positive


def nested_tuples(x):
    t = (1.0, (x, 2))
    if x > 0.0:
        t = (1.0, (x + 1.0, 2))
    return t[1][0] + t[0]


@pytest.mark.parametrize("function, counts", [
    (one_of_three, [1]), (nothing, []), (one_field, [1]), (another_object, [1]), (returned, [1]), (a_flag, []),
    (nested_tuples, [1])])
@pytest.mark.parametrize("x", [-1.5, 2.5])
def test_only_what_differs_is_yielded(function, counts, x):
    check(function, x)
    assert results_of_ifs(function, x) == counts


def test_an_array_is_one_result():
    check(one_element, np.arange(20.0), 1.0)
    assert results_of_ifs(one_element, np.arange(20.0), 1.0) == [1]


def bound_on_one_path(x):
    if x > 0.0:
        y = x
    return y


def test_a_name_that_is_bound_on_one_path_fails_on_the_other():
    check(bound_on_one_path, 1.0)
    check(bound_on_one_path, -1.0)


def two_kinds(x):
    a = x
    if x > 0.0:
        a = (x, x)
    return a


def two_kinds_unused(x):
    a = x
    if x > 0.0:
        a = (x, x)
    a = 1.0
    return a


def test_two_kinds_are_an_error_where_they_are_used():
    with pytest.raises(CompileError, match="a is .* on one path and .* on another"):
        lower(two_kinds, (1.0,))
    check(two_kinds_unused, 1.0)


def test_a_literal_takes_the_type_of_a_numpy_number():
    def chosen(a, x):
        return a[0] if x > 0.0 else 0.5

    check(chosen, np.ones(20, np.float32), 1.0)


def test_constants_are_the_same_by_sign_and_nan():
    nan = float("nan")
    assert same_constant(nan, nan) and same_constant(1, 1)
    assert not same_constant(0.0, -0.0)
