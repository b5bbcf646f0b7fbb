"""What a kernel reads from around it may change between calls, as for any Python function."""

import collections
import copy
import dataclasses
import fractions
import math
import random
import timeit

import numpy as np
import pytest

import dsl
from dsl.calling.guards import sameness

FACTOR = 2.0
TABLE = [1.0, 2.0]


def scaled(x):
    return x * FACTOR


@dsl.kernel
def total(x):
    return scaled(x) + TABLE[1]


def test_a_global_that_is_rebound_is_seen(monkeypatch):
    assert total(3.0) == total.python(3.0) == 8.0
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    assert total(3.0) == total.python(3.0) == 17.0
    assert dsl.grad(total)(3.0) == 5.0


def test_a_derivative_sees_it_too(monkeypatch):
    gradient = dsl.grad(total)
    assert gradient(1.0) == 2.0
    monkeypatch.setitem(globals(), "FACTOR", 7.0)
    assert gradient(1.0) == 7.0


def test_a_list_that_changes_inside_is_seen():
    assert total(1.0) == 4.0
    TABLE[1] = 10.0
    try:
        assert total(1.0) == total.python(1.0) == 12.0
    finally:
        TABLE[1] = 2.0


def test_a_helper_that_is_replaced_is_seen(monkeypatch):
    assert total(1.0) == 4.0
    monkeypatch.setitem(globals(), "scaled", lambda x: x - 100.0)
    assert total(1.0) == total.python(1.0) == -97.0


@pytest.mark.parametrize("before, after", [(math.sin, math.cos), (np.sin, np.cos), (min, max)])
def test_a_name_for_a_function_of_a_library_that_is_rebound_is_seen(monkeypatch, before, after):
    monkeypatch.setitem(globals(), "OPERATION", before)
    arguments = (0.5, 2.0) if before is min else (0.5,)

    @dsl.kernel
    def applied(*xs):
        return float(OPERATION(*xs))  # noqa: F821

    assert applied(*arguments) == pytest.approx(float(before(*arguments)), rel=1e-15)
    monkeypatch.setitem(globals(), "OPERATION", after)
    assert applied(*arguments) == pytest.approx(float(after(*arguments)), rel=1e-15)


def test_a_closure_variable_that_is_rebound_is_seen():
    factor = 1.0

    @dsl.kernel
    def times(x):
        return factor * x

    assert times(2.0) == 2.0
    factor = 9.0
    assert times(2.0) == 18.0


def test_nothing_is_compiled_again_while_nothing_changes():
    total(1.0)
    compiled = dict(total._by_signature)
    total(2.0)
    assert total._by_signature == compiled


class Plain:
    """An object that is neither data nor a dataclass: equal to itself only."""

    def __init__(self, scale):
        self.scale = scale


@dataclasses.dataclass
class Box:
    content: object
    size: float = 1.0


class Fresh:
    """Makes its value anew each time that it is read."""

    @property
    def fraction(self):
        return fractions.Fraction(1, 2).limit_denominator(7)

    @property
    def plain(self):
        return Plain(2.0)

    @property
    def data(self):
        return [1.0, {"a": (float("nan"), np.arange(3.0))}]


FRESH = Fresh()
CONFIG = [Plain(2.0)]
HOLDERS = [
    ([np.arange(3.0)], lambda held: held[0][1], lambda held: held[0].__setitem__(1, 5.0)),
    ({"a": np.arange(3.0)}, lambda held: held["a"][1], lambda held: held["a"].__setitem__(1, 5.0)),
    ((1.0, [np.arange(3.0)]), lambda held: held[1][0][1], lambda held: held[1].__setitem__(0, np.full(3, 7.0))),
    (Box(np.arange(3.0)), lambda held: held.content[1], lambda held: held.content.__setitem__(1, 5.0)),
    (Box([Plain(2.0)]), lambda held: held.content[0].scale, lambda held: setattr(held.content[0], "scale", 5.0)),
    ([Plain(2.0)], lambda held: held[0].scale, lambda held: held.__setitem__(0, Plain(6.0))),
    ([Box(2.0)], lambda held: held[0].content, lambda held: setattr(held[0], "content", -0.0)),
    (Plain(np.arange(3.0)), lambda held: held.scale[1], lambda held: held.scale.__setitem__(1, math.nan)),
    (Plain([0.5, math.nan]), lambda held: held.scale[0], lambda held: held.scale.__setitem__(0, 1)),
]


