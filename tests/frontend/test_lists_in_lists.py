"""Lists in lists of which there are as many as is known only at run time, that grow, are shared, passed along and
returned: as in CPython, and with derivatives."""

import math
from collections import deque

import numpy as np
import pytest

import dsl
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import check
from tests.fuzz.interpreted import interpreting


def adjacency(n):
    graph = [[] for _ in range(n)]
    for u in range(n):
        for v in range(n):
            if (u * v) % 3 == 1:
                graph[u].append(v)
    total = 0
    for u in range(n):
        for v in graph[u]:
            total += u * v
    return total, len(graph[1]), graph


def pascal(n):
    rows = [[1]]
    for k in range(n):
        last = rows[-1]
        row = [1]
        for i in range(len(last) - 1):
            row.append(last[i] + last[i + 1])
        row.append(1)
        rows.append(row)
    return rows


def ragged(x, n):
    rows = []
    for i in range(n):
        row = []
        for j in range(i + 1):
            row.append(x * j + i)
        rows.append(row)
    s = 0.0
    for row in rows:
        for v in row:
            s += v * v
    rows[2][1] = s
    return s, rows[-1][0], rows[2]


def alias(n):
    rows = []
    row = []
    for i in range(n):
        row.append(i)
        rows.append(row)
    other = rows[0]
    other.append(99)
    rows[1].pop()
    rows[2].append(5)
    rows[1][0] = 7
    return rows, row, len(row), rows[0] is rows[1]


def buckets(n, k):
    b = [[] for _ in range(k)]
    for i in range(n):
        b[(i * 7919) % k].append(i)
    return [sorted(x) for x in b], sum(len(x) for x in b), max(len(x) for x in b)


def binomials(n):
    t = [[0] * (i + 1) for i in range(n)]
    for i in range(n):
        t[i][0] = t[i][i] = 1
        for j in range(1, i):
            t[i][j] = t[i - 1][j - 1] + t[i - 1][j]
    return t


def paths(n):
    q = deque([[0]])
    found = []
    while q:
        path = q.popleft()
        last = path[-1]
        if last >= n:
            found.append(path)
            continue
        for step in (1, 3):
            q.append(path + [last + step])
    return found


def pivot(x, n):
    a = [[math.sin(x + 3.0 * i + j * j) for j in range(n + 1)] for i in range(n)]
    for c in range(n):
        p = c
        for r in range(c + 1, n):
            if abs(a[r][c]) > abs(a[p][c]):
                p = r
        a[c], a[p] = a[p], a[c]
        for r in range(c + 1, n):
            f = a[r][c] / a[c][c]
            for k in range(c, n + 1):
                a[r][k] -= f * a[c][k]
    sol = [0.0] * n
    for i in range(n - 1, -1, -1):
        s = a[i][n]
        for j in range(i + 1, n):
            s -= a[i][j] * sol[j]
        sol[i] = s / a[i][i]
    return sol


def three(n):
    cube = []
    for i in range(n):
        plane = []
        for j in range(i + 1):
            line = []
            for k in range(j + 1):
                line.append(i + j * k)
            plane.append(line)
        cube.append(plane)
    return cube, cube[-1][-1][-1], sum(len(p) for p in cube)


def chained(x, n):
    rows = []
    for i in range(n):
        row = [x * i]
        for j in range(i):
            row.append(row[j] * x + math.sin(j))
        rows.append(row)
    s = 0.0
    for row in rows:
        row[0] *= 2.0
        while len(row) > 2:
            s += row.pop() * row[0]
    return s


def shortest_of_pairs(n):
    q = [(0, [0])]
    best = 0
    while q:
        node, path = q.pop(0)
        if node >= n:
            best = max(best, len(path))
        else:
            q.append((node + 2, path + [node + 2]))
            q.append((node + 3, path + [node + 3]))
    return best


def subsets(n):
    result = []
    path = []
    def go(i):
        if i == n:
            result.append(path[:])
            return
        go(i + 1)
        path.append(i)
        go(i + 1)
        path.pop()
    go(0)
    return result


def permutations(n):
    out = []
    used = [False] * n
    perm([], used, n, out)
    return out, len(out)


def perm(cur, used, n, out):
    if len(cur) == n:
        out.append(cur[:])
        return
    for k in range(n):
        if not used[k]:
            used[k] = True
            cur.append(k)
            perm(cur, used, n, out)
            cur.pop()
            used[k] = False


def returned(n):
    return squares(n)


def squares(n):
    if n == 0:
        return []
    rest = squares(n - 1)
    rest.append(n * n)
    return rest


