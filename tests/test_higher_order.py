"""Second derivatives in all four ways, on programs whose tapes are entangled: recursion, whose stack is a tape that
pushes and pops in one loop."""

import math

import pytest

import dsl


def tree(v, k):
    if k <= 0:
        return v * v
    return 0.25 * tree(math.sin(v), k - 1) - 0.5 * tree(v * v, k - 2)


def chain(v, k):
    if v < 50.0 and k > 0:
        return chain(v * v * 0.9, k - 1) * 0.5
    return v if k < 3 else -v


@pytest.mark.parametrize("function, x, k", [(tree, 0.7, 4), (tree, -1.1, 3), (chain, 1.7, 4)])
def test_second_derivatives_of_recursions(function, x, k):
    kernel = dsl.kernel(function)
    step = 1e-4
    expected = (function(x + step, k) - 2 * function(x, k) + function(x - step, k)) / step**2
    ways = [
        dsl.jacfwd(dsl.jacfwd(kernel)), dsl.jacfwd(dsl.grad(kernel)), dsl.jacrev(dsl.grad(kernel)),
        dsl.grad(dsl.grad(kernel)), dsl.jacrev(dsl.jacfwd(kernel)),
    ]  # fmt: skip
    found = [way(x, k) for way in ways]
    assert found[0] == pytest.approx(expected, rel=1e-5)
    assert found == pytest.approx([found[0]] * len(ways), rel=1e-12)


def test_third_derivative_of_a_recursion():
    kernel = dsl.kernel(tree)
    second = dsl.grad(dsl.grad(kernel))
    expected = (second(0.7001, 4) - second(0.6999, 4)) / 2e-4
    assert dsl.grad(second)(0.7, 4) == pytest.approx(expected, rel=1e-6)


def always_raises(x):
    raise ValueError("not here")


DERIVATIVES_INSIDE = {
    "grad": lambda x: dsl.grad(always_raises)(x),
    "jvp": lambda x: dsl.jvp(always_raises, (x,), (1.0,))[1],
    "vjp": lambda x: dsl.vjp(always_raises, x)[1](1.0)[0],
    "checkpoint": lambda x: dsl.checkpoint(always_raises)(x),
    "custom_root": lambda x: dsl.custom_root(lambda y, x: y - x)(always_raises)(x),
}


@pytest.mark.parametrize("name", DERIVATIVES_INSIDE)
def test_a_function_that_always_raises_raises_inside_of_a_derivative_too(name):
    with pytest.raises(ValueError, match="not here"):
        dsl.kernel(DERIVATIVES_INSIDE[name])(1.0)