@pytest.mark.parametrize("held, read, change", HOLDERS, ids=[f"{k}" for k in range(len(HOLDERS))])
def test_what_a_captured_value_holds_is_compared_by_value(held, read, change):
    """One compilation while nothing changes, another after a change, whatever holds the array or the object."""
    held = copy.deepcopy(held)

    @dsl.kernel
    def scaled(x):
        return x * read(held)

    compiled = []
    scaled._compile = lambda *args: compiled.append(1) or dsl.kernel(scaled.python)._compile(*args)
    for _ in range(3):
        np.testing.assert_equal(scaled(3.0), scaled.python(3.0))
    assert len(compiled) == 1
    change(held)
    for _ in range(3):
        np.testing.assert_equal(scaled(3.0), scaled.python(3.0))
        assert math.copysign(1, scaled(3.0)) == math.copysign(1, scaled.python(3.0))
    assert len(compiled) == 2


def test_what_is_made_anew_by_reading_it_is_compared_by_value_too():
    @dsl.kernel
    def first(x):
        return x * FRESH.data[0]

    assert first(3.0) == first(3.0) == 3.0
    assert len(first._by_signature) == 1


def test_what_never_stays_the_same_is_refused_with_its_name():
    @dsl.kernel
    def scaled(x):
        return x * FRESH.plain.scale

    with pytest.raises(dsl.Error, match="the attribute plain of Fresh\nhelp: "):
        scaled(3.0)


ATOMS = [
    None, True, False, 0, 1, -1, 2**70, 0.0, -0.0, 1.0, 0.5, -2.5, math.nan, math.inf, 1j, complex(0.0, -0.0), "", "a",
    b"a", np.float64(0.5), np.float64(1.0), np.float32(0.5), np.int64(1), np.bool_(True), np.float64("nan"),
    fractions.Fraction(1, 2), math.sin, Plain, range(3),
]  # fmt: skip


def generated(rng: random.Random, depth: int):
    """A value of any kind that a kernel may read."""
    kind = rng.choice(["atom", "list", "tuple", "dict", "set", "box", "array", "floats"]) if depth else "atom"
    parts = [generated(rng, depth - 1) for _ in range(rng.randrange(4))] if depth else []
    return {
        "atom": lambda: rng.choice(ATOMS),
        "list": lambda: parts,
        "tuple": lambda: tuple(parts),
        "dict": lambda: collections.OrderedDict(enumerate(parts)) if rng.random() < 0.3 else dict(enumerate(parts)),
        "set": lambda: {rng.choice(ATOMS) for _ in range(3)},
        "box": lambda: Box(parts),
        "array": lambda: np.array([rng.choice([0.0, -0.0, 1.0])] * rng.randrange(3), rng.choice("fdi")),
        "floats": lambda: [rng.choice([0.5, 2.5, -0.25]) for _ in range(rng.randrange(5))],
    }[kind]()  # fmt: skip


def described(value):
    """A value that is equal exactly where the compiler cannot tell two values apart."""
    if isinstance(value, np.ndarray | np.generic):
        return (type(value), str(value.dtype), value.shape, value.tobytes())
    if isinstance(value, dict):
        return (type(value), tuple((described(k), described(v)) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return (type(value), tuple(map(described, value)))
    if isinstance(value, set):
        return (set, frozenset(map(described, value)))
    if isinstance(value, Box):
        return (Box, described(value.content), described(value.size))
    return (type(value), repr(value))


@pytest.mark.parametrize("seed", range(300))
def test_sameness_is_equality_of_all_that_the_compiler_can_see(seed):
    rng = random.Random(seed)
    value = generated(rng, 3)
    same, meaning = sameness(value), described(value)
    assert same(value) and same(copy.deepcopy(value))
    for _ in range(30):
        other = generated(rng, 3)
        assert same(other) == (described(other) == meaning), (value, other)
    for a in ATOMS:
        for b in ATOMS:
            assert sameness([a])([b]) == (described([a]) == described([b])), (a, b)
            assert sameness(a)(b) == (described(a) == described(b)), (a, b)
            if not isinstance(b, fractions.Fraction):
                assert sameness([0.5, a, 2.5])([0.5, b, 2.5]) == (described(a) == described(b)), (a, b)


def test_a_long_captured_list_costs_a_call_little():
    numbers = [k + 0.5 for k in range(2000)]

    @dsl.kernel
    def third(x):
        return x * numbers[2]

    third(1.0)
    assert min(timeit.repeat(lambda: third(1.0), number=100, repeat=20)) / 100 < 200e-6  # it was 1.7 ms
    numbers[2] = np.float64(2.5)
    assert third(1.0) == third.python(1.0)
    numbers[2] = 4.0
    assert third(1.0) == third.python(1.0) == 4.0
