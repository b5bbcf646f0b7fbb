"""Dynamic programming."""

import numpy as np

from tests.corpus import Routine


def levenshtein(a, b):
    """Edit distance of two integer sequences, one row kept."""
    row = np.arange(len(b) + 1)
    for i in range(len(a)):
        previous, row[0] = row[0], i + 1
        for j in range(len(b)):
            change = previous + (0 if a[i] == b[j] else 1)
            previous = row[j + 1]
            row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
    return row[len(b)]


def viterbi(start, transition, emission, observed, path):
    """The most likely path of a hidden Markov model in log space; its score."""
    n, steps = len(start), len(observed)
    score, back = np.zeros((steps, n)), np.zeros((steps, n), dtype=np.int64)
    for s in range(n):
        score[0, s] = start[s] + emission[s, observed[0]]
    for t in range(1, steps):
        for s in range(n):
            best = 0
            for r in range(1, n):
                if score[t - 1, r] + transition[r, s] > score[t - 1, best] + transition[best, s]:
                    best = r
            back[t, s] = best
            score[t, s] = score[t - 1, best] + transition[best, s] + emission[s, observed[t]]
    last = 0
    for s in range(1, n):
        if score[steps - 1, s] > score[steps - 1, last]:
            last = s
    path[-1] = last
    for t in range(steps - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return score[steps - 1, last]


def knapsack(weights, values, capacity):
    """0/1 knapsack over real values."""
    best = np.zeros(capacity + 1)
    for i in range(len(weights)):
        for c in range(capacity, weights[i] - 1, -1):
            best[c] = max(best[c], best[c - weights[i]] + values[i])
    return best[capacity]


def smith_waterman(a, b, match, mismatch, gap):
    """Best local alignment score."""
    m, n = len(a), len(b)
    h = np.zeros((m + 1, n + 1))
    top = 0.0
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            step = match if a[i - 1] == b[j - 1] else -mismatch
            h[i, j] = max(0.0, h[i - 1, j - 1] + step, h[i - 1, j] - gap, h[i, j - 1] - gap)
            top = max(top, h[i, j])
    return top


RNG = np.random.default_rng(3)
WORDS = (np.array([3, 1, 4, 1, 5, 9, 2, 6]), np.array([2, 7, 1, 8, 2, 8, 1, 5, 9]))
MODEL = (RNG.uniform(-3, 0, 3), RNG.uniform(-3, 0, (3, 3)), RNG.uniform(-3, 0, (3, 4)), np.array([0, 3, 1, 2, 2, 0]))

ROUTINES = [
    Routine(levenshtein, WORDS),
    Routine(viterbi, (*MODEL, np.zeros(6, dtype=np.int64)), None, (0, 1, 2)),
    Routine(knapsack, (np.array([2, 3, 4, 5]), np.array([3.1, 4.2, 5.3, 6.9]), 9), None, (1,)),
    Routine(smith_waterman, (*WORDS, 2.0, 0.9, 1.1), None, (2, 3, 4)),
]
