"""Lists whose length is known only at run time, in small programs: values, errors and derivatives."""


import math
from collections import deque

import pytest

import dsl
from tests.frontend.compare import check
from tests.fuzz.interpreted import interpreting


def grow_for(x, n):
    xs = []
    for i in range(n):
        xs.append(x * i)
    return sum(xs)


def grow_if(x, n):
    xs = []
    for i in range(n):
        if i % 3 != 1:
            xs.append(x * i)
    s = 0.0
    for k, v in enumerate(xs):
        s += v * k
    return s + len(xs)


def newton(x, n):
    iterates = [x]
    while len(iterates) < n + 1 and abs(iterates[-1] ** 2 - 2.0) > 1e-12:
        y = iterates[-1]
        iterates.append(y - (y * y - 2.0) / (2 * y))
    return sum(iterates) * iterates[0]


def stack(x, n):
    st = [x]
    total = 0.0
    while st:
        v = st.pop()
        total += v * v
        if len(st) < n and v > 0.1:
            st.append(v * 0.5)
            st.append(v * 0.25)
    return total


def queue(x, n):
    q = [x]
    seen = 0
    total = 0.0
    while q and seen < n:
        v = q.pop(0)
        total += v
        seen += 1
        q.append(v * 0.5)
        q.append(v + 0.1)
    return total


def zeros(x, n):
    xs = [0.0] * n
    for i in range(n):
        xs[i] = x + i
    for i in range(1, len(xs)):
        xs[i] += xs[i - 1] * 0.5
    return xs[-1] if xs else x


def comprehensions(x, n):
    xs = [x * i for i in range(n)]
    ys = [v * 2 for v in xs if v > 1.0]
    zs = [a * b for a in xs for b in ys if a < b]
    return sum(xs) + sum(ys) + sum(zs)


