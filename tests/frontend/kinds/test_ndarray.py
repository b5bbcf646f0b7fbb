"""Arrays: what is known of their elements survives what surrounds them, and how they lie in the IR."""

import numpy as np
import pytest
from iree.compiler import ir

import dsl
from dsl.frontend.lower import lower
from dsl.passes.ir import edit
from dsl.program.compilation import finished
from tests.frontend.compare import check

MODULE_SIZES = np.array([3, 4])


def of_elements(x):
    sizes = np.array([2, 3])
    return np.zeros(sizes[0] * sizes[1]) + x


def of_the_module(x):
    return np.zeros(MODULE_SIZES[1]) + x


def after_a_branch(x):
    sizes = np.array([2, 3])
    if x > 0:
        sizes[0] = 5
    return np.zeros(sizes[1]) + sizes[0]


def alike_on_both_paths(x):
    if x > 0:
        sizes = np.array([2, 3])
    else:
        sizes = np.array([2, 5])
    return np.zeros(sizes[0]) + sizes[1]


def after_a_loop(x):
    sizes = np.array([2, 3])
    for i in range(3):
        for k in range(2):
            sizes[0] += i
    return np.zeros(sizes[1]) + sizes[0]


@pytest.mark.parametrize("x", [0.5, -0.5])
@pytest.mark.parametrize("function", [of_elements, of_the_module, after_a_branch, alike_on_both_paths, after_a_loop])
def test_elements_that_are_constants_are_sizes(function, x):
    check(function, x)


def exchanged(x, n):
    a, b = np.array([x, 2.0]), np.array([3.0, 4.0])
    for _ in range(n):
        a, b = b, a
        a[0] += 1.0
    return a[0], a[1], b[0], b[1]


def in_a_while(x, n):
    a = np.array([x, 1.0])
    while n > 0:
        a[n % 2] += a[0]
        if a[0] > 3.0:
            return a[1]
        n -= 1
    return a[0]


def collected(x, n):
    total = 0.0
    for _ in range(n):
        found = []
        for v in np.array([x, 2.0, 3.0]):
            found.append(v * x)
        total += found[0] + len(found)
    return total


def read_at_a_run_time_place(x, n):
    a = np.zeros(7)
    for k in range(7):
        a[k] = k * x
    return a[n % 7] + a[2]


@pytest.mark.parametrize("n", range(4))
@pytest.mark.parametrize("function", [exchanged, in_a_while, collected, read_at_a_run_time_place])
def test_elements_are_what_python_has(function, n):
    check(function, 0.75, n)


def arrays_in(module: ir.Module, entry: str) -> int:
    ops = edit.walk(edit.entry_block(edit.function(module, entry)))
    return sum(isinstance(v.type, ir.RankedTensorType) for op in ops for v in op.results)


def rotated(x, n):
    m = np.array([[x, 0.5], [-0.5, x]])
    v = np.array([1.0, 0.0])
    for _ in range(n):
        v = m @ v
    return v[0]


@pytest.mark.parametrize("function", [rotated, exchanged, in_a_while])
def test_small_arrays_are_tensors_first_and_numbers_in_the_end(function):
    before = lower(function, (0.75, 3))
    assert arrays_in(before.module, before.entry) > 0
    after = finished(dsl.kernel(function), (0.75, 3), {})
    assert arrays_in(after.module, after.entry) == 0
