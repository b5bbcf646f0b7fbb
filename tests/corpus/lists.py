"""Lists that grow: stacks, queues, tables, prefix sums, points, numbers found one by one."""

import math
from collections import deque

import numpy as np

from tests.corpus import Routine


def coin_change(amount):
    """The fewest coins of 1, 5, 12 and 19 for an amount, and which they are."""
    fewest, last = [0] * (amount + 1), [0] * (amount + 1)
    for value in range(1, amount + 1):
        fewest[value] = value
        last[value] = 1
        for coin in (5, 12, 19):
            if coin <= value and fewest[value - coin] + 1 < fewest[value]:
                fewest[value] = fewest[value - coin] + 1
                last[value] = coin
    coins = []
    while amount > 0:
        coins.append(last[amount])
        amount -= last[amount]
    return fewest[-1], coins


def longest_increasing(a):
    """The length of the longest increasing subsequence, by the least last element of each length."""
    tails = []
    for value in a:
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            if tails[middle] < value:
                low = middle + 1
            else:
                high = middle
        if low == len(tails):
            tails.append(value)
        else:
            tails[low] = value
    return len(tails)


def postfix(codes, values):
    """A formula in postfix notation: 0 the next value, 1 a sum, 2 a product, 3 a quotient."""
    stack, k = [], 0
    for code in codes:
        if code == 0:
            stack.append(values[k])
            k += 1
        else:
            b = stack.pop()
            a = stack.pop()
            if code == 1:
                stack.append(a + b)
            elif code == 2:
                stack.append(a * b)
            else:
                stack.append(a / b)
    return stack.pop()


def shortest_way(walls):
    """Breadth-first search through a grid, from the first cell to the last."""
    rows, columns = walls.shape
    steps, waiting = [-1] * (rows * columns), deque([(0, 0)])
    steps[0] = 0
    while waiting:
        i, j = waiting.popleft()
        for di, dj in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            a, b = i + di, j + dj
            if 0 <= a < rows and 0 <= b < columns and not walls[a, b] and steps[a * columns + b] < 0:
                steps[a * columns + b] = steps[i * columns + j] + 1
                waiting.append((a, b))
    return steps[-1], max(steps)


def range_sums(a, ends):
    """Sums over ranges by prefix sums, squared."""
    prefix = [0.0]
    for value in a:
        prefix.append(prefix[-1] + value)
    total = 0.0
    for low, high in ends:
        total += (prefix[high] - prefix[low]) ** 2
    return total


def window_maxima(a, width):
    """The sum of the largest elements of all windows, by a queue of decreasing candidates."""
    waiting, total = deque(), 0.0
    for k, value in enumerate(a):
        while waiting and a[waiting[-1]] <= value:
            waiting.pop()
        waiting.append(k)
        if waiting[0] <= k - width:
            waiting.popleft()
        if k >= width - 1:
            total += a[waiting[0]] * (k + 1)
    return total


def divisors(n):
    small, large = [], []
    k = 1
    while k * k <= n:
        if n % k == 0:
            small.append(k)
            if k != n // k:
                large.append(n // k)
        k += 1
    return small + large[::-1]


def digits(n, base):
    found = []
    while n:
        found.append(n % base)
        n //= base
    found.reverse()
    return found


def secant_iterates(a, steps):
    """Steps of the secant method for x**3 = a; a mean of all that it went through."""
    xs = [1.0, 2.0]
    while len(xs) < steps and abs(xs[-1] - xs[-2]) > 1e-3:
        p, q = xs[-2] ** 3 - a, xs[-1] ** 3 - a
        xs.append(xs[-1] - q * (xs[-1] - xs[-2]) / (q - p))
    return sum(xs) / len(xs)


def product_of_binomials(roots, x):
    """The coefficients of the product of x - r, one factor after the other, and its value by Horner's rule."""
    coefficients = [1.0]
    for r in roots:
        longer = [0.0] + coefficients
        for k, c in enumerate(coefficients):
            longer[k] -= r * c
        coefficients = longer
    value = 0.0
    for c in reversed(coefficients):
        value = value * x + c
    return value


def through_samples(x, n):
    """Piecewise linear interpolation of a curve that was sampled where it bends."""
    points = []
    t, k = 0.0, 0
    while t < 3.0 and k < n:
        points.append((t, math.sin(t * t * 0.5) + 0.1 * x))
        t += 0.5 / (1.0 + abs(math.sin(t)))
        k += 1
    low, high = 0, len(points) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if points[middle][0] <= x:
            low = middle
        else:
            high = middle
    (t0, y0), (t1, y1) = points[low], points[high]
    return y0 + (y1 - y0) * (x - t0) / (t1 - t0)


def hull_area(xs, ys):
    """The area of the convex hull, by Andrew's monotone chain."""
    points = sorted([(xs[k], ys[k]) for k in range(len(xs))], key=lambda p: p[0])
    area = 0.0
    for side in (1.0, -1.0):
        chain = []
        for x, y in points:
            while len(chain) >= 2:
                (ax, ay), (bx, by) = chain[-2], chain[-1]
                if side * ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) > 0.0:
                    break
                chain.pop()
            chain.append((x, y))
        for k in range(len(chain) - 1):
            area -= side * (chain[k + 1][0] - chain[k][0]) * (chain[k + 1][1] + chain[k][1]) / 2.0
    return area