def slices(x, n):
    xs = [x * i for i in range(n)]
    ys = xs[1:3] + xs[-2:] + xs[::2]
    zs = xs[n // 2:]
    ws = xs[::-1]
    t = 0.0
    for a, b in zip(ys, ws):
        t += a * b
    return t + sum(zs)


def inserting(x, n):
    xs = []
    for i in range(n):
        xs.insert(i // 2, x + i)
    xs.insert(-1, 7.0)
    t = 0.0
    for k in range(len(xs)):
        t += xs[k] * k
    v = xs.pop(len(xs) // 2)
    return t + v * xs[0]


def backwards(x, n):
    xs = [x + i for i in range(n)]
    xs.reverse()
    t = 0.0
    for v in reversed(xs):
        t = t * 0.5 + v
    return t


def maxmin(x, n):
    xs = [math.sin(x * i) for i in range(n)]
    if not xs:
        return x
    return max(xs) * min(xs) + max(v * v for v in xs)


def sieve(n):
    is_prime = [True] * (n + 1)
    primes = []
    for p in range(2, n + 1):
        if is_prime[p]:
            primes.append(p)
            for k in range(p * p, n + 1, p):
                is_prime[k] = False
    return (sum(primes), len(primes), 13 in primes)


def alias(x, n):
    xs = [x]
    ys = xs
    for i in range(n):
        ys.append(xs[-1] * 2)
    return (len(xs), xs[-1], xs is ys)


def tuples(x, n):
    xs = [(x, 0)]
    for i in range(n):
        a, k = xs[-1]
        xs.append((a * 0.9, k + i))
    t = 0.0
    for a, k in xs:
        t += a * k
    return t


def sorting(x, n):
    xs = [math.cos(x * i) for i in range(n)]
    ys = sorted(xs)
    xs.sort(reverse=True)
    t = 0.0
    for k in range(n):
        t += ys[k] * k + xs[k] * k * k
    return t


def helper_extend(xs, v):
    xs.extend([v, v * 2])
    xs += [v * 3]
    return xs


def helpers(x, n):
    xs = []
    for i in range(n):
        helper_extend(xs, x * i)
    ys = xs.copy()
    ys.extend(xs)
    ys.append(1.0)
    return sum(ys) + len(xs)


def equality(x, n):
    xs = [i for i in range(n)]
    ys = []
    for i in range(n):
        ys.append(i)
    return (xs == ys, xs != ys, ys.index(n // 2) if n else 0, ys.count(0))


def collatz(n):
    xs = [n]
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        xs.append(n)
    return (len(xs), max(xs), sum(xs))


def live_for(x, n):
    xs = [x]
    for v in xs:
        if len(xs) < n:
            xs.append(v * 0.5)
    return sum(xs)


def pop_empty(x, n):
    xs = []
    for i in range(n):
        xs.append(x)
    t = 0.0
    for i in range(n + 1):
        t += xs.pop()
    return t


def out_of_range(x, n):
    xs = [x for i in range(n)]
    return xs[n]


def paths(x, n):
    xs = [x]
    if x > 0:
        xs.append(x)
    return len(xs)


def frontier(n):
    cur = [1]
    total = 0
    for _ in range(n):
        nxt = []
        for v in cur:
            if v < 40:
                nxt.append(v * 2)
                nxt.append(v * 3)
        total += len(nxt)
        cur = nxt
    return total


def merge(n):
    a = [i * 3 for i in range(n)]
    b = [i * 2 + 1 for i in range(n)]
    out = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] < b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    out.extend(a[i:])
    out.extend(b[j:])
    t = 0
    for k, v in enumerate(out):
        t += k * v
    return t


def trying(x, n):
    xs = []
    t = 0.0
    for i in range(n):
        try:
            if i % 3 == 2:
                t += xs.pop()
                t += xs.pop()
                t += xs.pop()
            else:
                xs.append(x * i)
        except IndexError:
            t += 100.0
    return t + len(xs)


def live_enumerate(x, n):
    xs = [x, x + 1]
    t = 0.0
    for k, v in enumerate(xs):
        t += k * v
        if v > 0.3:
            xs.append(v * 0.5)
    return t


def live_break(x, n):
    xs = [x * i for i in range(n)]
    t = 0.0
    for v in xs:
        t = t * 0.9 + v
        if len(xs) < 20:
            xs.append(v + 1.0)
        if t > 1000:
            break
    return t


def deque_as_queue(x, n):
    q = deque([x])
    t = 0.0
    steps = 0
    while q and steps < n:
        v = q.popleft()
        t += v * v
        steps += 1
        if steps % 3 == 0:
            q.appendleft(v * 0.3)
        else:
            q.append(v * 0.5)
            q.append(v * 0.9)
    return t + len(q) + q[0] * q[-1]


def deque_from_left(x, n):
    q = deque()
    for i in range(n):
        q.appendleft(x + i)
        q.appendleft(x - i)
        if i % 2:
            q.pop()
    t = 0.0
    for k, v in enumerate(q):
        t += k * v
    return t


def bfs(n):
    distance = [-1] * (n * n)
    q = deque([(0, 0)])
    distance[0] = 0
    while q:
        i, j = q.popleft()
        for di, dj in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            a, b = (i + di, j + dj)
            if 0 <= a < n and 0 <= b < n and (a * b % 3 != 2) and (distance[a * n + b] < 0):
                distance[a * n + b] = distance[i * n + j] + 1
                q.append((a, b))
    return (distance, max(distance))


def deletions(x, n):
    xs = [x * i for i in range(n)]
    del xs[n // 2]
    del xs[-1]
    xs.remove(xs[0])
    ys = [1.0, x, 3.0]
    del ys[1]
    return sum(xs) * len(xs) + sum(ys)


def mixed(x, n):
    xs = [0]
    for i in range(n):
        xs.append(xs[-1] + x * i)
    best = [0] * (n + 1)
    for i in range(1, n + 1):
        best[i] = max(best[i - 1], xs[i] - 1)
    return best[n] + sum(xs)


def pop_empty_deque(n):
    q = deque()
    for i in range(n):
        q.append(i)
    for i in range(n + 1):
        q.popleft()
    return 0


def deque_index(n):
    q = deque([i for i in range(n)])
    return q[n]


def increasing(n):
    seq = [i * 7919 % 31 for i in range(n)]
    tails = []
    for v in seq:
        lo, hi = (0, len(tails))
        while lo < hi:
            mid = (lo + hi) // 2
            if tails[mid] < v:
                lo = mid + 1
            else:
                hi = mid
        if lo == len(tails):
            tails.append(v)
        else:
            tails[lo] = v
    return (len(tails), tails)


def stack_machine(x, n):
    ops = [0, 0, 1, 0, 2, 1]
    st = []
    for r in range(n):
        for op in ops:
            if op == 0:
                st.append(x + r)
            elif op == 1:
                b = st.pop()
                a = st.pop()
                st.append(a + b)
            else:
                b = st.pop()
                a = st.pop()
                st.append(a * b)
            if len(st) < 2:
                st.append(x)
                st.append(0.5)
    return st[-1] + len(st)


def nested_calls(x, n):

    def build(k):
        out = []
        for i in range(k):
            out.append(x * i)
        return out
    total = 0.0
    for k in range(n):
        xs = build(k)
        if xs:
            total += xs[-1] * len(xs)
    return total


def primes(n):
    is_prime = [True] * (n + 1)
    out = []
    for p in range(2, n + 1):
        if is_prime[p]:
            out.append(p)
            for k in range(p * p, n + 1, p):
                is_prime[k] = False
    return out


def factors(n):
    fs = []
    p = 2
    while n > 1:
        while n % p == 0:
            fs.append(p)
            n //= p
        p += 1
    return (fs, len(fs))


def pairs(x, n):
    return ([(x * i, i, i % 2 == 0) for i in range(n)], [i * x for i in range(n)])


def one_path(n):
    xs = [1]
    if n > 3:
        xs.append(2)
    return xs


def queue_result(n):
    q = [i for i in range(n)]
    q.pop(0)
    q.append(5)
    return q


def empty(n):
    xs = [0.0 for _ in range(n)]
    return xs


def pascal(n):
    row = [1]
    for _ in range(n):
        nxt = [1]
        for k in range(len(row) - 1):
            nxt.append(row[k] + row[k + 1])
        nxt.append(1)
        row = nxt
    return row


def polymul(n, x):
    p = [1.0 * i for i in range(n)]
    q = [x for i in range(n + 1)]
    out = [0.0] * (len(p) + len(q) - 1)
    for i in range(len(p)):
        for j in range(len(q)):
            out[i + j] += p[i] * q[j]
    return out


def walk(x, n, out):
    if n < 1:
        out.append(x)
        return
    walk(x * 0.5, n - 1, out)
    walk(x + 1.0, n - 2, out)


def leaves(x, n):
    """A recursion that makes a list longer."""
    out = []
    walk(x, n, out)
    t = 0.0
    for k, v in enumerate(out):
        t += k * v * v
    return t


def tower(n):
    moves = []

    def move(k, a, b, c):
        if k > 0:
            move(k - 1, a, c, b)
            moves.append((a, c))
            move(k - 1, b, a, c)

    move(n, 0, 1, 2)
    return moves


SMOOTH = [
    (leaves, (1.5, 4)),
    (grow_for, (1.5, 7)), (grow_if, (1.5, 9)), (newton, (1.5, 6)), (stack, (1.5, 4)), (queue, (1.5, 9)),
    (zeros, (1.5, 6)), (zeros, (1.5, 0)), (comprehensions, (0.7, 6)), (slices, (0.7, 6)), (inserting, (0.7, 6)),
    (backwards, (0.7, 6)), (maxmin, (0.7, 6)), (tuples, (1.5, 4)), (sorting, (0.7, 9)), (helpers, (0.7, 5)),
    (live_for, (1.5, 6)), (live_enumerate, (1.5, 6)), (live_break, (1.5, 6)), (deque_as_queue, (1.5, 12)),
    (deque_from_left, (1.5, 9)), (deletions, (1.5, 7)), (mixed, (0.7, 6)), (stack_machine, (0.9, 4)),
    (nested_calls, (1.5, 6)), (trying, (1.5, 11)),
]
WHOLE = [
    (tower, (3,)),
    (sieve, (50,)), (alias, (1.5, 4)), (equality, (0.7, 5)), (equality, (0.7, 0)), (collatz, (27,)),
    (paths, (1.0, 2)), (paths, (-1.0, 2)), (frontier, (6,)), (merge, (6,)), (bfs, (6,)), (increasing, (25,)),
    (primes, (100,)), (factors, (360,)), (pairs, (1.5, 4)), (pairs, (1.5, 0)), (one_path, (4,)), (one_path, (1,)),
    (queue_result, (6,)), (empty, (0,)), (empty, (3,)), (pascal, (6,)), (polymul, (4, 1.5)),
]
FAILING = [(pop_empty, (1.5, 3)), (out_of_range, (1.5, 3)), (pop_empty_deque, (3,)), (deque_index, (3,))]


def named(case):
    return case[0].__name__


@pytest.mark.parametrize("case", SMOOTH + WHOLE + FAILING, ids=named)
def test_equals_cpython(case):
    function, args = case
    check(function, *args)


def check_derivatives(case):
    """Both modes equality differences of CPython's values, and second derivatives by two ways are equality."""
    function, (x, n) = case
    h = 1e-6
    expected = (function(x + h, n) - function(x - h, n)) / (2 * h)
    gradient = dsl.grad(function)
    with interpreting():
        assert gradient(x, n) == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert dsl.jvp(function, (x, n), (1.0, None))[1] == pytest.approx(expected, rel=1e-6, abs=1e-6)
        second = dsl.grad(gradient)(x, n)
        assert dsl.jvp(gradient, (x, n), (1.0, None))[1] == pytest.approx(second, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("case", SMOOTH, ids=named)
def test_derivatives(case):
    check_derivatives(case)


def test_room_is_made():
    """Native code, with lists longer than there is room for at first."""
    assert dsl.kernel(primes)(30_000) == primes(30_000)
    assert dsl.grad(grow_for)(1.5, 5000) == sum(range(5000))
    assert dsl.grad(queue)(1.5, 3000) == pytest.approx((queue(1.5 + 1e-3, 3000) - queue(1.5 - 1e-3, 3000)) / 2e-3)


def test_the_place_of_an_error():
    with pytest.raises(IndexError, match="pop from empty list") as caught:
        dsl.kernel(pop_empty)(1.5, 3)
    assert any("t += xs.pop()" in note for note in caught.value.__notes__)


def test_lists_have_no_derivatives_as_results():
    with pytest.raises(dsl.Error, match="returns a list whose length is known only at run time"):
        dsl.jvp(polymul, (4, 1.5), (None, 1.0))
