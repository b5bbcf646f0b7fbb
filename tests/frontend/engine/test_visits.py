"""How often the front end visits the body of a loop: once, however deep the nest, where it can tell beforehand which
names refer to another object in each iteration; and what it makes of the program is right."""

from dataclasses import dataclass

import numpy as np
import pytest

from tests.frontend.compare import check
from tests.frontend.engine.programs import counting, function, most_visits, nest

DEPTHS = [1, 2, 3, 4, 5, 6]
A, F = np.arange(1.0, 21.0), np.arange(1, 21, dtype=np.float32)


@dataclass
class Vector:
    x: float
    y: float


@dataclass
class Particle:
    v: Vector
    mass: float


def step(a, x):
    return a + x


def stepped(t, a):
    return t[0] + a, t[1] + 1.0


def moved(v, x):
    return Vector(v.x + x, v.y)


NAMES = {"np": np, "Vector": Vector, "Particle": Particle, "step": step, "moved": moved, "stepped": stepped}

# header, body, before the loops, result, arguments
ONCE = {
    "a scalar sum": ("f(a)", "s = s + a[i0]", "s = 0.0", "s", (A,)),
    "several scalars": ("f(x)", "s += x\nt = s * t\nk += 1", "s = t = x\nk = 0", "(s, t, k)", (0.5,)),
    "an element": ("f(a)", "a[i0] += 1.0", "", "a", (A,)),
    "a new element": ("f(a)", "b[i0] = a[i0] + b[0]", "b = np.zeros(20)", "b", (A,)),
    "a sum of arrays": ("f(a)", "b = b + a", "b = np.zeros(20)", "b", (A,)),
    "a sum in an argument": ("f(a, b)", "a = a + b", "", "a", (A, A + 1)),
    "a sum from another name": ("f(a)", "b = b + a", "b = a", "b", (A,)),
    "a function's new array": ("f(a)", "a = step(a, 1.0)", "", "a", (A,)),
    "exchanged locals": ("f(a)", "b[0] = c[0] + a[i0]\nb, c = c, b", "b = a.copy()\nc = a * 2.0", "(b, c)", (A,)),
    "exchanged arguments": ("f(a, b)", "b[i0] = a[0] + 1.0\na, b = b, a", "", "a[0]", (A, A + 1)),
    "an argument exchanged": ("f(a)", "b[0] = a[0] + 1.0\na, b = b, a", "b = np.zeros(20)", "b[0]", (A,)),
    "by a third name": ("f(a, b)", "b[0] = a[0] + 1.0\nt = a\na = b\nb = t", "", "a[0]", (A, A + 1)),
    "three in turn": ("f(a, b, c)", "a[1] = b[0] * c[2]\na, b, c = b, c, a", "", "a[1]", (A, A + 1, A + 2)),
    "a struct": ("f(x)", "v = Vector(v.x + x, v.y)", "v = Vector(x, x)", "v.x", (1.0,)),
    "a function's new struct": ("f(x)", "v = moved(v, x)", "v = Vector(x, x)", "v.x", (1.0,)),
    "a field": ("f(x)", "p.v = Vector(p.v.x + 1.0, x)", "p = Particle(Vector(x, x), x)", "p.v.x", (1.0,)),
    "arrays in a tuple": ("f(a)", "t = (t[0] + a, t[1] + 1.0)", "t = (np.zeros(20), 0.0)", "t[0]", (A,)),
    "an array in a list": ("f(a)", "t[0] = t[0] + a", "t = [np.zeros(20), 0.0]", "t[0]", (A,)),
}
FEW = {  # seen only at the end of a body, so each loop around is visited once more
    "by a function": ("f(a)", "t = stepped(t, a)", "t = (np.zeros(20), 0.0)", "t[0]", (A,)),
    "an array in a dict": ("f(a)", "t['p'] = t['p'] + a", "t = {'p': np.zeros(20)}", "t['p']", (A,)),
}


def made(case: tuple, depth: int, loop: str):
    header, body, before, result, args = case
    return function(nest(depth, header, body, before, result, loop), **NAMES), args


@pytest.mark.parametrize("loop", ["for", "while"])
@pytest.mark.parametrize("name", ONCE)
def test_bodies_are_visited_once(name, loop):
    for depth in DEPTHS:
        program, args = made(ONCE[name], depth, loop)
        assert most_visits(program, *args) == 1, depth
        if depth <= 3:
            check(program, *args)


@pytest.mark.parametrize("loop", ["for", "while"])
@pytest.mark.parametrize("name", FEW)
def test_what_a_visit_found_is_remembered(name, loop):
    for depth in DEPTHS:
        program, args = made(FEW[name], depth, loop)
        assert most_visits(program, *args) <= depth + 1
        if depth <= 3:
            check(program, *args)


def test_a_literal_costs_one_more_visit_at_most():
    for depth in DEPTHS:
        program, args = made(("f(a)", "s += a[i0]", "s = 0.0", "s", (F,)), depth, "for")
        assert most_visits(program, *args) <= 2


def sums_at_every_depth(depth: int) -> str:
    """Each loop adds up what the one inside gives, from a literal of its own."""
    lines = ["def f(a):", "    s0 = 0.0"]
    for k in range(depth):
        pad = "    " * (k + 1)
        inside = f"s{k + 1} = 0.0" if k < depth - 1 else f"s{k} += a[i0]"
        lines += [f"{pad}for i{k} in range(2):", f"{pad}    {inside}"]
    lines += [f"{'    ' * (k + 1)}s{k - 1} += s{k}" for k in range(depth - 1, 0, -1)]
    return "\n".join([*lines, "    return s0\n"])


def test_literals_at_every_depth():
    for depth in DEPTHS:
        program = function(sums_at_every_depth(depth))
        assert most_visits(program, F) <= depth + 1
        check(program, F)


def test_what_was_found_for_other_types_is_not_remembered():
    """The same loop, on the same call path, for arrays of two types: f32 must not make the second sum an f32."""
    def program(a, b):
        result = []
        for x in (a, b, (0.1, 0.2, 0.3)):
            s = 0.0
            for k in range(3):
                s += x[k]
            result.append(s)
        return result

    check(program, np.array([0.1, 0.2, 0.3], np.float32), np.array([0.1, 0.2, 0.3]))


def test_deep_nests_take_visits_in_proportion_to_their_depth():
    for depth in (10, 12):
        program, args = made(ONCE["exchanged locals"], depth, "for")
        with counting() as visits:
            most_visits(program, *args)
        assert sum(visits.values()) <= 2 * depth
