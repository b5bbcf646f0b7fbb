"""A loop over something that it changes sees the changes, as in CPython; a list may become longer or shorter, too."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import pytest

from dsl.frontend.lower import lower
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import check


def items(xs):
    t = 0.0
    for x in xs:
        xs[2] = x * 2.0
        t += x
    return t, xs


def numbered(xs):
    t = 0.0
    for k, x in enumerate(xs):
        xs[-1 - k] = x + 1.0
        t += x * k
    return t


def entries(d):
    t = 0.0
    for v in d.values():
        d["c"] = d["c"] * 2.0
        t += v
    for _, v in d.items():
        d["a"] += 1.0
        t += v
    for key in d:
        d[key] += t
    return t


def elements(a):
    t = 0.0
    for x in a:
        a[2] = x * 2.0
        t += x
    return t


def pairs(xs, ys):
    t = 0.0
    for x, y in zip(xs, reversed(ys)):
        ys[0] = x
        t += x * y
    return t


def on_some_paths(xs, n):
    t = 0.0
    for x in xs:
        if x > n:
            xs[2] = -1.0
        t += x
        if t > 100.0:
            break
    return t


def chosen(xs):
    t = 0.0
    for x in filter(lambda x: True, map(lambda x: x + 1.0, xs)):
        xs[1] = 10.0
        t += x
    return t


def a_copy(x):
    xs = [x, 2.0]
    for v in list(xs):
        xs.append(v)
    return xs, sum(v + len(xs) for v in xs)


def grows(x):
    xs = [x, 2.0]
    for v in xs:
        if len(xs) < 5:
            xs.append(v)
    return xs[-1]


def grows_in_the_end(x):
    xs = [x]
    for v in xs:
        if len(xs) < 2:
            xs.append(v)
    return xs[-1]


def shrinks(x):
    xs = [x, 2.0, 3.0]
    t = 0.0
    for v in xs:
        xs.pop()
        t += v
    return t


def appended_to(x, n):
    """CPython raises RuntimeError where it would take the next item of a deque that has changed."""
    queue, t = deque([x * k for k in range(n)]), 0.0
    for k, v in enumerate(queue):
        t += v
        queue[k] = v + 1.0
        queue.reverse()
        if v > 1.5:
            queue.append(v)
        if v > 2.5:
            break
    return t, len(queue)


def turned(x, n):
    """As many items as before, of a deque that has changed."""
    queue, t = deque([x, 2.0, 3.0]), 0.0
    try:
        for v in queue:
            t += v
            if t > n:
                queue.append(queue.popleft())
    except RuntimeError:
        t = -t
    else:
        t += 100.0
    queue.append(t)
    return t, queue[0], queue[-1]


def always_turned(x, n):
    queue = deque([x, 2.0, 3.0])
    for v in queue:
        queue.append(queue.popleft())
        if n > 3:
            return v
    return x


def bound_anew(x, n):
    """The loop goes on over what the name held."""
    xs, a, t = [x, 2.0, 3.0], np.array([x, 2.0, 3.0]), 0.0
    for v in xs:
        t += v
        xs[2] = t
        if v > n:
            xs = [t, t, t]
    for v in a:
        t += v
        a[2] = t
        if v > n:
            a = np.array([t, t, t])
    return t, xs, a


@dataclass
class Holder:
    xs: list


def bound_anew_in_a_field(x, n):
    holder, t = Holder([x, 2.0, 3.0]), 0.0
    for v in holder.xs:
        t += v
        holder.xs[2] = t
        if v > n:
            holder.xs = [t, t, t]
    return t, holder.xs


def deciding(x, n):
    """`any` and `all` take no item behind the one that decides."""
    taken = []

    def take(v):
        taken.append(v)
        return v > x

    quotients = any(10 // v > 1 for v in (5, n)), all(10 // v < 3 for v in range(5, n - 2, -1))
    return quotients, any(take(v) for v in np.array([1.0, 2.0, 3.0])), all(map(take, (4.0, 1.0, 5.0))), len(taken)


EQUAL = [
    (items, ([1.0, 2.0, 3.0],)), (numbered, ([1.0, 2.0, 3.0],)), (entries, ({"a": 1.0, "b": 2.0, "c": 3.0},)),
    (elements, (np.arange(3.0),)), (elements, (np.arange(40.0),)), (pairs, ([1.0, 2.0], [3.0, 4.0])),
    (on_some_paths, ([1.0, 2.0, 3.0], 1.5)), (chosen, ([1.0, 2.0, 3.0],)), (a_copy, (1.0,)),
    (grows, (1.0,)), (grows_in_the_end, (1.0,)), (shrinks, (1.0,)),
    *[(f, (1.0, n)) for f in (bound_anew, bound_anew_in_a_field, deciding, appended_to, turned, always_turned)
      for n in (0, 1, 3, 4, 9)],
]  # fmt: skip


@pytest.mark.parametrize(("function", "args"), EQUAL, ids=[f.__name__ for f, _ in EQUAL])
def test_equal(function, args):
    check(function, *args)


def popped(x, n):
    xs = [x * k for k in range(n)]
    return [xs.pop() for v in xs]


def popped_in_sum(x, n):
    xs = [x * k for k in range(n)]
    return sum(v + xs.pop() for v in xs)


def popped_where(x, n):
    xs = [x * k for k in range(n)]
    return [v for v in xs if xs.pop() > 1.0]


@pytest.mark.parametrize("function", [popped, popped_in_sum, popped_where])
def test_refused(function):
    with pytest.raises(CompileError, match="what a loop goes over changes its length"):
        lower(function, (1.0, 3))