def adaptive_simpson(a, b, tolerance):
    """An integral by intervals on a stack, halved where two rules differ."""
    total, intervals = 0.0, [(a, b)]
    while intervals:
        low, high = intervals.pop()
        middle = (low + high) / 2.0
        ends = math.exp(-low * low) + math.exp(-high * high)
        quarters = math.exp(-(((3.0 * low + high) / 4.0) ** 2)) + math.exp(-(((low + 3.0 * high) / 4.0) ** 2))
        coarse = (high - low) / 6.0 * (ends + 4.0 * math.exp(-middle * middle))
        fine = (high - low) / 12.0 * (ends + 4.0 * quarters + 2.0 * math.exp(-middle * middle))
        if abs(fine - coarse) < tolerance or high - low < 1e-3:
            total += fine
        else:
            intervals.append((low, middle))
            intervals.append((middle, high))
    return total


def topological_order(edges, n):
    """Kahn's algorithm: nodes in an order in which no edge points back."""
    entering = [0] * n
    for _, target in edges:
        entering[target] += 1
    ready = [node for node in range(n) if entering[node] == 0]
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for source, target in edges:
            if source == node:
                entering[target] -= 1
                if entering[target] == 0:
                    ready.append(target)
    return order


def merged(a, b):
    """Two ordered sequences as one, weighted by place."""
    result, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            result.append(a[i])
            i += 1
        else:
            result.append(b[j])
            j += 1
    while i < len(a):
        result.append(a[i])
        i += 1
    while j < len(b):
        result.append(b[j])
        j += 1
    return sum((k + 1) * v * v for k, v in enumerate(result))


A = np.array([0.3, 1.7, -0.4, 2.2, 0.9, 1.1, -1.3])
B = np.array([0.4, 0.8, 1.9, 2.6])
WALLS = np.array([[0, 0, 0, 1], [1, 1, 0, 1], [0, 0, 0, 0], [0, 1, 1, 0]])
EDGES = np.array([[0, 2], [1, 2], [2, 3], [1, 4], [4, 3], [3, 5]])
ROUTINES = [
    Routine(coin_change, (43,)),
    Routine(longest_increasing, (np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]),)),
    Routine(postfix, (np.array([0, 0, 1, 0, 2, 0, 0, 3, 1]), A[:5] + 2.0), wrt=(1,)),
    Routine(shortest_way, (WALLS,)),
    Routine(range_sums, (A, np.array([[0, 3], [2, 7], [1, 4]])), wrt=(0,)),
    Routine(window_maxima, (A, 3), wrt=(0,)),
    Routine(divisors, (360,)),
    Routine(digits, (98765, 7)),
    Routine(secant_iterates, (3.0, 12), wrt=(0,)),
    Routine(product_of_binomials, (A[:4], 1.5), wrt=(0, 1)),
    Routine(through_samples, (1.3, 40), wrt=(0,)),
    Routine(hull_area, (A, np.array([1.0, 0.2, 0.4, 0.9, 2.0, -0.5, 0.3])), wrt=(0, 1)),
    Routine(adaptive_simpson, (0.2, 2.1, 1e-4), wrt=(0, 1)),
    Routine(topological_order, (EDGES, 6)),
    Routine(merged, (np.sort(A), B), wrt=(0, 1)),
]
