"""Dicts whose keys are known only at run time, in small programs: values, errors and derivatives."""

import copy
import math
from collections import Counter, defaultdict
from typing import NamedTuple

import numpy as np
import pytest

import dsl
from tests.frontend.compare import check, in_ir, in_python
from tests.frontend.test_growing_lists import check_derivatives


class P(NamedTuple):
    a: float
    b: float


def memo_loop(x, n):
    memo = {}
    total = 0.0
    for i in range(n):
        k = i * i % 7
        if k in memo:
            total += memo[k]
        else:
            memo[k] = math.sin(x * k) + i
            total += memo[k] * 2.0
    return total + len(memo)


def fib(n, memo, x):
    if n in memo:
        return memo[n]
    if n < 2:
        return x * n
    memo[n] = fib(n - 1, memo, x) + fib(n - 2, memo, x)
    return memo[n]


def fibs(x, n):
    return fib(n, {}, x)


def counts(x, n):
    c = Counter()
    for i in range(n):
        c[i % 3] += 1
    d = defaultdict(float)
    for i in range(n):
        d[i % 4] += x * i
    s = 0.0
    for k, v in d.items():
        s += k * v * v + c[k]
    return s


def lookups(x, n):
    d = {10: x, 20: 2.0 * x, 30: x * x}
    s = 0.0
    for i in range(n):
        s += d[10 * (i % 3 + 1)] * i + d.get(i, 0.5)
    return s


def changes(x, n):
    d = {}
    for i in range(n):
        d[i] = x * i
    for i in range(0, n, 2):
        del d[i]
    p = 0.0
    if n > 3:
        p = d.pop(3) + d.pop(100, x)
    d[2] = x ** 3
    for k in d:
        d[k] = d[k] * 1.5
    for k in sorted(d):
        p = p * 0.5 + d[k]
    return p + sum(d.values()) + max(d, key=d.get) + d.setdefault(77, x) + d.setdefault(2, 1.0) + len(d)


def comp(x, n):
    d = {i * 3: x * i for i in range(n)}
    e = dict(d)
    e[5] = x
    e.update(d)
    e.update({7: x})
    s = 0.0
    for k, v in e.items():
        s += v * (k + 1)
    return s + len(list(d)) + (1.0 if 6 in d else 0.0)


def tuples(x, n):
    d = {}
    for i in range(n):
        for j in range(3):
            d[i % 4, j] = d.get((i % 4, j), 0.0) + x * (i + 1) * j
    s = 0.0
    for (i, j), v in d.items():
        s += v * (i + 2 * j)
    return s


def structs(x, n):
    d = {}
    for i in range(n):
        d[i % 5] = P(x * i, x)
    s = 0.0
    for p in d.values():
        s += p.a * p.b
    return s


def none_values(x, n):
    seen = {}
    for i in range(n):
        seen[i * 7 % 10] = None
    best = seen.get(3)
    y = {1: x}.get(n)
    return len(seen) + (x if best is None else 0.0) + (0.0 if y is None else y * y)


def errors(x, n):
    d = {}
    for i in range(n):
        d[i] = x * i
    s = 0.0
    for i in range(n + 2):
        try:
            s += d[i]
        except KeyError:
            s += 100.0 * x
    return s


def big(x, n):
    d = {}
    for i in range(300):
        k = (i * 7919) % 1024 - 300
        if k in d:
            d[k] += x
        else:
            d[k] = x * i
    s = 0.0
    for k in d:
        s += d[k] * math.cos(k)
    return s


def paths(x, n):
    d = {1: x}
    if n > 2:
        d[2] = x * x
    if n > 3:
        d = {5: x}
    return sum(d.values()) + len(d)


def common(x, n):
    c = Counter([i * i % 5 for i in range(n)])
    s = 0.0
    for k, v in c.most_common(2):
        s = s * 10 + k + v * x
    return s


def collatz(x, n):
    lengths = {1: 1}
    for start in range(1, n + 1):
        k, steps = start, 0
        while k not in lengths:
            k = k // 2 if k % 2 == 0 else 3 * k + 1
            steps += 1
        lengths[start] = lengths[k] + steps
    return x * max(lengths.values())


def structures(n):
    """Two names for one dict, a choice of one of two, copies, truth, and the order of the entries."""
    d, e = {}, {}
    for i in range(n):
        (d if i % 3 else e)[i * 7 % 5] = i
    same = d
    same[2] = -1
    f = copy.copy(d)
    f.clear()
    f[9] = 9
    g = copy.deepcopy(d)
    g[100] = 1
    return list(d), list(e.items()), list(f.values()), list(g), bool(d), bool({}), len(same), 2 in d, 2 in e.keys()


def stack_of_entries(n):
    d = {i: i * i for i in range(n)}
    found = []
    while d:
        key, value = d.popitem()
        found.append((key, value))
        if key % 3 == 0 and d:
            found.append((-1, d.pop(0, 7)))
    return found


