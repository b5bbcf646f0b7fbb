"""What adjoints do not store: elements of arrays that are only read, short loops; also inside kernels."""

import numpy as np
import pytest

import dsl


def table(x, n):
    a = np.zeros(n)
    for i in range(n):
        a[i] = x * i + 1.0
    total = 0.0
    for _ in range(3):
        for i in range(n):
            total += a[i] * a[n - 1 - i]
    return total


def overwritten(x, n):
    a = np.zeros(n)
    for i in range(n):
        a[i] = x * i + 1.0
    total = 0.0
    for i in range(n):
        total += a[i] * a[i]
        a[i] = 0.0
    return total + a[0]


def in_a_loop(x, n):
    total = 0.0
    for k in range(3):
        a = np.zeros(n)
        for i in range(n):
            a[i] = x * i + k
        for i in range(n):
            total += a[i] * a[i]
    return total


def in_a_branch(x, n):
    total = 0.0
    if x > 0.0:
        a = np.zeros(n)
        for i in range(n):
            a[i] = x * i + 1.0
        for i in range(n):
            total += a[i] * a[i] * a[i]
    return total


@pytest.mark.parametrize("function", [table, overwritten, in_a_loop, in_a_branch])
def test_arrays_read_again_in_reverse(function):
    x, n = 0.7, 9
    numeric = (function(x + 1e-6, n) - function(x - 1e-6, n)) / 2e-6
    assert dsl.grad(function)(x, n) == pytest.approx(numeric, rel=1e-8)
    second = (dsl.grad(function)(x + 1e-6, n) - dsl.grad(function)(x - 1e-6, n)) / 2e-6
    assert dsl.grad(dsl.grad(function))(x, n) == pytest.approx(second, rel=1e-7)


def test_arrays_that_are_only_read_need_no_tape():
    assert dsl.grad(table).tape_bytes(0.7, 9) == 0
    assert dsl.grad(overwritten).tape_bytes(0.7, 9) == 9 * 8


def quadratic(a):
    total = 0.0
    for i in range(4):
        for j in range(4):
            total += a[i, j] * a[j, i]
    return total


def test_a_derivative_inside_a_kernel_stores_no_more_than_one_from_outside():
    def inside(a, n):
        total = 0.0
        for k in range(n):
            g = dsl.grad(quadratic)(a)
            total += g[k % 4, 1]
        return total

    a = np.arange(16.0).reshape(4, 4)
    kernel = dsl.kernel(inside)
    assert "dsl.push" not in kernel.ir(a, 3)
    assert kernel(a, 3) == 2 * (a[1, 0] + a[1, 1] + a[1, 2])


def descend(points, centres, rate):
    """A step of gradient descent inside a kernel; the loss has code that only its discarded results need."""

    def loss(centres):
        total, counts = 0.0, np.zeros(3)
        for i in range(len(points)):
            best, nearest = 0, 1e9
            for c in range(3):
                d = (points[i] - centres[c]) ** 2
                if d < nearest:
                    best, nearest = c, d
            total += nearest
            counts[best] += 1.0
        return total

    g = dsl.grad(loss)(centres)
    for c in range(3):
        centres[c] -= rate * g[c]
    return loss(centres)


def test_descent_inside_a_kernel():
    rng = np.random.default_rng(3)
    points, centres = rng.uniform(-1, 1, 20), np.array([-0.8, 0.1, 0.7])
    kernel = dsl.kernel(descend)
    assert "dsl.push" not in kernel.ir(points, centres.copy(), 0.01)
    expected = centres.copy()
    near = np.argmin((points[:, None] - expected[None, :]) ** 2, axis=1)
    for c in range(3):
        expected[c] += 0.02 * np.sum(points[near == c] - expected[c])
    got = centres.copy()
    value = kernel(points, got, 0.01)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert value == pytest.approx(np.min((points[:, None] - expected[None, :]) ** 2, axis=1).sum(), rel=1e-12)


def attraction(p):
    total = 0.0
    for i in range(len(p)):
        for j in range(len(p)):
            total += 1.0 / (1.0 + (p[i] - p[j]) ** 2)
    return total


def test_elements_read_at_one_place_are_gathered_in_a_register():
    p = np.random.default_rng(0).uniform(-1, 1, 20)
    kernel = dsl.grad(attraction)
    inner = kernel.ir(p, stage="adjoint").rpartition("scf.for")[2].partition("scf.yield")[0]
    assert inner.count("tensor.insert") == 1
    d = p[:, None] - p[None, :]
    np.testing.assert_allclose(kernel(p), (-4 * d / (1 + d**2) ** 2).sum(1), rtol=1e-12)


