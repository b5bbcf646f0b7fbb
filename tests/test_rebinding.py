"""Slots of arguments that hold another thing after the call: the caller finds what CPython would leave there, and what
was there before is as CPython would leave it too."""

import copy
from dataclasses import dataclass, field

import numpy as np
import pytest

import dsl
from tests.frontend.compare import same, things_in


@dataclass
class Vector:
    x: float
    y: float

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)


@dataclass
class State:
    p: Vector
    v: Vector
    pair: tuple = (1.0, 2)
    n: int = 3
    note: object = None


@dataclass
class Grid:
    a: np.ndarray = field(default_factory=lambda: np.arange(3.0))
    b: np.ndarray = field(default_factory=lambda: np.ones(3))


def state():
    return State(Vector(1.0, 2.0), Vector(3.0, 4.0))


def vectors():
    return [Vector(3.0, 1.0), Vector(2.0, 1.0), Vector(1.0, 1.0)]


def new_field(s):
    s.p = Vector(s.p.y, 0.0)
    return s.p.x


def new_item(vs):
    vs[1] = Vector(0.0, 0.0)
    return vs[0].x


def new_array(g):
    g.a = g.a * 2.0
    return g.a[1]


def another_length(g):
    g.a = np.zeros(5)
    return g.b[0]


def euler(s, n):
    for _ in range(n):
        s.p = s.p + s.v * 0.1
    return s.p.x


def on_one_path(s, limit):
    if s.p.x > limit:
        s.p = Vector(0.0, 0.0)
    return s.p.x


def old_one_changed_too(s):
    old = s.p
    s.p = Vector(4.0, 4.0)
    old.x = 9.0
    return s.p.x


def a_copy_changed(s, n):
    s.p = copy.copy(s.p)
    for i in range(n):
        s.p.x += 1.0
        if i == 2:
            s.p = Vector(7.0, 1.0)
    return s.p.x


def another_argument(s, v):
    s.p = v
    v.x += 1.0
    return s.p.x


def swapped_items(vs):
    vs[0], vs[2] = vs[2], vs[0]
    vs[0].y = 8.0
    return vs[2].x


def swapped_entries(d):
    d["a"], d["b"] = d["b"], d["a"]
    d["a"][0] += 1.0
    return d["b"][0]


def swapped_at_times(vs, n):
    for _ in range(n):
        if vs[0].x > vs[1].x:
            vs[0], vs[1] = vs[1], vs[0]
    return vs[0].x


def buffers(g, n):
    for _ in range(n):
        for i in range(len(g.a)):
            g.b[i] = 0.5 * g.a[i] + 1.0
        g.a, g.b = g.b, g.a
    return g.a[0]


def three_buffers(x, g, n):
    for _ in range(n):
        x[0] += 1.0
        x, g.a, g.b = g.a, g.b, x
    return x[0]


def across(g, h):
    g.a = h.b
    g.a[0] = 4.0
    return h.b[0]


def part_of_an_array(g):
    g.a = g.a[1:]
    g.a[0] = 9.0
    return g.a[0]


def pair(s):
    s.pair = (s.pair[0] * 2.0, s.pair[1])
    return s.pair[0]


def same_pair(s):
    s.pair = (s.pair[0], s.pair[1])
    return s.pair[0]


def longer_pair(s):
    s.pair = (*s.pair, 4.0)
    return s.pair[0]


def was_none(s):
    s.note = 3.0
    return 1.0


def now_none(s):
    s.p = None
    return 1.0


def another_type(s):
    s.n = 2.5
    return 1.0


def by_a_helper(states):
    new_field(states[0])
    states[1].p, old = Vector(3.0, 3.0), states[1].p
    old.y = 8.0
    return states[0].p.x


def of_starred(*grids):
    grids[0].a, grids[1].a = grids[1].a, grids[0].a
    grids[1].b = np.zeros(2)
    return 1.0


