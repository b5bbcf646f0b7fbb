"""Recomputing instead of storing: the same gradient, less tape."""

import math
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import dsl

SEGMENTS = (7, (30, 6, 2))


def counted(x, n):
    for i in range(n):
        x = math.sin(x) * (1.0 + 0.01 * i) + 0.3
    return x


def stepped(x, n):
    for i in range(2 * n, 0, -2):
        x = x * math.cos(0.1 * x) + 0.01 * i
    return x


def until(x, n):
    """A while loop whose end the data decide."""
    total = 0.0
    while x < 3.0 and n > 0:
        x = x + 0.1 * math.exp(-x)
        total += x * x
        n -= 1
    return total


def nested(x, n):
    total = 0.0
    for i in range(n % 11):
        y = x
        for _ in range(i):
            y = math.sin(y) + 0.1 * x
        while y > 0.2:
            y *= 0.6
        total += y * x
    return total


def early(x, n):
    for i in range(n):
        if x > 2.0:
            return x * i
        if i % 3 == 1:
            continue
        x += 0.05 * math.cos(x)
        if x < -1.0:
            break
    return x


def two_loops(x, n):
    for _ in range(n):
        x = math.tanh(x) + 0.5
    y = 0.0
    for i in range(n):
        y = y * 0.9 + x * math.sin(i * x)
    return y


def array(x, n):
    state = np.zeros(4)
    state[0] = x
    for i in range(n):
        state[(i + 1) % 4] += 0.5 * math.sin(state[i % 4])
    return state[0] + state[1] * state[2]


def grid(x, n):
    """Two buffers that change places: each segment starts from whole arrays."""
    u, v = np.linspace(0.0, 1.0, 40), np.zeros(40)
    for _ in range(n):
        for i in range(1, 39):
            v[i] = u[i] + 0.2 * x * (u[i - 1] - 2.0 * u[i] * u[i] + u[i + 1])
        u, v = v, u
    return u[20] + v[3]


def in_place(x, n):
    a = np.full((3, 4), x)
    while n > 0:
        for i in range(3):
            for j in range(4):
                a[i, j] = math.sin(a[i - 1, j] * a[i, j - 1]) + 0.1 * n
        n -= 1
    return a[1, 2]


PROGRAMS = (counted, stepped, until, nested, early, two_loops, array, grid, in_place)


@pytest.mark.parametrize("segments", (*SEGMENTS, "64 KiB"), ids=str)
@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_gradient_is_that_of_storing_all(function, segments):
    if function is nested and isinstance(segments, str):
        with pytest.raises(dsl.Error, match="known only at run time"):
            dsl.grad(dsl.kernel(function, checkpoint=segments))(0.4, 3)
        return
    stored, recomputed = (dsl.value_and_grad(dsl.kernel(function, checkpoint=c)) for c in (None, segments))
    for n in (0, 1, 6, 7, 43):
        assert recomputed(0.4, n) == pytest.approx(stored(0.4, n), rel=1e-13)


@pytest.mark.parametrize("function", (until, early), ids=lambda f: f.__name__)
def test_second_derivatives(function):
    stored, recomputed = (dsl.kernel(function, checkpoint=c) for c in (None, (10, 3)))
    forward_over_reverse = lambda f: lambda *args: dsl.jvp(dsl.grad(f), args, (1.0, 0))
    for derive in (lambda f: dsl.grad(dsl.grad(f)), dsl.hessian, forward_over_reverse):
        assert derive(recomputed)(0.4, 23) == pytest.approx(derive(stored)(0.4, 23), rel=1e-12)


@pytest.mark.parametrize("function", (grid, in_place), ids=lambda f: f.__name__)
def test_second_derivatives_through_snapshots_of_arrays(function):
    def curvature(checkpoint):
        gradient = dsl.grad(dsl.kernel(function, checkpoint=checkpoint))
        return dsl.jvp(gradient, (0.4, 23), (1.0, 0))[1]

    assert curvature((10, 3)) == pytest.approx(curvature(None), rel=1e-12)


