"""Orders: swaps in place, recursion on ranges of an array."""

import numpy as np

from tests.corpus import Routine


def insertion_sort(a):
    for i in range(1, len(a)):
        value, j = a[i], i - 1
        while j >= 0 and a[j] > value:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = value
    return a


def weighted(a):
    """A sum that depends on the order."""
    total = 0.0
    for i, v in enumerate(a):
        total += (i + 1) * v * v
    return total


def insertion_weighted(a):
    return weighted(insertion_sort(a))


def quicksort_range(a, low, high):
    """Hoare's partition, recursion on both halves."""
    if low >= high:
        return 0
    pivot, i, j = a[(low + high) // 2], low - 1, high + 1
    while True:
        i += 1
        while a[i] < pivot:
            i += 1
        j -= 1
        while a[j] > pivot:
            j -= 1
        if i >= j:
            break
        a[i], a[j] = a[j], a[i]
    return 1 + quicksort_range(a, low, j) + quicksort_range(a, j + 1, high)


def quicksort(a):
    """Sorts in place; the number of partitions made."""
    return quicksort_range(a, 0, len(a) - 1)


def quicksort_weighted(a):
    quicksort(a)
    return weighted(a)


def merge_sort(a):
    """Bottom-up, between two buffers."""
    n = len(a)
    source, target = a.copy(), a.copy()
    width = 1
    while width < n:
        for start in range(0, n, 2 * width):
            middle, end = min(start + width, n), min(start + 2 * width, n)
            i, j = start, middle
            for k in range(start, end):
                if i < middle and (j >= end or source[i] <= source[j]):
                    target[k] = source[i]
                    i += 1
                else:
                    target[k] = source[j]
                    j += 1
        source, target = target, source
        width *= 2
    return source


def merge_weighted(a):
    return weighted(merge_sort(a))


def sift_down(a, start, end):
    root = start
    while 2 * root + 1 <= end:
        child = 2 * root + 1
        if child + 1 <= end and a[child] < a[child + 1]:
            child += 1
        if a[root] >= a[child]:
            return
        a[root], a[child] = a[child], a[root]
        root = child


def heap_sort(a):
    n = len(a)
    for start in range(n // 2 - 1, -1, -1):
        sift_down(a, start, n - 1)
    for end in range(n - 1, 0, -1):
        a[0], a[end] = a[end], a[0]
        sift_down(a, 0, end - 1)


def heap_weighted(a):
    heap_sort(a)
    return weighted(a)


NETWORK = ((0, 1), (2, 3), (0, 2), (1, 3), (1, 2))


def sorting_network(a, b, c, d):
    """Four values by five compare-exchanges."""
    values = [a, b, c, d]
    for i, j in NETWORK:
        if values[i] > values[j]:
            values[i], values[j] = values[j], values[i]
    return tuple(values)


def network_weighted(a, b, c, d):
    return sum([(i + 1) * v * v for i, v in enumerate(sorting_network(a, b, c, d))])


VALUES = np.random.default_rng(29).uniform(-1, 1, 11)

ROUTINES = [
    Routine(insertion_sort, (VALUES,), insertion_weighted, (0,)),
    Routine(quicksort, (VALUES,), quicksort_weighted, (0,)),
    Routine(merge_sort, (VALUES,), merge_weighted, (0,)),
    Routine(heap_sort, (VALUES,), heap_weighted, (0,)),
    Routine(sorting_network, (0.3, -1.0, 2.0, 0.1), network_weighted, (0, 1, 2, 3)),
]
