"""Adjoints of programs that update arrays in place: twice the work for twice the size, no copy of an array a step."""

import math

import numpy as np
import pytest

import dsl
from tests.corpus import linear, motion, routines
from tests.support.costs import copies_in_loops, executed


def prefix_sums(a):
    for i in range(1, len(a)):
        a[i] += a[i - 1]
    return a[len(a) - 1] * a[len(a) // 2]


def recursive_filter(x, feedback):
    """A second-order filter that overwrites its input."""
    for i in range(2, len(x)):
        x[i] = x[i] + feedback * x[i - 1] - 0.5 * feedback * x[i - 2]
    return x[len(x) - 1] ** 2


def reversed_in_place(a):
    i, j = 0, len(a) - 1
    while i < j:
        a[i], a[j] = a[j], a[i] * 1.01
        i += 1
        j -= 1
    return a[0] * a[len(a) - 1]


def relaxation(u):
    """Gauss-Seidel sweeps over one array."""
    for _ in range(3):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1]) + 0.01 * u[i] * u[i]
    return u[len(u) // 2]


def histogram(x):
    """Scattered updates: the place depends on the data."""
    bins = np.zeros(8)
    for v in x:
        bins[int(v * 7.999)] += v * v
    return bins[0] * bins[1] + bins[5]


def clipped(a, limit):
    """A branch that writes, and one that does not."""
    total = 0.0
    for i in range(len(a)):
        if a[i] > limit:
            a[i] = limit + 0.1 * (a[i] - limit)
        total += a[i] * (i + 1)
    return total


def permuted(a, order):
    """Products through an indirection, each element overwritten when it is used."""
    total = 1.0
    for k in range(len(order)):
        total *= a[order[k]]
        a[order[k]] = math.sin(total)
    return total


def horner_in_place(c, x):
    """Divides a polynomial by (t - x), in its coefficients."""
    for i in range(1, len(c)):
        c[i] += c[i - 1] * x
    return c[len(c) - 1]


def two_arrays(a, b):
    for i in range(1, len(a)):
        a[i] = a[i] * b[i - 1]
        b[i] = b[i] + math.tanh(a[i])
    return a[len(a) - 1] + b[len(b) - 1]


def early_exit(a):
    i = 1
    while i < len(a) and a[i - 1] < 1e9:
        a[i] = a[i] * 0.5 + a[i - 1] * 0.5
        if a[i] < -100.0:
            break
        i += 1
    return a[i - 1]


def ring(a, n):
    """A buffer of fixed size that is written many times over."""
    for i in range(n):
        a[i % 5] = math.cos(a[(i + 2) % 5]) + 0.5 * a[i % 5]
    return a[0]


def another_each_time(a, n):
    for _ in range(n):
        a = 0.5 * a
    return a[0]


def uniform(n, low=0.1, high=0.9, seed=1):
    return np.random.default_rng(seed).uniform(low, high, n)


PROGRAMS = {
    prefix_sums: lambda n: (uniform(n),),
    recursive_filter: lambda n: (uniform(n), 0.3),
    reversed_in_place: lambda n: (uniform(n),),
    relaxation: lambda n: (uniform(n),),
    histogram: lambda n: ((np.arange(n) % 8 + 0.5) / 8 + 0.01 * uniform(n),),
    clipped: lambda n: (uniform(n), 0.5),
    permuted: lambda n: (uniform(n, 0.9, 1.1), np.random.default_rng(2).permutation(n)),
    horner_in_place: lambda n: (uniform(n), 0.7),
    two_arrays: lambda n: (uniform(n), uniform(n, seed=3)),
    early_exit: lambda n: (uniform(n),),
    ring: lambda n: (uniform(5), n),
    linear.thomas_energy: lambda n: (uniform(n - 1), uniform(n, 3, 4), uniform(n - 1, seed=4), uniform(n, seed=5)),
}


def named(function):
    return function.__name__


def floats(args):
    return tuple(k for k, x in enumerate(args) if np.asarray(x).dtype.kind == "f")


@pytest.mark.parametrize("function", PROGRAMS, ids=named)
def test_twice_the_size_is_twice_the_work(function):
    args, twice = PROGRAMS[function](24), PROGRAMS[function](48)
    gradient = dsl.grad(dsl.kernel(function), argnums=floats(args))
    small, large = executed(gradient, *args), executed(gradient, *twice)
    assert 1.7 * small <= large <= 2.1 * small
    assert copies_in_loops(gradient, *args) == []
    dsl.check_grads(function, args)


@pytest.mark.parametrize("routine", [r for r in routines() if r.wrt], ids=lambda r: r.name)
def test_adjoints_copy_only_where_programs_do(routine):
    kernel = dsl.kernel(routine.differentiated)
    copied = {places[0][1] for places in copies_in_loops(kernel, *routine.fresh())}
    gradient = dsl.grad(kernel, argnums=routine.wrt)
    assert {places[0][1] for places in copies_in_loops(gradient, *routine.fresh())} <= copied


def test_copies_are_found():
    """A program that copies in a loop: the search must see it. Two buffers that change places are not copied."""
    assert copies_in_loops(dsl.kernel(another_each_time), uniform(50), 4)
    routine = next(r for r in routines() if r.function is motion.heat)
    kernel = dsl.kernel(routine.differentiated)
    assert not copies_in_loops(kernel, *routine.fresh())
    assert not copies_in_loops(dsl.grad(kernel, argnums=routine.wrt), *routine.fresh())