PROGRAMS = [
    (new_field, lambda: (state(),)),
    (new_item, lambda: (vectors(),)),
    (new_array, lambda: (Grid(),)),
    (another_length, lambda: (Grid(),)),
    (euler, lambda: (state(), 4)),
    (euler, lambda: (state(), 0)),
    (on_one_path, lambda: (state(), 0.5)),
    (on_one_path, lambda: (state(), 5.0)),
    (old_one_changed_too, lambda: (state(),)),
    (a_copy_changed, lambda: (state(), 5)),
    (another_argument, lambda: (state(), Vector(7.0, 7.0))),
    (swapped_items, lambda: (vectors(),)),
    (swapped_entries, lambda: ({"a": np.ones(2), "b": np.zeros(2)},)),
    (swapped_at_times, lambda: (vectors(), 1)),
    (buffers, lambda: (Grid(), 3)),
    (buffers, lambda: (Grid(), 4)),
    (buffers, lambda: (Grid(), 0)),
    (three_buffers, lambda: (np.full(3, 5.0), Grid(), 4)),
    (across, lambda: (Grid(), Grid())),
    (part_of_an_array, lambda: (Grid(),)),
    (pair, lambda: (state(),)),
    (same_pair, lambda: (state(),)),
    (longer_pair, lambda: (state(),)),
    (was_none, lambda: (state(),)),
    (now_none, lambda: (state(),)),
    (another_type, lambda: (state(),)),
    (by_a_helper, lambda: ([state(), state()],)),
    (of_starred, lambda: (Grid(), Grid())),
]
IDS = [f"{function.__name__}-{k}" for k, (function, _) in enumerate(PROGRAMS)]


@pytest.mark.parametrize(("function", "make"), PROGRAMS, ids=IDS)
def test_arguments_and_what_was_in_them(function, make):
    expected, found = make(), make()
    before, held = things_in(expected), things_in(found)
    assert same(dsl.kernel(function)(*found), function(*expected))
    assert same(found, expected), (found, expected)
    assert same(held, before), (held, before)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_exchanged_arrays_are_the_callers_own(n):
    for function, args in ((buffers, ()), (three_buffers, (np.zeros(3),))):
        for call in (function, dsl.kernel(function)):
            grid = Grid()
            own = [grid.a, grid.b, *args]
            call(*args, grid, n)
            places = [next(k for k, array in enumerate(own) if array is held) for held in (grid.a, grid.b)]
            shift = n % len(own)
            assert places == ([shift, (1 - shift) % 2] if len(own) == 2 else [shift, (1 + shift) % 3])


def test_another_argument_is_that_argument():
    s, v = state(), Vector(7.0, 7.0)
    dsl.kernel(another_argument)(s, v)
    assert s.p is v


def test_what_a_kernel_hands_out_is_new():
    def first(vs):
        vs[1].x += 1.0
        return vs[0], vs

    given = vectors()
    one, all_ = dsl.kernel(first)(given)
    assert all_ == given and all_ is not given and one == given[0] and one is not given[0]
    s = state()
    old = s.p
    assert dsl.kernel(on_one_path)(s, 5.0) == 1.0
    assert s.p == old and s.p is not old


def test_a_stored_program_does_the_same(tmp_path):
    for function, make in ((new_array, lambda: (Grid(),)), (buffers, lambda: (Grid(), 3)), (pair, lambda: (state(),))):
        dsl.compile(function, *make()).save(tmp_path / "program.dslx")
        expected, found = make(), make()
        assert same(dsl.load(tmp_path / "program.dslx")(*found), function(*expected))
        assert same(found, expected)


def test_derivatives_do_not_care():
    for function, args, direct in (
        (euler, (state(), 4), lambda x: 1.0),
        (old_one_changed_too, (state(),), lambda x: 0.0),
        (new_field, (state(),), lambda x: 0.0),
    ):
        given = copy.deepcopy(args)
        assert dsl.grad(dsl.kernel(function))(*given).p.x == direct(given)
        assert same(given, args)


@pytest.mark.parametrize("limit", [0.5, 1e9])
def test_a_write_to_what_may_be_the_callers_changes_what_it_is(limit):
    def changed_after(s, limit):
        if s.p.x > limit:
            s.p = Vector(0.0, 0.0)
        s.p.x += 1.0
        return s.p.x

    expected, found = state(), state()
    before, held = expected.p, found.p
    assert dsl.kernel(changed_after)(found, limit) == changed_after(expected, limit)
    assert found == expected and held == before


def test_a_write_to_what_may_be_the_callers_in_each_iteration_is_refused():
    def changed_before(s, limit):
        for _ in range(3):
            s.p.x += limit
            s.p = Vector(s.p.x, 5.0)
        return s.p.x

    with pytest.raises(dsl.CompileError, match=r"another name may mean the same one[\s\S]*copy\.copy"):
        dsl.kernel(changed_before)(state(), 0.5)
