"""What kernels print: while they run, in order, once, and as CPython's print does it."""

import contextlib
import io
import sys

import numpy as np
import pytest

import dsl


@dsl.kernel
def chatty(n: int):
    for i in range(n):
        print("line", i, i * 0.5)
    return n


@dsl.kernel
def cooling(t, n: int):
    for i in range(n):
        t = t - 0.0001 * t * t
        if i % 100 == 0:
            print("at", i, t)
    return t


@dsl.kernel
def fails(n: int):
    for i in range(n):
        print(i, i % 3 == 0)
        assert i < 3000, "too far"
    return n


@dsl.kernel
def fills(values: np.ndarray):
    for i in range(len(values)):
        values[i] = i
        print("set", i, values[i])


def printed(function, *args) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        function(*args)
    return output.getvalue()


@pytest.mark.parametrize("n", [0, 1, 341, 342, 343, 5000])
def test_more_than_there_is_room_for(n):
    assert printed(chatty, n) == printed(chatty.python, n)
    assert printed(chatty, n) == printed(chatty.python, n)


def test_a_kernel_that_runs_again_prints_once():
    """The tape of a gradient begins with room for 1,024 values."""
    expected = printed(cooling.python, 1.0, 40000)
    gradient = dsl.grad(cooling)
    for _ in range(2):
        assert printed(gradient, 1.0, 40000) == expected


def test_what_is_computed_from_a_tape_without_room_is_not_shown():
    def cubed(x, n: int):
        for _ in range(n):
            x = x - 1e-5 * x * x
        return x

    @dsl.kernel
    def derivatives(x, n: int):
        total = 0.0
        for k in range(500):
            slope = dsl.grad(cubed)(x, n + k)
            print("slope", k, f"{slope:.9f}")
            total += slope
        return total

    def expected(x, n):
        for k in range(500):
            y, slope = x, 1.0
            for _ in range(n + k):
                y, slope = y - 1e-5 * y * y, slope * (1.0 - 2e-5 * y)
            print("slope", k, f"{slope:.9f}")

    assert printed(derivatives, 1.0, 1000) == printed(expected, 1.0, 1000)


def test_arrays_and_prints():
    values = np.zeros(1000)
    assert printed(fills, values) == printed(fills.python, np.zeros(1000))
    np.testing.assert_array_equal(values, np.arange(1000.0))


def test_what_was_printed_before_a_failure():
    def raised(function):
        with pytest.raises(AssertionError, match="too far"):
            function(5000)

    assert printed(raised, fails) == printed(raised, fails.python)
    assert printed(fails, 10) == printed(fails.python, 10)


class Counting(io.StringIO):
    """Counts writes, and raises at one of them."""

    def __init__(self, fail_at: int = 0):
        super().__init__()
        self.count, self.fail_at = 0, fail_at

    def write(self, text):
        self.count += 1
        if self.count == self.fail_at:
            raise OSError("the pipe is broken")
        return super().write(text)


def test_it_is_written_while_the_kernel_runs(monkeypatch):
    output = Counting()
    monkeypatch.setattr(sys, "stdout", output)
    chatty(5000)
    assert 10 < output.count < 50  # not at the end, and not line by line


def test_an_error_of_the_stream_ends_the_kernel(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Counting(fail_at=3))
    with pytest.raises(OSError, match="the pipe is broken"):
        chatty(10**12)
    monkeypatch.undo()
    assert printed(chatty, 500) == printed(chatty.python, 500)


def test_no_standard_output(monkeypatch):
    for function in (chatty, chatty.python):
        monkeypatch.setattr(sys, "stdout", None)
        assert function(1000) == 1000
        closed = io.StringIO()
        closed.close()
        monkeypatch.setattr(sys, "stdout", closed)
        with pytest.raises(ValueError, match="closed file"):
            function(1000)
        monkeypatch.delattr(sys, "stdout")
        with pytest.raises(RuntimeError, match=r"lost sys\.stdout"):
            function(1000)
        monkeypatch.undo()
