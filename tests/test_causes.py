"""Why a program is compiled: the log names the cause, and a cause that comes again and again gives one warning."""

import re
import warnings

import numpy as np
import pytest

import dsl
from dsl.program import causes

SCALE = 1.0
TABLE = [1.5, 2.5]


def scaled(x, factor):
    return x[0] * factor * SCALE


def applied(function, x):
    return function(x)


@pytest.fixture
def log(monkeypatch, capsys):
    """The causes in the log since the last call of it."""
    monkeypatch.setenv("DSL_LOG_COMPILES", "1")
    monkeypatch.setenv("DSL_CACHE", "off")

    def causes():
        lines = capsys.readouterr().err.splitlines()
        return [re.fullmatch(r"dsl: compiled \S+ for \S+ in [^:]*: (.*); the cache is off", line)[1] for line in lines]

    return causes


def test_each_compilation_says_its_cause(log, monkeypatch):
    kernel = dsl.kernel(scaled)
    for args in ([np.ones(2), 1.0], [np.ones(2), 1.0], [np.ones(3), 1], [[1.0, 2.0], 1], [[1.0, 2.0, 3.0], 1]):
        kernel(*args)
    assert log() == [
        "first call", "x is dsl.f64[3], was dsl.f64[2], factor is int, was float",
        "x is a list of 2, was dsl.f64[3]", "x is a list of 3, was a list of 2",
    ]  # fmt: skip
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    kernel([1.0, 2.0], 1)
    assert log() == ["the global SCALE is 3.0 now, was 1.0"]


def test_what_changed_in_place_and_what_sizes_an_array_are_named(log):
    kernel = dsl.kernel(lambda n: np.zeros(n).sum() + TABLE[0])
    kernel(2)
    kernel(3)
    TABLE[0] = 7.5
    kernel(3)
    TABLE[0] = 1.5
    assert log() == ["first call", "n is 3, which sizes an array", "the global TABLE is [7.5, 2.5] now"]


def test_a_program_made_ahead_of_time_and_objects_of_one_name(log):
    dsl.compile(scaled, dsl.f64[2], float)
    kernel = dsl.kernel(applied)
    for _ in range(2):
        kernel(lambda x: 2.0 * x, 1.0)
    name = "test_a_program_made_ahead_of_time_and_objects_of_one_name.<locals>.<lambda>"
    assert log() == ["compiled ahead of time", "first call", f"function is {name}, was another one of that name"]


def lengths(kernel):
    for n in range(2, 6):
        kernel(np.ones(n), 1.0)


def changing_global(kernel):
    for n in range(4):
        globals()["SCALE"] = float(n)
        kernel(np.ones(2), 1.0)


@pytest.mark.parametrize("calls, what, advice", [
    (lengths, "the shape of x", "pad arrays to few lengths"),
    (changing_global, "the global SCALE", "pass it as an argument"),
])  # fmt: skip
def test_a_cause_that_comes_again_and_again_warns_once_where_it_is_called(monkeypatch, calls, what, advice):
    monkeypatch.setattr(causes, "REPEATED_CAUSE", 2)
    monkeypatch.setitem(globals(), "SCALE", 1.0)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        calls(dsl.kernel(scaled))
    (warning,) = found
    assert warning.category is dsl.RecompilationWarning and warning.filename == __file__
    assert what in str(warning.message) and advice in str(warning.message)


def test_types_give_no_warning(monkeypatch):
    monkeypatch.setattr(causes, "REPEATED_CAUSE", 1)
    kernel = dsl.kernel(lambda x: x + x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in (1.0, 2, np.float32(3), np.ones(2), np.ones(2, np.float32)):
            kernel(value)


# -- one program for several types ---------------------------------------------------------------------------------


def summed(x, y):
    s = 0.0
    for k in range(10):
        s += x * y + k
    return s if s > 0 else x


def chosen(p, q):
    return p and q, p or q


def element(a, k):
    return a[k] * a[k + 1]


@pytest.mark.parametrize("function, args, same", [
    (summed, (1.5, 2.0), (np.float64(1.5), np.float64(2.0))),
    (element, (np.ones(3), 1), (np.ones(3), np.int64(1))),
    (chosen, (True, False), (np.True_, np.False_)),
])  # fmt: skip
def test_a_python_number_and_numpys_share_a_program(function, args, same, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("DSL_LOG_COMPILES", "1")
    monkeypatch.setenv("DSL_CACHE_DIR", str(tmp_path / "cache"))
    kernel = dsl.kernel(function)
    for given in (args, same):
        found, expected = kernel(*given), function(*given)
        assert repr(found) == repr(expected)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "dsl: compiled" in lines[0] and "from what was compiled before" in lines[1]


def test_types_that_promote_otherwise_do_not():
    """np.float64 makes an f32 array f64, a Python float does not; np.int64 wraps where an int raises."""
    scale = lambda a, x: a * x
    for x in (0.1, np.float64(0.1)):
        array = np.float32([1.0, 3.0])
        assert dsl.kernel(scale)(array, x).dtype == (array * x).dtype
        assert dsl.kernel(scale)(array, x).tolist() == (array * x).tolist()
    square = lambda n: n * n
    with pytest.raises(OverflowError):
        dsl.kernel(square)(2**40)
    with np.errstate(over="ignore"):
        assert dsl.kernel(square)(np.int64(2**40)) == np.int64(2**40) * np.int64(2**40)
