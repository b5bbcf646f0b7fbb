"""`match` beside CPython: every kind of pattern, what it binds, guards, and recursion through what it takes apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import dsl
from tests.frontend.compare import check


@dataclass
class Leaf:
    value: float


@dataclass(frozen=True)
class Node:
    left: object
    right: object
    op: str = "+"


class Pair(NamedTuple):
    a: float
    b: float


class Codes:
    OK, BAD = 200, 404


def value(tree, x):
    match tree:
        case "x":
            return x
        case int() | float() as number:
            return number * 1.0
        case Leaf(v):
            return v * x
        case Node(left, right, "+"):
            return value(left, x) + value(right, x)
        case Node(left=left, right=right, op="*"):
            return value(left, x) * value(right, x)
        case Node(op=other):
            return math.nan if other == "-" else 0.0


TREE = Node(Node("x", Leaf(3.0), "*"), Node(Node(2, "x"), Node(1.0, 2.0, "/")))


def expression(x):
    return value(TREE, x)


def numbers(n, x):
    match n:
        case Codes.OK | 3:
            return 1.0
        case -1 | 0 as low if x > low:
            return low + 0.5
        case Codes.BAD:
            return 2.0
        case int(k) if k % 2:
            return k * x
        case True:
            return 7.0
    return -x


def sequences(a, b, x):
    match (a, b, x):
        case (0, 1 | 2 as k, y) | (1, y, k):
            out = k * y
        case (_, *rest) if len(rest) == 2 and b > 5:
            out = rest[0] * 2.0 - rest[1]
        case (k, 0, _):
            out = k * 1.0
        case _:
            out = -1.0
    match [a, [x, Pair(x, 2.0)], (a,) * 3]:
        case [_, [y, (z, w)], (p, *_, q)]:
            out += y * z + w + p * q
    match {"u": x, "v": a, "w": 3.0}:
        case {"none": _}:
            out = 0.0
        case {"u": u, "v": 1, **others}:
            out += u + len(others)
        case {"w": w}:
            out -= w
    return out


def others(a, x):
    found = 0
    for thing in (None, True, x, a, Pair(x, x), (x,), "text", 3, range(2)):
        match thing:
            case None:
                found += 1
            case True:
                found += 10
            case Pair(a=first):
                found += int(first > 0) * 100
            case [_] | [_, _]:
                found += 1000
            case float():
                found += 10_000
            case str() | int():
                found += 100_000
            case _:
                found += 1_000_000
    return found


@pytest.mark.parametrize("function, args", [
    (expression, (1.5,)), *[(numbers, (n, x)) for n in (200, 3, -1, 0, 404, 5, 8) for x in (0.5, -0.5)],
    (numbers, (True, 2.0)), *[(sequences, (a, b, 0.25)) for a in (0, 1, 4) for b in (0, 1, 2, 7)],
    (others, (np.ones(2), 0.5)),
])
def test_as_in_cpython(function, args):
    check(function, *args)


def test_derivatives():
    assert dsl.grad(expression)(1.5) == 6.0 * 1.5 + 1.0
    assert dsl.hessian(expression)(1.5) == 6.0
    assert dsl.grad(numbers, 1)(5, 2.0) == 5.0
    assert dsl.jvp(sequences, (0, 2, 3.0), (None, None, 1.0))[1] == 2.0 + 2 * 3.0


def halves(xs):
    match len(xs):
        case 1:
            return xs[0] * xs[0]
        case n:
            return 0.5 * halves(xs[: n // 2]) + halves(xs[n // 2 :])


def test_a_recursion_over_halves_of_an_array():
    xs = np.array([1.0, -2.0, 3.0, 0.5, 2.0])
    check(halves, xs)
    weights = [halves(row) for row in np.eye(5)]
    np.testing.assert_allclose(dsl.grad(halves)(xs), 2 * xs * weights)
