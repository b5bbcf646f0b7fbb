"""What check_grads finds, and whom it blames; custom rules that call their own function."""

import inspect
import math

import pytest

import dsl


def cube_whose_rule_says(slope):
    @dsl.custom_vjp
    def cube(x):
        return x * x * x

    cube.defvjp(lambda x: (cube(x), x), lambda x, ct: (slope * x * x * ct,))
    return cube


def square_whose_rule_says(slope):
    @dsl.custom_jvp
    def square(x):
        return x * x

    square.defjvp(lambda primals, tangents: (square(primals[0]), slope * primals[0] * tangents[0]))
    return square


cube, wrong_cube = cube_whose_rule_says(3.0), cube_whose_rule_says(2.0)
square, wrong_square = square_whose_rule_says(2.0), square_whose_rule_says(2.5)


def with_cubes(x, y):
    total = math.sin(x) * cube(y)
    for _ in range(3):
        total = total + wrong_cube(y)  # blamed
    return total


def with_squares(x, n):
    total = 0.0
    for k in range(n):
        total += square(k * x)
        total += wrong_square(x)  # blamed
    return total


def with_a_step(x, y):
    z = x * y
    if z > 0.2 * 3.0:  # blamed
        z = z * 3.0
    return z


def with_a_rounding(x):
    y = 0.5 * x
    return math.floor(y * 2.0) * x  # blamed


def with_a_remainder(x):
    return x % 1.5  # blamed


def place(function) -> str:
    lines, first = inspect.getsourcelines(function)
    return f"{__file__}:{first + next(k for k, line in enumerate(lines) if '# blamed' in line)}"


@pytest.mark.parametrize(
    "function, args, modes",
    [
        (with_cubes, (1.0, 2.0), ("rev",)),
        (with_squares, (0.7, 3), ("fwd",)),
        (with_squares, (0.7, 3), ("rev",)),
        (with_a_step, (0.2, 3.0), ("fwd",)),
        (with_a_step, (0.2, 3.0), ("rev",)),
        (with_a_rounding, (2.0,), ("fwd", "rev")),
        (with_a_remainder, (3.0,), ("fwd", "rev")),
    ],
    ids=lambda v: getattr(v, "__name__", str(v)),
)
def test_the_line_is_named(function, args, modes):
    with pytest.raises(AssertionError, match="derivative of") as caught:
        dsl.check_grads(function, args, modes=modes)
    assert f"{place(function)}" in str(caught.value)


def test_the_argument_is_named():
    with pytest.raises(dsl.Error, match=r"with respect to argument \[1\] "):
        dsl.check_grads(with_cubes, (1.0, 2.0), modes=("rev",))


@pytest.mark.parametrize(
    "function, derivatives", [(cube, (12.0, 12.0, 6.0)), (square, (4.0, 2.0, 0.0))], ids=["vjp", "jvp"]
)
def test_a_rule_that_calls_its_function_holds_for_higher_orders(function, derivatives):
    scaled = dsl.kernel(lambda x: 2.0 * function(x))
    for expected in derivatives:
        scaled = dsl.grad(scaled)
        assert scaled(2.0) == pytest.approx(2.0 * expected)
