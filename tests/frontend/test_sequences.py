"""Tuples, lists, dicts, comprehensions and the builtins over them."""

import functools

import pytest

from tests.frontend.compare import check


def comprehension(x):
    xs = [x * k for k in range(4)]
    ys = [a + b for a, b in zip(xs, reversed(xs))]
    pairs = [(i, j) for i in range(3) for j in range(i) if i + j > 1]
    total = 0.0
    for i, j in pairs:
        total += i * 10 + j
    return xs, ys, total, sum(xs), sum(y * y for y in ys)


def running_sum(n):
    return sum(i * i for i in range(n)), sum(0.5 * i for i in range(n + 1)), any(i > 3 for i in range(n))


def builtins(a, b, c):
    values = (a, b, c)
    return (min(values), max(values), sorted(values), sorted(values, reverse=True), any(v > 2 for v in values),
            all(v > 0 for v in values), len(values), list(map(lambda v: v * 2, values)), min(a, b), max(b, c, a),
            sum(values, 1.0), list(enumerate(values, 1)), tuple(reversed(values)))


def lists(x):
    xs = [1.0, x, 3.0]
    xs[1] = xs[0] + x
    xs.append(x * 2)
    xs[-1] += 1.0
    last = xs.pop()
    first = xs.pop(0)
    ys = xs
    ys[0] = 7.0
    zs = xs.copy()
    zs[0] = 8.0
    xs.extend([x, x])
    xs.insert(1, 0.5)
    xs.reverse()
    return xs, ys, zs, last, first, xs + [1.0], [0.0] * 3, xs[1:3], len(xs), xs.index(0.5)


def dicts(x):
    d = {"a": x, "b": 2 * x}
    d["c"] = 3.0
    d["a"] += 1.0
    e = {**d, "z": 1.0}
    total = 0.0
    for _, value in e.items():
        total += value
    return d, e, total, "a" in d, d.get("q", 5.0), list(d.keys()), len(d), {k: v * 2 for k, v in d.items()}


def list_in_branch(x):
    xs = [x, x + 1.0]
    if x > 0.0:
        xs[0] = 5.0
        ys = [1.0, x]
    else:
        xs.append(2.0)
        xs.pop()
        ys = [2.0, 3.0]
    ys[0] += 1.0
    return xs, ys


def list_in_loop(x, n):
    xs = [0.0, 1.0]
    for i in range(n):
        xs[i % 2] += x
        xs = [xs[1], xs[0]]
    return xs


def mutated_argument(xs, d, n):
    for _ in range(n):
        xs[0] += xs[1]
        d["k"] = xs[0]
    return xs[0]


def partials(x):
    def f(a, b, c=1.0):
        return a * 100 + b * 10 + c

    g = functools.partial(f, 2.0, c=x)
    return g(3.0), functools.reduce(lambda p, q: p * 2 + q, [x, 1.0, 2.0]), max([1.0, x], key=lambda v: -v)


def compared(a, b):
    return (a, b) < (b, a), (a, b) == (b, a), [a, b] >= [b, b], a in (1, 2), b not in [a]


def repeated(x, how):
    return [x, 2.0] * 2 if how else (x, 2.0) * 2.0


CASES = [
    (repeated, [(1.0, True), (1.0, False)]),
    (comprehension, [(2.0,)]),
    (running_sum, [(0,), (5,), (30,)]),
    (builtins, [(3.0, 1.0, 2.0), (1.0, 1.0, 1.0)]),
    (lists, [(2.0,)]),
    (dicts, [(2.0,)]),
    (list_in_branch, [(2.0,), (-2.0,)]),
    (list_in_loop, [(2.0, 3), (1.0, 0)]),
    (mutated_argument, [([1.0, 2.0], {"k": 0.0}, 3)]),
    (partials, [(2.0,), (0.5,)]),
    (compared, [(1, 2), (2, 1), (3, 3)]),
]


@pytest.mark.parametrize("function, args", [(f, a) for f, rows in CASES for a in rows],
                         ids=lambda v: getattr(v, "__name__", str(v)))
def test_as_in_python(function, args):
    check(function, *args)