def predator(a, b, n):
    """Coupled equations, left when the data say so."""
    u, v = 1.0, 0.5
    while n > 0 and u * v < 50.0:
        u, v = u + 1e-5 * u * (a - b * v), v + 1e-5 * v * (u - 1.0)
        n -= 1
    return u + v


def test_ten_million_steps_in_bounded_memory():
    gradient = dsl.grad(dsl.kernel(predator, checkpoint=3000), argnums=(0, 1))
    assert gradient.tape_bytes(1.5, 0.9, 10**7) < 1 << 20
    assert np.isfinite(gradient(1.5, 0.9, 10**7)).all()


@pytest.mark.parametrize("budget, bytes_", [("2 KiB", 2 << 10), ("64KiB", 64 << 10), ("1 MB", 10**6)])
def test_a_memory_budget_is_kept(budget, bytes_):
    gradient = dsl.grad(dsl.kernel(predator, checkpoint=budget), argnums=(0, 1))
    assert 0 < gradient.tape_bytes(1.5, 0.9, 10**5) <= bytes_
    assert gradient(1.5, 0.9, 1000) == pytest.approx(dsl.grad(predator, argnums=(0, 1))(1.5, 0.9, 1000), rel=1e-12)


def test_a_budget_of_arrays():
    gradient = dsl.grad(dsl.kernel(grid, checkpoint="60 KiB"))
    assert dsl.grad(grid).tape_bytes(0.4, 400) > 120_000
    assert gradient.tape_bytes(0.4, 400) <= 60 << 10


def test_what_has_room_is_stored():
    def short(x):
        for _ in range(20):
            x = math.sin(x)
        return x

    assert "dsl.failed" not in dsl.grad(dsl.kernel(short, checkpoint="1 KiB")).ir(0.3, stage="clean")


@pytest.mark.parametrize("option", [0, -3, (5, 10), (), "64", "a lot", "3 parsecs", 2.5])
def test_what_is_no_option(option):
    with pytest.raises((ValueError, TypeError)):
        dsl.kernel(until, checkpoint=option)


def test_a_budget_that_is_too_small():
    with pytest.raises(dsl.Error, match="100 bytes are too few for this loop") as caught:
        dsl.grad(dsl.kernel(until, checkpoint="100 B"))(0.4, 5)
    assert caught.value.line == until.__code__.co_firstlineno + 3


def test_tape_bytes():
    stored, twice, split = (dsl.grad(dsl.kernel(counted, checkpoint=c)) for c in (None, 100, (100, 10)))
    sizes = [g.tape_bytes(0.4, 10_000) for g in (stored, twice, split)]
    assert sizes[0] >= 8 * 10_000
    assert sizes[0] > 10 * sizes[1] > 10 * sizes[2] > 0
    assert stored.tape_bytes(0.4, 5_000) == sizes[0] // 2
    assert dsl.kernel(counted).tape_bytes(0.4, 10) == 0


def test_a_linear_loop_stores_nothing():
    def linear(x, n):
        for i in range(n):
            x = 0.9 * x + 0.1 * i
        return x

    gradient = dsl.grad(linear)
    assert gradient(1.0, 50) == pytest.approx(0.9**50, rel=1e-13)
    assert gradient.tape_bytes(1.0, 50) == 0 and "dsl.push" not in gradient.ir(1.0, 50, stage="clean")


def test_prints_do_not_count():
    def talking(x, n):
        for i in range(n):
            print(i)
            x = math.sin(x)
        return x

    assert dsl.kernel(talking).tape_bytes(0.3, 5) == 0


@dataclass
class Swing:
    angle: float
    speed: float
    steps: int = 0


def swing(body, k):
    body.speed -= 0.1 * math.sin(body.angle) * k
    body.angle += 0.1 * body.speed
    body.steps += 1


def changes_an_object(x, n, mark):
    body = Swing(x, 1.0)
    for _ in range(n):
        mark(swing)(body, x)
    return body.angle * body.speed + body.steps


def relax(a, k):
    for i in range(len(a)):
        a[i] = math.sin(a[i] * a[i - 1]) + k
    return a[1:]