@dsl.kernel(bounds_check=False)
def unchecked(a, i, n):
    total = 0.0
    for _ in range(n):
        total += a[i] * a[i]
    return total


def test_what_a_loop_that_never_runs_would_read_may_be_out_of_range():
    a = np.arange(4.0)
    assert dsl.grad(unchecked)(a, 2, 3).tolist() == [0.0, 0.0, 12.0, 0.0]
    assert dsl.grad(unchecked)(a, 2**40, 0).tolist() == [0.0] * 4


def rooted(x, k, n):
    total = 0.0
    for _ in range(n):
        total += x[k] ** 0.5
    return total


def test_a_loop_that_never_runs_makes_no_nan():
    assert dsl.grad(rooted)(np.zeros(3), 1, 0).tolist() == [0.0, 0.0, 0.0]


def nearest(points, centres):
    total = 0.0
    for i in range(points.shape[0]):
        best = 1e300
        for j in range(centres.shape[0]):
            distance = 0.0
            for c in range(points.shape[1]):
                distance += (points[i, c] - centres[j, c]) ** 2
            best = min(best, distance)
        total += best
    return total


def longest_step(x, n):
    """Ties go to the first; the start wins where the loop does not run."""
    longest = x[0] * 0.5
    for i in range(1, n):
        step = x[i] - x[i - 1]
        if step * step > longest:
            longest = step * step
    return longest * x[1]


def later_of_two(x, n):
    largest = x[0]
    for i in range(n):
        largest = x[i] if x[i] >= largest else largest
    return largest * largest


def test_the_reverse_of_a_least_distance_meets_the_winner_alone():
    points, centres = np.random.default_rng(0).normal(size=(30, 6)), np.random.default_rng(1).normal(size=(9, 6))
    gradient = dsl.grad(nearest, argnums=1)
    owner = ((points[:, None] - centres[None]) ** 2).sum(-1).argmin(1)
    by_hand = np.stack([2 * (centres[j] - points[owner == j]).sum(0) for j in range(9)])
    np.testing.assert_allclose(gradient(points, centres), by_hand, rtol=1e-12)
    assert gradient.tape_bytes(points, centres) <= 8 * len(points)
    text = gradient.ir(points, centres, stage="clean")
    assert text.count("dsl.push") == 1 and text.partition("dsl.pop")[2].count("scf.for") == 1
    along = dsl.jvp(lambda c: dsl.grad(nearest, argnums=1)(points, c), (centres,), (np.ones_like(centres),))[1]
    np.testing.assert_allclose(along, np.tile(2.0 * np.bincount(owner, minlength=9)[:, None], 6), rtol=1e-12)


WINNERS = [
    (longest_step, 1, {0: 1.0, 1: 0.25}), (longest_step, 2, {0: -6.0, 1: 8.25}), (longest_step, 7, {0: -6.0, 1: 8.25}),
    (later_of_two, 0, {0: 1.0}), (later_of_two, 3, {1: 4.0}), (later_of_two, 7, {4: 4.0}),
]  # fmt: skip


@pytest.mark.parametrize("function, n, slopes", WINNERS)
def test_who_wins_a_running_maximum(function, n, slopes):
    x = np.array([0.5, 2.0, 0.5, 2.0, 2.0, 1.0, 0.25])
    value, gradient = dsl.value_and_grad(function)(x, n)
    assert value == function(x, n)
    assert gradient.tolist() == [slopes.get(k, 0.0) for k in range(len(x))]


def test_a_maximum_of_nothing_larger_is_the_start():
    x = np.array([np.nan, -1.0, np.nan])
    assert dsl.value_and_grad(lambda m, x: later_of_start(m, x))(0.5, x) == (0.25, 1.0)


def later_of_start(m, x):
    for i in range(x.shape[0]):
        m = max(m, x[i])
    return m * m


def written_and_read(x, n):
    """Each step writes elements and reads them: they are cheap to compute again."""
    a, total = np.zeros(40), 0.0
    for _ in range(n):
        for i in range(40):
            a[i] = x[i] * 3.0 + 1.0
            total += a[i] * a[i] * a[i]
            a[i] = a[i] * 0.5 - x[i]
            total += a[i] * a[i]
    return total


def test_what_was_just_written_is_computed_again_and_not_taped():
    x = np.random.default_rng(0).normal(size=40)
    gradient = dsl.grad(written_and_read)
    assert gradient.tape_bytes(x, 5) == 0
    y = 3.0 * x + 1.0
    np.testing.assert_allclose(gradient(x, 5), 5 * (9.0 * y**2 + 2.0 * (0.5 * y - x) * 0.5), rtol=1e-12)