def cat(n):
    if n <= 1:
        return [n]
    return cat(n // 2) + cat(n - n // 2 - 1)


def msort(n):
    xs = [(i * 7919) % 101 for i in range(n)]
    return merge_sort(xs)


def merge_sort(xs):
    if len(xs) <= 1:
        return xs
    mid = len(xs) // 2
    a = merge_sort(xs[:mid])
    b = merge_sort(xs[mid:])
    out = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    out.extend(a[i:])
    out.extend(b[j:])
    return out


def quick(n):
    xs = [(i * 7919) % 101 for i in range(n)]
    return qs(xs)


def qs(xs):
    if len(xs) <= 1:
        return xs
    p = xs[0]
    lo = [x for x in xs[1:] if x < p]
    hi = [x for x in xs[1:] if x >= p]
    return qs(lo) + [p] + qs(hi)


def dfs(n):
    graph = [[] for _ in range(n)]
    for u in range(n):
        graph[u].append((u * 2 + 1) % n)
        graph[u].append((u * 3 + 2) % n)
    seen = [False] * n
    order = []
    visit(0, graph, seen, order)
    return order


def visit(u, graph, seen, order):
    seen[u] = True
    for v in graph[u]:
        if not seen[v]:
            visit(v, graph, seen, order)
    order.append(u)


def sums(x, n):
    leaves = []
    branch(x, n, leaves)
    s = 0.0
    for v in leaves:
        s += v * v
    return s


def branch(x, n, leaves):
    if n == 0:
        leaves.append(math.sin(x))
        return
    branch(x * 0.9, n - 1, leaves)
    branch(x + 0.1, n - 1, leaves)


def matrix_methods(n):
    m = [[i * j for j in range(n)] for i in range(n)]
    m.append([7] * n)
    m[0] = m[1]
    m[1][0] = 5
    m[2], m[3] = m[3], m[2]
    m[3].insert(1, 9)
    del m[2][0]
    m[-1] += [1, 2]
    m[0].extend(m[3])
    m[0].extend(m[0])
    rest = m[1:3]
    rest[0].reverse()
    m.sort(key=len)
    return m, rest, [9, 4] in m, m[0] == m[0][:], m[0] is m[1], sum(map(sum, m)), [max(r) for r in m]


def queue_in_list(n):
    lanes = [[] for _ in range(3)]
    for i in range(n):
        lanes[i * i % 3].append(i)
    served = []
    while lanes[0] or lanes[1]:
        lane = lanes[0] if len(lanes[0]) >= len(lanes[1]) else lanes[1]
        served.append(lane.pop(0))
        if len(served) % 4 == 0:
            lanes[1].append(served[-1] + 100)
            lanes[0].clear()
            lanes[0].append(-1)
        if len(served) > 3 * n:
            break
    return served, lanes


def no_such_item(n):
    rows = [[1] * k for k in range(n)]
    return rows[n - 1][n - 1]


def no_such_list(n):
    rows = []
    for k in range(n):
        rows.append([k])
    return rows[n][0]


CASES = [
    (adjacency, 7), (pascal, 6), (alias, 4), (buckets, 40, 6), (binomials, 6), (paths, 6), (three, 4),
    (shortest_of_pairs, 9), (subsets, 3), (permutations, 3), (squares, 5), (cat, 13), (msort, 20), (quick, 20),
    (dfs, 9), (matrix_methods, 4), (queue_in_list, 12), (no_such_item, 4), (no_such_list, 3), (adjacency, 0),
]  # fmt: skip


@pytest.mark.parametrize("function, args", [(f, args) for f, *args in CASES], ids=[case[0].__name__ for case in CASES])
def test_values(function, args):
    check(function, *args)


@pytest.mark.parametrize("function, args", [(ragged, (1.5, 4)), (pivot, (0.3, 4)), (sums, (0.4, 4))])
def test_floats(function, args):
    check(function, *args, approximately=True)


@pytest.mark.parametrize("function, x, n", [(chained, 0.7, 5), (sums, 0.4, 4)])
def test_derivatives(function, x, n):
    h = 1e-4
    stencil = [(function(x + k * h, n) - function(x - k * h, n)) / (2 * k * h) for k in (1, 2)]
    expected = (4 * stencil[0] - stencil[1]) / 3
    with interpreting():
        assert dsl.grad(function)(x, n) == pytest.approx(expected, rel=1e-9)
        assert dsl.jvp(function, (x, n), (1.0, 0))[1] == pytest.approx(expected, rel=1e-9)
        slope = dsl.grad(function)
        second = (slope(x + h, n) - slope(x - h, n)) / (2 * h)
        assert dsl.grad(slope)(x, n) == pytest.approx(second, rel=1e-6)


def first_of(rows):
    return rows[0][0]


def given_lists(n):
    rows = [[1.0] for k in range(n)]
    rows[0].append(2.0)
    return dsl.grad(first_of)(rows)


def made_inside(x, n):
    def g(x):
        rows = []
        for k in range(n):
            rows.append([x] * k)
        return rows[2][1]
    return dsl.grad(g)(x)


def test_derivatives_inside_of_a_kernel_are_refused():
    with pytest.raises(CompileError, match="as what a differentiated function takes"):
        dsl.kernel(given_lists)(3)
    with pytest.raises(CompileError, match="makes or changes lists in a list"):
        dsl.kernel(made_inside)(1.0, 3)


def test_native_code_makes_room():
    """Lists that are moved within their pool, with more cells than there is room for at first."""
    kernel = dsl.kernel(chained)
    assert kernel(0.01, 90) == pytest.approx(chained(0.01, 90), rel=1e-12)


@pytest.mark.vulkan
def test_on_a_gpu(require_device):
    require_device("vulkan")
    gradient = dsl.grad(dsl.kernel(chained, target="vulkan"))(np.float32(0.7), 5)
    assert gradient == pytest.approx(237.448703, rel=1e-4)