def nested_comprehension(n):
    d = {(i, j): i * j for i in range(n) for j in range(i) if (i + j) % 2}
    return list(d.items()), max(d.values()) if d else None, sorted(d), (2, 1) in d, 2 in d, "a" in d


def window(n):
    """The most frequent number in a window, with entries that go."""
    counts, best = Counter(), 0
    for i in range(n):
        counts[i * i % 7] += 1
        if i >= 5:
            old = (i - 5) * (i - 5) % 7
            counts[old] -= 1
            if counts[old] == 0:
                del counts[old]
        best = max(best, max(counts.values()))
    return best, list(counts.items()), counts[1000], Counter("abca").most_common(1)


NAMES = {1: "one", 2: "two"}
WEIGHTS = {3: 0.5, 5: 1.5, -7: 2.5}


def known_keys(n):
    """Dicts of the module, and one with strings, looked up by a number known only at run time."""
    total = 0.0
    for k in range(-8, n):
        total = total * 0.5 + (WEIGHTS[k] if k in WEIGHTS else WEIGHTS.get(-k, 0.25))
    d = {"a": 1, 4: 2, True: 3}
    return total, {4: 1, "x": 2}.get(n, 5), n in d, n in NAMES


def numpy_keys(a):
    d = {}
    for v in a:
        d[v] = d.get(v, 0) + 1
    return len(d), d[3], list(d.values())


def recursive(n):
    memo = {}

    def ways(k, most):
        if k == 0:
            return 1
        if (k, most) in memo:
            return memo[k, most]
        total = 0
        for part in range(1, min(k, most) + 1):
            total += ways(k - part, part)
        memo[k, most] = total
        return total

    return ways(n, n), len(memo)


def missing(n):
    d = {}
    for i in range(n):
        d[i] = i
    return d[n + 3]


def missing_pair(n):
    d = {(0, 1): 2.0}
    d[n, n] = 1.0
    return d[n, 1]


def missing_known(n):
    return WEIGHTS[n]


def missing_name(n):
    return {"a": n}["b"]


def missing_pop(n):
    d = {n: 1, n + 1: 2}
    return d.pop(7)


def missing_del(n):
    d = {n: 1}
    del d[n]
    del d[n]


def popitem_of_empty(n):
    d = {n: 1}
    return d.popitem(), d.popitem()


def longer_while_gone_over(n):
    d = {n: 1}
    for k in d:
        d[k + 1] = 2
    return len(d)


def shorter_while_gone_over(n):
    d = {i: i for i in range(n)}
    for k, v in d.items():
        if v == 1:
            del d[k]
    return len(d)


def raised_by_key(n):
    raise KeyError(n)


def raised_by_text(n):
    raise KeyError(f"{n}")


SMOOTH = [memo_loop, fibs, counts, lookups, changes, comp, tuples, structs, none_values, errors, paths]
WHOLE = [structures, stack_of_entries, nested_comprehension, window, known_keys, recursive]
FAILING = [missing, missing_pair, missing_known, missing_name, missing_pop, missing_del, popitem_of_empty,
           longer_while_gone_over, shorter_while_gone_over, raised_by_key, raised_by_text]


@pytest.mark.parametrize("function", [*SMOOTH, big, common, collatz])
@pytest.mark.parametrize("n", (0, 1, 7))
def test_numbers(function, n):
    check(function, 0.75, n, approximately=True)


@pytest.mark.parametrize("function", WHOLE)
@pytest.mark.parametrize("n", (0, 9))
def test_structures(function, n):
    check(function, n)


def test_keys_that_are_numpy_numbers():
    check(numpy_keys, np.array([3, 1, 3, 9]))


@pytest.mark.parametrize("function", FAILING)
def test_errors(function):
    expected, found = in_python(function, (4,))[2], in_ir(function, (4,))[2]
    assert (type(found), str(found)) == (type(expected), str(expected))


@pytest.mark.parametrize("function", SMOOTH)
def test_derivatives(function):
    check_derivatives((function, (0.7, 7)))


def test_native():
    assert dsl.kernel(collatz)(1.0, 3000) == collatz(1.0, 3000)
    assert dsl.grad(big)(0.5, 1) == pytest.approx(big(1.5, 1) - big(0.5, 1))
    with pytest.raises(KeyError) as caught:
        dsl.kernel(missing_pair)(4)
    assert caught.value.args == ((4, 1),)


REFUSED = {
    "a list": ("a list as|values of several kinds", lambda n: [{n: [1]}, 1][1]),
    "a float": ("a float as a key", lambda n: [{n * 0.5: 1}, 1][1]),
    "strings": ("keys or values of several kinds", lambda n: [dict([("a", 1), (n, 2)]), 1][1]),
    "a result": ("cannot return a dict whose keys are known only at run time", lambda n: {n: 1}),
    "a Counter": ("cannot return a Counter", lambda n: Counter([1, 2])),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    message, function = REFUSED[case]
    with pytest.raises(dsl.Error, match=message):
        in_ir(function, (3,))
