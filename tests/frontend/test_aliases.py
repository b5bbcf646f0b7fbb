"""Several names for one thing, made on one path or in some iterations only: as in CPython, or refused."""

import copy
from dataclasses import dataclass

import numpy as np
import pytest

from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import check


@dataclass
class Vector:
    x: float
    y: float = 0.5


@dataclass
class Pair:
    v: Vector
    w: Vector


def make(x):
    return Vector(x + 1.0)


def one_on_both_paths(x):
    if x > 0:
        q = Vector(x)
        p = q
    else:
        p = q = Vector(2.0)
    p.x = 9.0
    return q.x


def read_on_one_path(x):
    if x > 0:
        p = Vector(x)
        q = p
        p.x = 4.0
    else:
        q = Vector(3.0)
    q.x += 1.0
    return q.x


def bound_on_one_path(x):
    if x > 0:
        p = Vector(x)
        q = p
    else:
        q = Vector(3.0)
    q.x = 7.0
    return p.x if x > 0 else q.x


def slots_that_become_one(pairs, v, n):
    for _ in range(n):
        pairs[0].w = v
        pairs[1] = Pair(v, v)
    return pairs[0].w.x + pairs[1].v.x


def items_of_a_list(vs, n):
    for i in range(n):
        vs[0] = make(vs[0].x)
        vs[1].x += vs[0].x * i
    return vs[1].x


def entries_of_a_dict(d, v, n):
    d["p"] = make(v.x)
    for _ in range(n):
        v, d["p"] = d["p"], v
    d["q"][1] += v.x
    return d["q"][1]


def bound_before_a_loop_on_one_path(x, u):
    if u.x > x:
        u.x += 0.25
        p = u
        q = p
    for _ in range(2):
        for _ in range(3):
            q = make(p.x)
    return q.x


def twice_in_a_list(x, n):
    p = Vector(x)
    vs = [p, p]
    for _ in range(n):
        vs[1] = make(vs[0].x)
    return vs[0].x + vs[1].x


def exchanged_with_local_arrays(a, n):
    b, c = np.zeros(3), np.ones(3)
    for _ in range(n):
        b[1] = a[0] + b[1] + c[2]
        a, b, c = b, c, a
    a[2] = 9.0
    return a[0] * 10 + b[1]


def exchanged_with_a_field(s, n):
    b = np.zeros(3)
    for _ in range(n):
        b[1] = s["a"][0] + b[1] + 1.0
        s["a"], b = b, s["a"]
    return s["a"][0] * 10 + b[1]


def copies(vs, a, n):
    spare, deep = copy.copy(vs), copy.deepcopy([vs, vs])
    for i in range(n):
        vs[0].x += i
        deep[0][1].x -= i
        b = copy.copy(a)
        b[0] += i
    return spare[0].x, deep[1][1].x, spare is vs, deep[0] is deep[1], b[0] - a[0]


def vectors():
    return [Vector(1.0), Vector(2.0)]


def deep_inside(x):
    a, b = Vector(1.0), Vector(2.0)
    if x > 0:
        p = [Pair(a, b), a]
    else:
        p = [Pair(a, b), b]
    p[1].x = 5.0
    return p[0].v.x


def given_on_one_path(s, v, x):
    if x > 0:
        s.v = v
    s.v.x += 1.0
    return v.x


def exchanged_on_one_path(a, b, x):
    u, v = np.zeros(3), np.ones(3)
    for k in range(3):
        if x > k:
            a, b = b, a
            u, v = v, u
        a[k] += x
        u[k] = a[0] + v[k]
    pair = (a, b) if x > 1 else (b, a)
    pair[0][1] -= 1.0
    return u, v, pair


def one_of_many(vs, x, n):
    for i in range(n):
        v = vs[i % 3]
        v.x += x * i
        if v.x > 3.0:
            vs[0].y = 7.0
    least = min(vs, key=lambda v: v.x)
    least.x -= 10.0
    return least.x, vs[n % 3].x


EQUAL = [
    (deep_inside, [(1.0,), (-1.0,)]),
    (given_on_one_path, [(Pair(*vectors()), Vector(3.0), x) for x in (1.0, -1.0)]),
    (exchanged_on_one_path, [(np.arange(3.0), np.arange(5.0, 8.0), x) for x in (-1.0, 0.5, 1.5, 3.0)]),
    (one_of_many, [([Vector(1.0), Vector(2.0), Vector(0.5)], 0.75, n) for n in (0, 1, 2, 6)]),
    (one_on_both_paths, [(1.0,), (-1.0,)]),
    (read_on_one_path, [(1.0,), (-1.0,)]),
    (bound_on_one_path, [(1.0,), (-1.0,)]),
    (slots_that_become_one, [([Pair(*vectors()), Pair(*vectors())], Vector(3.0), n) for n in (0, 1, 3)]),
    (items_of_a_list, [(vectors(), n) for n in (0, 1, 3)]),
    (entries_of_a_dict, [({"p": Vector(1.0), "q": np.ones(2)}, Vector(4.0), n) for n in (0, 1, 2)]),
    (bound_before_a_loop_on_one_path, [(1.0, Vector(3.0)), (1.0, Vector(0.5))]),
    (twice_in_a_list, [(1.5, n) for n in (0, 1, 3)]),
    (exchanged_with_local_arrays, [(np.arange(1.0, 4.0), n) for n in range(5)]),
    (exchanged_with_a_field, [({"a": np.arange(1.0, 4.0)}, n) for n in range(4)]),
    (copies, [(vectors(), np.ones(3), 3)]),
]


@pytest.mark.parametrize(("function", "sets"), EQUAL, ids=[f.__name__ for f, _ in EQUAL])
def test_equal(function, sets):
    for args in sets:
        check(function, *args)


def two_on_one_path(x):
    if x > 0:
        p = Vector(1.0)
        q = p
    else:
        p, q = Vector(2.0), Vector(3.0)
    p.x = 9.0
    return q.x


def came_to_mean_it(m, v, n):
    for _ in range(n):
        m.v = v
        m.v, m.w = m.w, m.v
        m.w.x += 1.0
    return m.v.x


def kept_in_two_items(x, n):
    vs = [Vector(x), Vector(x)]
    for _ in range(n):
        p = make(vs[0].x)
        vs[0] = vs[1] = p
    vs[0].x = 5.0
    return vs[1].x


REFUSED = [
    (two_on_one_path, (1.0,)),
    (came_to_mean_it, (Pair(*vectors()), Vector(3.0), 3)),
    (kept_in_two_items, (1.0, 2)),
]


@pytest.mark.parametrize(("function", "args"), REFUSED, ids=[f.__name__ for f, _ in REFUSED])
def test_refused(function, args):
    with pytest.raises(CompileError, match="another name may"):
        check(function, *args)


def test_copies_of_classes_that_copy_themselves():
    @dataclass
    class Own:
        x: float

        def __copy__(self):
            return Own(self.x + 1.0)

        def __deepcopy__(self, memo):
            return Own(self.x + 2.0)

    def shallow(x):
        return copy.copy(Own(x)).x

    def deep(x):
        return copy.deepcopy(Own(x)).x

    check(shallow, 1.0)
    with pytest.raises(CompileError, match="whose class defines __deepcopy__"):
        check(deep, 1.0)


def test_arrays_that_change_places_on_some_paths_only():
    def f(g, b, x):
        if x > 0:
            for _ in range(2):
                g[0], b = b, g[0]
        return b[0]

    with pytest.raises(CompileError, match="changes places with another argument on some paths only"):
        check(f, [np.ones(2)], np.zeros(2), 1.0)
