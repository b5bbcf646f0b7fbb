"""Lists in lists: adjacency lists, buckets, rows of their own lengths, and what backtracking collects."""

from collections import deque

import numpy as np

from tests.corpus import Routine


def levels(count, edges):
    """How far each node of an undirected graph is from node 0, breadth first; -1 where no way leads there."""
    neighbours = [[] for _ in range(count)]
    for k in range(0, len(edges), 2):
        neighbours[edges[k]].append(edges[k + 1])
        neighbours[edges[k + 1]].append(edges[k])
    distance = [-1] * count
    distance[0] = 0
    waiting = deque([0])
    while waiting:
        node = waiting.popleft()
        for other in neighbours[node]:
            if distance[other] < 0:
                distance[other] = distance[node] + 1
                waiting.append(other)
    return distance, len(neighbours[0])


def topological_order(count, edges):
    """Kahn: nodes without an open predecessor first."""
    behind, open_before = [[] for _ in range(count)], [0] * count
    for k in range(0, len(edges), 2):
        behind[edges[k]].append(edges[k + 1])
        open_before[edges[k + 1]] += 1
    ready = [node for node in range(count) if open_before[node] == 0]
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for other in behind[node]:
            open_before[other] -= 1
            if open_before[other] == 0:
                ready.append(other)
    return order


def shortest_ways(count, edges, lengths):
    """Bellman and Ford by a queue: the sum of the lengths of the shortest ways from node 0."""
    ways = [[] for _ in range(count)]
    for k, length in enumerate(lengths):
        ways[edges[2 * k]].append((edges[2 * k + 1], length))
    distance = [1e9] * count
    distance[0] = 0.0
    waiting = [0]
    while waiting:
        node = waiting.pop(0)
        for other, length in ways[node]:
            if distance[node] + length < distance[other]:
                distance[other] = distance[node] + length
                waiting.append(other)
    total = 0.0
    for d in distance:
        total += d
    return total


def bucket_medians(values, count):
    """Values from 0 to 1 in buckets of equal width, sorted in each; the sum of squares of their middle items."""
    buckets = [[] for _ in range(count)]
    for value in values:
        buckets[int(value * count)].append(value)
    total = 0.0
    for bucket in buckets:
        if bucket:
            bucket.sort()
            total += bucket[len(bucket) // 2] ** 2
    return total


def neville(xs, ys, x):
    """Interpolation by a triangle of which each row is shorter than the one before."""
    rows = [[y for y in ys]]
    while len(rows[-1]) > 1:
        last, step = rows[-1], len(rows)
        row = []
        for k in range(len(last) - 1):
            span = xs[k + step] - xs[k]
            row.append(((x - xs[k]) * last[k + 1] + (xs[k + step] - x) * last[k]) / span)
        rows.append(row)
    return rows[-1][0]


def partitions(n, largest):
    """The ways to write n as a sum of numbers of at most `largest`, found by backtracking."""
    found = []
    extend(n, largest, [], found)
    return found, len(found)


def extend(rest, largest, parts, found):
    if rest == 0:
        found.append(parts[:])
        return
    for part in range(min(rest, largest), 0, -1):
        parts.append(part)
        extend(rest - part, part, parts, found)
        parts.pop()


EDGES = np.array([0, 1, 1, 2, 0, 3, 3, 4, 4, 2, 2, 5])
VALUES = np.array([0.61, 0.12, 0.93, 0.34, 0.55, 0.57, 0.18, 0.76, 0.31])

ROUTINES = [
    Routine(levels, (7, EDGES)),
    Routine(topological_order, (6, EDGES)),
    Routine(shortest_ways, (6, EDGES, np.array([0.5, 1.25, 0.75, 0.3, 0.4, 2.0])), wrt=(2,)),
    Routine(bucket_medians, (VALUES, 4), wrt=(0,)),
    Routine(neville, (np.array([0.0, 0.5, 1.5, 2.0]), np.array([1.0, 0.3, -0.4, 0.8]), 1.2), wrt=(0, 1, 2)),
    Routine(partitions, (6, 4)),
]
