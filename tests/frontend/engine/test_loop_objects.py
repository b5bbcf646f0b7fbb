"""Names that refer to another object in each iteration."""

from dataclasses import dataclass

import numpy as np
import pytest

import dsl
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import check
from tests.frontend.engine.programs import most_visits
from tests.fuzz.interpreted import interpreting

A = np.arange(1.0, 21.0)


@dataclass
class Vector:
    x: float


@dataclass
class Other:
    x: float


def exchanged_twice(a, b, n):
    for _ in range(n):
        b[0] = a[0] + 1.0
        a, b = b, a
    for _ in range(n + 1):
        a[1] = b[0] * 2.0
        a, b = b, a
    return a[0]


def exchanged_in_both_loops(a, b, n):
    for i in range(n):
        b[i] = a[0] + 1.0
        for j in range(i):
            a[j] = b[0] * 0.5
            a, b = b, a
        a, b = b, a
    return a[0] - b[1]


def exchanged_with_a_local(a, n):
    b = np.zeros(20)
    for i in range(n):
        for j in range(n):
            b[j] = a[i] + 1.0
            a, b = b, a
    return b[0]


def exchanged_in_a_while(a, b, n):
    k = 0
    while k < n:
        a[0] += b[1]
        a, b = b, a
        k += 1
        if a[0] > 100.0:
            break
    return a[0]


def exchanged_in_part(a, b, c, n):
    for i in range(n):
        for j in range(2):
            b[j] = a[i] + c[j]
            a, b = b, a
        a[3] = 0.5
        b, c = c, b
    return a[0] + c[1]


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("function, count", [(exchanged_twice, 2), (exchanged_in_both_loops, 2),
                                             (exchanged_with_a_local, 1), (exchanged_in_a_while, 2),
                                             (exchanged_in_part, 3)])
def test_each_argument_has_its_own_elements_afterwards(function, count, n):
    check(function, *[A * (k + 1) for k in range(count)], n)


@dataclass
class Grid:
    old: np.ndarray


def a_field_with_a_name(g, b, n):
    for _ in range(n):
        g.old, b = b, g.old
    return b[0]


def an_item_with_a_name(g, b, n):
    for _ in range(n):
        g[0], b = b, g[0]
    return b[0]


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_the_caller_finds_its_own_arrays_in_other_places(n):
    with interpreting():
        a, b, grid, items = A, A + 1, Grid(A), [A]
        assert dsl.kernel(a_field_with_a_name)(grid, b, n) == (A, b)[n % 2 == 0][0]
        assert grid.old is (a, b)[n % 2]
        assert dsl.kernel(an_item_with_a_name)(items, b, n) == (A, b)[n % 2 == 0][0]
        assert items[0] is (a, b)[n % 2]


def written_while_frozen(a, n):
    b = a
    for i in range(n):
        for j in range(n):
            a[0] = 3.0
            a = b * 2.0
    return a


def changed_through_an_inner_name(v, x, n):
    first = v
    for i in range(n):
        for j in range(2):
            v.x = v.x + x
            v = Vector(first.x)
    return v.x


@pytest.mark.parametrize("function, args", [(written_while_frozen, (A, 2)),
                                            (changed_through_an_inner_name, (Vector(1.0), 2.0, 2))])
def test_what_two_names_may_refer_to_is_not_changed(function, args):
    with pytest.raises(CompileError, match="is changed"):
        check(function, *args)


def another_shape(x, n):
    a, s = np.zeros(3), x
    for _ in range(n):
        s = s + a[0]
        a = np.ones(4)
    return s


def another_class(x, n):
    v, s = Vector(x), x
    for _ in range(n):
        s = s + v.x
        v = Other(x + 1.0)
    return s


def another_kind(x, n):
    v, s = [x], x
    for _ in range(n):
        s = s + v[0]
        v = (x + 1.0,)
    return s


def another_class_further_in(x, n):
    v, s = Vector(x), x
    for _ in range(n):
        s = s + v.x
        for _ in range(2):
            v = Other(x)
    return s


@pytest.mark.parametrize("function", [another_shape, another_kind])
def test_an_object_that_an_iteration_looks_at_keeps_its_kind(function):
    with pytest.raises(CompileError, match="before the loop and .* after an iteration|on one path and .* on another"):
        check(function, 1.0, 3)


@pytest.mark.parametrize("function", [another_class, another_class_further_in])
def test_an_object_may_be_of_one_of_several_classes(function):
    for n in (0, 1, 3):
        check(function, 1.0, n)


def only_written(x, n):
    v, s = Vector(x), x
    for i in range(n):
        for j in range(n):
            v = Other(x + j)
            s = s + v.x
    return s


def in_a_pair(x, n):
    pair, s = (Vector(x), 1.0), x
    for i in range(n):
        s += pair[0].x
        pair = (Vector(x + i), 2.0)
    return s


def through_a_function(a, n):
    def relaxed(b):
        b[0] += 1.0
        return b

    for i in range(n):
        a = relaxed(a)
    return a


@pytest.mark.parametrize("function, args, visits", [
    (only_written, (1.0, 3), 1), (in_a_pair, (1.0, 3), 1), (through_a_function, (A, 3), 1)])
def test_other_names(function, args, visits):
    check(function, *args)
    assert most_visits(function, *args) == visits


def test_a_prediction_refuses_nothing():
    """`a` is taken to be another array in each iteration; it never is, and may be changed."""
    def program(a):
        first = a
        for _ in range(3):
            a[0] += first[1]
            a = first
        return a

    check(program, A)
