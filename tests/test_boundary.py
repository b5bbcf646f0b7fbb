"""What crosses into a kernel, or stands around it, and is not of the language: an error that says so, quickly."""

import dataclasses
import math
import time

import numpy as np
import pytest

import dsl


class OtherArray:
    """An array of another library, with element types of its own."""

    shape = (3,)
    dtype = "other.float32"

    def __array__(self, *args, **kwargs):
        return np.zeros(3)

    def __dlpack__(self, **kwargs):
        raise BufferError


@dsl.kernel
def same(x):
    return x


@pytest.mark.parametrize("value, part", [
    (1j, "complex"), ([1.0, 2j], "complex"), (OtherArray(), "other.float32"), (np.array(["a"]), "<U1"),
    (np.ma.array([1.0, 2.0], mask=[True, False]), "mask"), (np.array([None]), "object"),
    ([0.0] * 1_000_000, "1000000 items"), ((1,) * 1_000_000, "pass an array"), ({"a": [0.0] * 20_000}, "20000 items"),
    ([[0.0] * 1_000] * 1_000, "10990 items"), (([(0.0,) * 9] * 9_000, 1.0), "pass an array"),
    ({k: [[0.0] * 30] * 30 for k in range(30)}, "pass an array"),
], ids=lambda value: value if isinstance(value, str) else type(value).__name__)
def test_an_argument_that_is_not_of_the_language_is_an_error(value, part):
    begun = time.perf_counter()
    with pytest.raises(dsl.Error, match=part):
        same(value)
    assert time.perf_counter() - begun < 10


@pytest.mark.parametrize("function, meant", [
    (lambda x: math.sqroot(x), "sqrt"), (lambda x: np.arcsine(x), "arcsin"), (lambda x: maths.sin(x), "math"),  # noqa: F821
    (lambda x: abss(x), "abs"),  # noqa: F821
])
def test_a_misspelt_name_gets_its_nearest(function, meant):
    with pytest.raises(dsl.Error, match=f"did you mean {meant}"):
        dsl.kernel(function)(1.0)


def test_a_mistake_of_ours_has_the_line_that_was_compiled(monkeypatch):
    from dsl.frontend.engine import interpreter

    def broken(m, node):
        raise KeyError("lost")

    kinds = [kind for kind in interpreter.EXPRESSIONS if kind.__name__ == "BinOp"]
    monkeypatch.setitem(interpreter.EXPRESSIONS, kinds[0], broken)
    with pytest.raises(dsl.Error, match=r"test_boundary.py:\d+:\d+: .*mistake of dsl: KeyError: 'lost'") as caught:
        dsl.kernel(lambda x: x * 2.0)(1.0)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan, 0.0, -0.0, -3.5, np.float32(-2.5), np.float32("inf"), 7])
def test_sign(x):
    found = dsl.kernel(lambda x: np.sign(x))(x)
    np.testing.assert_equal(found, np.sign(x))
    assert type(found) is type(np.sign(x))


@dataclasses.dataclass
class Pair:
    a: float
    b: float


def changed_list(xs):
    value, pull = dsl.vjp(lambda xs: xs[0] * xs[0] * xs[1], xs)
    xs[0] = 5.0
    return value, pull(1.0)[0]


def changed_field(p):
    value, pull = dsl.vjp(lambda p: p.a * p.a * p.b, p)
    p.a = 5.0
    return value, pull(1.0)[0]


@pytest.mark.parametrize("program, value, expected", [
    (changed_list, [2.0, 3.0], [12.0, 4.0]), (changed_list, np.array([2.0, 3.0]), [12.0, 4.0]),
    (changed_list, np.array([2.0, 3.0] + [0.0] * 38), [12.0, 4.0] + [0.0] * 38),
    (changed_list, {0: 2.0, 1: 3.0}, {0: 12.0, 1: 4.0}), (changed_field, Pair(2.0, 3.0), Pair(12.0, 4.0)),
])
def test_a_pullback_is_of_the_arguments_as_they_were(program, value, expected):
    found = dsl.kernel(program)(value)
    assert found[0] == 12.0
    np.testing.assert_equal(found[1], expected)


def rebound(x):
    k = 3.0 * x
    _, pull = dsl.vjp(lambda t: t * k, x)
    k = 5.0
    return pull(1.0)[0] + 0.0 * k


def changed_inside(x):
    a = [2.0, x]
    _, pull = dsl.vjp(lambda t: t * a[0], x)
    a[0] = 7.0
    return pull(1.0)[0]


def changed_array(x):
    a = np.zeros(40) + x
    _, pull = dsl.vjp(lambda t: t * a[0], x)
    a[0] = 7.0
    return pull(1.0)[0]


def through_a_helper(x):
    k = 3.0 * x
    helper = lambda t: t * k
    _, pull = dsl.vjp(lambda t: helper(t), x)
    k = 5.0
    return pull(1.0)[0] + 0.0 * k


@pytest.mark.parametrize("program", [rebound, changed_inside, changed_array, through_a_helper])
def test_a_pullback_of_a_function_whose_surroundings_changed_is_refused(program):
    with pytest.raises(dsl.Error, match="has changed since"):
        dsl.kernel(program)(2.0)


def test_a_pullback_may_be_called_in_a_loop():
    def program(x):
        k = np.zeros(20) + x
        _, pull = dsl.vjp(lambda t: t * k[3], x)
        s = 0.0
        for i in range(3):
            s += pull(1.0)[0] * k[i]
        return s

    assert dsl.kernel(program)(2.0) == 12.0
