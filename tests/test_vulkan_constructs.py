"""What a GPU runs besides numbers and arrays, in f32: lists that grow, None, try, match, generators, checked ints.
Value and gradient are CPython's."""

import math
from collections import deque

import numpy as np
import pytest

import dsl


def stack_and_queue(x, n: int):
    """A list as a stack, a deque, and lists in a list."""
    stack, waiting, rows = [x], deque([x * 0.5]), []
    for i in range(n):
        y = stack.pop()
        stack.append(y * x + waiting.popleft())
        stack.append(y - i)
        waiting.append(stack[-1] * 0.25)
        rows.append([y] * (i % 3))
    return sum(stack) + sum(waiting) + sum([v * v for row in rows for v in row])


def first_above(xs, limit):
    for k, x in enumerate(xs):
        if x > limit:
            return k, x
    return None


def none_and_match(x, n: int):
    """A helper that returns a pair or None, and patterns."""
    total = x * 0.0
    for i in range(n):
        match first_above([x * k for k in range(i)], 1.5):
            case None:
                total += x
            case (0 | 1, _):
                total -= 1.0
            case (k, found):
                total += found * k
    return total


def powers(x, n):
    y = x
    for _ in range(n):
        yield y
        y = y * x


def generators_and_tries(x, n: int):
    """A generator, and what is raised in a loop."""
    total, weights = x * 0.0, [1.0, 0.5, 0.25]
    for k, y in enumerate(powers(x, n)):
        try:
            total += weights[k] * y
        except IndexError:
            total += math.sin(y) * 0.125
    return total


PROGRAMS = [(stack_and_queue, 0.75, 7), (none_and_match, 0.6, 6), (generators_and_tries, 0.9, 6)]


@pytest.mark.vulkan
@pytest.mark.parametrize("function, x, n", PROGRAMS, ids=[f.__name__ for f, *_ in PROGRAMS])
def test_value_and_gradient(function, x, n, require_device):
    require_device("vulkan")
    value, gradient = dsl.value_and_grad(dsl.kernel(function, target="vulkan"))(np.float32(x), n)
    assert value == pytest.approx(function(x, n), rel=1e-4)
    assert gradient == pytest.approx((function(x + 1e-6, n) - function(x - 1e-6, n)) / 2e-6, rel=1e-4)


def factorial(n: int):
    product = 1
    for k in range(2, n + 1):
        product *= k
    return product


@pytest.mark.vulkan
def test_ints_are_checked(require_device):
    require_device("vulkan")
    kernel = dsl.kernel(factorial, target="vulkan")
    assert kernel(20) == math.factorial(20)
    with pytest.raises(OverflowError):
        kernel(21)
