"""Generators beside CPython: what goes over them, what leaves them early, and the order in which both sides run."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

import dsl
from dsl.frontend.lower import lower
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import check


def squares(n, k=1):
    for i in range(n):
        if i == 5:
            return
        yield i * i * k
    yield -1


def count(k=0):
    while True:
        yield k
        k += 1


def pairs(a):
    for i in range(len(a)):
        for j in range(i):
            yield a[i], a[j]


def several(n):
    yield from squares(n)
    yield 100
    yield from (1, 2)


def leaving(n, x):
    total = 0.0
    for v in squares(n):
        if v == 4:
            continue
        total += v * x
    for k in count(3):
        x = x * 1.5
        if x > n:
            break
    else:
        x = -1.0
    return total, x, k


def products(a):
    total = 0.0
    for u, v in pairs(a):
        total += u * v
        a[0] += 0.5
    return total


def consumed(n):
    found = sum(squares(n)), max(squares(n, 2)), any(v > 3 for v in count()), all(squares(n)), list(squares(n))
    return found, [v + 1 for v in squares(n) if v % 2], sorted(several(n)), sum(v for v in squares(n) if v > 2)


def numbered(n):
    out = 0
    for k, v in enumerate(several(n)):
        if v == 100:
            out += 1000 * k
        out += v
        if out > 3000:
            return out, k
    for v in map(lambda v: v * 2, filter(lambda v: v % 2, several(n))):
        out -= v
    return out, -1


def in_turn(n, x):
    def told(m):
        nonlocal x
        for i in range(m):
            x += 0.5
            yield x * i
            print("after", i, x)

    total = 0.0
    for a in told(n):
        for b in told(2):
            total += a * b
            if total > 20:
                break
        print("got", a)
        if total > 30:
            return total, x
    return total, x


def failing(n, x):
    def quotients(n):
        try:
            for i in range(n):
                yield 6 // (2 - i)
        except ZeroDivisionError:
            yield 77
        finally:
            print("end")

    total = 0.0
    for v in quotients(n):
        try:
            total = total * 2 + v / (x - v)
        except ZeroDivisionError:
            total += 0.25
            if total > 3:
                break
    return total


@dataclass
class Tree:
    value: float
    left: Tree | None = None
    right: Tree | None = None

    def walk(self):
        if self.left is not None:
            yield from self.left.walk()
        yield self.value
        if self.right is not None:
            yield from self.right.walk()


def in_order(x):
    tree, depth = Tree(x, Tree(1.0, None, Tree(x * x)), Tree(3.0)), 0.0
    for k, v in enumerate(tree.walk()):
        depth += v * (k + 1)
    return depth


def kinds_of_sums(n):
    """A loop of a generator carries what its consumer sums up: a float here, an int there."""
    sums = ()
    for start in (0.5, 0):
        total = 0
        for v in count():
            if v > n:
                break
            total += v * start
        sums = (*sums, total)
    return sums


def deep(x, n):
    """A number that is known changes from call to call, and the depth is not known."""
    if n <= 0:
        return sum(v * 0.5 for v in squares(4) if v < 3) + x
    return x + 0.5 * deep(math.cos(x), n - 1)


def deep_from_constant(n, x):
    return x * deep(0.25, n)


@pytest.mark.parametrize("function, args", [
    *[(f, (n, 1.5)) for f in (leaving, in_turn, failing, deep_from_constant) for n in (0, 1, 3, 8)],
    *[(f, (n,)) for f in (consumed, numbered, kinds_of_sums) for n in (0, 1, 4, 8)],
    (products, (np.array([1.0, -2.0, 3.0, 0.5]),)), (in_order, (2.0,)), (failing, (4, 3.0)),
])
def test_as_in_cpython(function, args):
    check(function, *args)


def test_derivatives():
    assert dsl.grad(in_order)(2.0) == 3.0 + 2 * 2 * 2.0
    assert dsl.hessian(in_order)(2.0) == 4.0
    smooth = lambda x: leaving(6, x)[0] * in_turn(3, x)[0]
    step = 1e-6
    assert dsl.grad(smooth)(0.3) == pytest.approx((smooth(0.3 + step) - smooth(0.3 - step)) / (2 * step), rel=1e-7)
    assert dsl.jvp(smooth, (0.3,), (1.0,))[1] == pytest.approx(dsl.grad(smooth)(0.3), rel=1e-13)


def twice(n):
    steps = squares(n)
    return sum(steps) + sum(steps)


def zipped(n):
    return sum(a * b for a, b in zip(squares(n), count()))


def left_in_finally(n):
    def guarded():
        try:
            yield 1
            yield n
        finally:
            print("end")

    steps = guarded()
    for v in steps:
        if v > n:
            break
    return v


@pytest.mark.parametrize("function, message", [
    (twice, "is gone over twice"), (zipped, "the generator squares here"), (squares, "is a generator function"),
    (left_in_finally, "leave a generator in the middle of a try"),
])
def test_refused(function, message):
    with pytest.raises(CompileError, match=message):
        lower(function, (3,))
