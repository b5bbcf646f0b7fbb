"""Arrays of a call: small ones are copied, large ones used where they lie, and nobody sees a difference but in time."""

import gc
import weakref

import numpy as np
import pytest

import dsl
from dsl.passes.ir.limits import LENT_BYTES

SIZES = [4, LENT_BYTES // 8 - 1, LENT_BYTES // 8, 3 * LENT_BYTES // 8 + 1]


@dsl.kernel
def axpy(a, x, y):
    for i in range(len(x)):
        y[i] += a * x[i]
    return y[0]


@dsl.kernel
def doubled(x):
    return x + x, x[1]


@dsl.kernel
def checked(x, k):
    x[0] = 5.0
    return x[k]


@dsl.kernel
def printing(x):
    for i in range(len(x)):
        x[i] += 1.0
        print(x[i])


def numbers(n, dtype=float):
    return np.arange(n).astype(dtype)


@pytest.mark.parametrize("n", SIZES)
def test_arguments_are_changed_and_results_new(n):
    x, y = numbers(n), np.ones(n)
    for _ in range(2):
        expected = y + 0.5 * x
        assert axpy(0.5, x, y) == expected[0]
        np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(x, numbers(n))
    first, one = doubled(x)
    second, _ = doubled(y)
    np.testing.assert_array_equal(first, x + x)
    np.testing.assert_array_equal(second, y + y)
    assert one == 1.0 and first.flags.writeable


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "float16", "bool"])
def test_every_type(n, dtype):
    @dsl.kernel
    def reverse(x):
        for i in range(len(x) // 2):
            x[i], x[-1 - i] = x[-1 - i], x[i]
        return x[0]

    x = numbers(n, dtype)
    assert reverse(x) == numbers(n, dtype)[-1]
    np.testing.assert_array_equal(x, numbers(n, dtype)[::-1])


def test_arrays_that_do_not_lie_as_the_kernel_takes_them():
    n = 2 * LENT_BYTES // 8
    base = np.zeros((n, 2))
    axpy(2.0, np.ones(n), base[:, 1])
    np.testing.assert_array_equal(base, np.tile([0.0, 2.0], (n, 1)))
    shifted = np.zeros(n + 1)
    axpy(2.0, np.ones(n), shifted[1:])
    np.testing.assert_array_equal(shifted, [0.0, *np.full(n, 2.0)])
    constant = np.ones(n)
    constant.flags.writeable = False
    assert axpy(1.0, constant, np.ones(n)) == 2.0
    with pytest.raises(ValueError, match="read-only"):
        axpy(1.0, np.ones(n), constant)
    swapped = np.ones(n, dtype=">f8")
    with pytest.raises((TypeError, dsl.Error)):
        axpy(1.0, swapped, np.ones(n))


@pytest.mark.parametrize("n", SIZES)
def test_a_kernel_that_runs_again_starts_from_what_it_was_given(n, capsys):
    x = numbers(n)
    printing(x)
    np.testing.assert_array_equal(x, numbers(n) + 1.0)
    assert capsys.readouterr().out.split() == [str(v) for v in (numbers(n) + 1.0).tolist()]


@pytest.mark.parametrize("n", SIZES)
def test_nothing_of_the_callers_is_kept(n):
    def called():
        x, y = numbers(n), np.ones(n)
        result, _ = doubled(x)
        axpy(1.0, x, y)
        with pytest.raises(IndexError):
            checked(y, n)
        return list(map(weakref.ref, (x, y, result)))

    held = called()
    gc.collect()
    assert [ref() for ref in held] == [None, None, None]


def test_one_large_array_twice_where_it_is_only_read():
    n = LENT_BYTES
    x = numbers(n)

    @dsl.kernel
    def dot(a, b):
        s = 0.0
        for i in range(len(a)):
            s += a[i] * b[i]
        return s

    assert dot(x, x) == pytest.approx(float(x @ x))
    given, along = dsl.grad(dot, argnums=(0, 1))(x, x)
    np.testing.assert_array_equal(given, x)
    np.testing.assert_array_equal(along, x)