def changes_an_array(x, n, mark):
    a = np.full(40, x)
    for _ in range(n):
        tail = mark(relax)(a, x)
        tail[0] += x
    return a[1] * a[3]


def lengthen(xs, k):
    xs.append(math.sin(xs[-1]) * k)
    if len(xs) > 3:
        xs.pop(0)
    return xs


def changes_a_list(x, n, mark):
    xs = [x]
    for _ in range(n):
        same = mark(lengthen)(xs, x)
        same[-1] += x
    return sum(xs) * xs[-1]


def changes_a_variable(x, n, mark):
    count, product, pair = 0, 1.0, [Swing(x, 2.0), Swing(1.0, x)]

    def turn(y):
        nonlocal count, product
        if count > 2:
            return y
        count += 1
        product *= math.cos(y)
        pair[0], pair[1] = pair[1], Swing(pair[0].angle * y, pair[1].speed)
        return product

    total = 0.0
    for i in range(n):
        total += mark(turn)(x * i) * count
        pair[1].speed += 1.0
    return total * product + pair[0].angle * pair[1].speed


@pytest.mark.parametrize("function", (changes_an_object, changes_an_array, changes_a_list, changes_a_variable),
                         ids=lambda f: f.__name__)
def test_steps_that_change_what_they_are_given(function):
    plain, again = (lambda x, n, mark=mark: function(x, n, mark) for mark in (lambda step: step, dsl.checkpoint))
    slope = lambda derive, x, n, h=1e-6: (derive(x + h, n) - derive(x - h, n)) / (2 * h)
    both = dsl.value_and_grad(again)
    for n in (0, 5):
        value, gradient = both(0.7, n)
        assert value == plain(0.7, n)
        assert gradient == pytest.approx(slope(plain, 0.7, n), rel=1e-7)
        assert dsl.jvp(again, (0.7, n), (1.0, 0))[1] == pytest.approx(gradient, rel=1e-12)
        curvature = slope(lambda *point: both(*point)[1], 0.7, n)
        assert dsl.grad(dsl.grad(again))(0.7, n) == pytest.approx(curvature, rel=1e-6, abs=1e-7)


def test_a_step_that_changes_an_array_stores_what_it_starts_from():
    def steps(x, n, mark):
        a = np.full(40, x)
        for _ in range(n):
            mark(repeat)(a, x)
        return a[1] * a[3]

    def repeat(a, x):
        for _ in range(10):
            relax(a, x)

    plain, again = (dsl.grad(lambda x, n, mark=mark: steps(x, n, mark)) for mark in (lambda f: f, dsl.checkpoint))
    assert again.tape_bytes(0.7, 50) < plain.tape_bytes(0.7, 50) / 4
    assert again(0.7, 50) == pytest.approx(plain(0.7, 50), rel=1e-12)


# -- where nothing is saved ------------------------------------------------------------------------------------------


def short_around_long(x, n):
    for _ in range(50):
        for _ in range(n):
            x = x - 0.1 * math.sin(x)
    return x


def inner_as_function(x, n):
    for _ in range(50):
        x = dsl.checkpoint(counted)(x, n)
    return x


def test_a_loop_that_is_no_longer_than_a_segment_says_that_nothing_is_saved():
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        gradient = dsl.grad(dsl.kernel(short_around_long, checkpoint=200))
        whole = dsl.grad(short_around_long)
        assert gradient(0.5, 3) == whole(0.5, 3) and gradient.tape_bytes(0.5, 3) == whole.tape_bytes(0.5, 3)
    (warning,) = found
    assert warning.category is dsl.CheckpointWarning and warning.filename == __file__
    assert warning.lineno == short_around_long.__code__.co_firstlineno + 1
    assert "checkpoint=200 saves nothing here: the loop has no more iterations than a segment" in str(warning.message)


@pytest.mark.parametrize("function, segments", [
    (short_around_long, 20), (short_around_long, (200, 10)), (counted, 200), (two_loops, 2), (until, 200),
])  # fmt: skip
def test_where_something_is_or_may_be_saved_nothing_is_said(function, segments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dsl.grad(dsl.kernel(function, checkpoint=segments)).ir(0.4, 3)
