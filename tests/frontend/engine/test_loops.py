"""Loops: what they carry, and that a literal before them takes the type of the NumPy number it stands for."""

import numpy as np
import pytest

from tests.frontend.compare import check
from tests.frontend.engine.programs import function, nest

DTYPES = (np.float16, np.float32, np.int32)


def one(a):
    s = 0
    for x in a:
        s += x
    return s


def two(a):
    s = 0
    for i in range(2):
        for x in a:
            s += x * x
    return s


def three(a):
    s, t = 0, 1
    for i in range(2):
        for j in range(2):
            for x in a:
                s += x
            t += s
    return s, t


def four(a):
    s = 0
    for i in range(1):
        for j in range(2):
            for k in range(2):
                for x in a:
                    s += x
    return s


def for_in_while(a):
    s, i = 0, 0
    while i < 2:
        for x in a:
            s += x
        i += 1
    return s


def while_in_for(a):
    s = 0
    for i in range(2):
        k = 0
        while k < len(a):
            s += a[k]
            k += 1
    return s


def whiles(a):
    s, i, most = 0, 0, 0
    while i < 2:
        k = 0
        while True:
            most = max(most, a[k])
            s += a[k]
            k += 1
            if k == len(a):
                break
        i += 1
    return s, most


def in_a_tuple(a):
    pair = (0, 1)
    for i in range(2):
        for x in a:
            pair = (pair[0] + x, pair[1] + pair[0])
    return pair


def on_one_path(a):
    s = 0
    for i in range(3):
        if i > 0:
            for x in a:
                s += x
    return s


def two_literals(a):
    s = 0
    for i in range(2):
        t = 0
        for j in range(2):
            for x in a:
                t += x
        s += t
    return s


def where_positive(a):
    s = 0
    for x in a:
        if x > 1:
            s += x
    return s


def until_large(a):
    s, i = 0, 0
    while i < 2:
        k = 0
        while k < len(a):
            if a[k] > 2:
                break
            s += a[k]
            k += 1
        i += 1
    return s


def on_either_path(a):
    s, last = 0, 0
    for i in range(len(a)):
        for j in range(len(a)):
            if a[i] < a[j]:
                if a[j] > 2:
                    s += a[j]
                else:
                    s -= a[i]
                last = i
    return s, last


def part_of_a_tuple(a):
    p = (0, 0)
    for i in range(len(a)):
        if a[i] > 1:
            p = (p[0] + a[i], i)
    return p


def overwritten(a):
    s = t = 0.0
    for i in range(len(a)):
        if i > 1:
            s = a[i]
        s = 0.5 * i
        t += s
    return t


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", [one, two, three, four, for_in_while, while_in_for, whiles, in_a_tuple,
                                      on_one_path, two_literals, where_positive, until_large, on_either_path,
                                      part_of_a_tuple, overwritten])
def test_a_literal_before_nested_loops(function, dtype):
    check(function, np.array([1, 2, 3, 1], dtype=dtype))


@pytest.mark.parametrize("loop", ["for", "while"])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_float_literal_at_any_depth(depth, dtype, loop):
    index = "i0 - 1, i{} - 1" if loop == "while" else "i0, i{}"
    source = nest(depth, "total(a)", f"s += a[{index.format(depth - 1)}]", "s = 0.0", "s", loop)
    check(function(source), np.arange(4, dtype=dtype).reshape(2, 2))
