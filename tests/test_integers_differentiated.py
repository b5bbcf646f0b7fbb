"""Integers where floats are annotated: differentiated as the floats, and left alone everywhere else."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, field, is_dataclass
from typing import Annotated, NamedTuple, Optional

import numpy as np
import pytest

import dsl


@dataclass(frozen=True)
class Box:
    edge: float
    count: int = 2


class Pair(NamedTuple):
    first: float
    second: dsl.f64
    whole: int = 3


@dataclass
class Scene:
    box: Box
    pair: Pair
    sides: tuple[float, float]
    heights: list[float]
    named: dict[str, float]
    boxes: list[Box]
    shift: Annotated[float, "metres"]
    scale: Optional[float]  # noqa: UP045
    rest: float | None = None
    loose: float | int = 7
    powers: tuple[float, ...] = field(default=(2.0,))
    hidden: Unknown = 4  # noqa: F821


def scene(number) -> Scene:
    """A scene whose floats are made by `number`, of integers."""
    return Scene(Box(number(3)), Pair(number(2), number(5)), (number(1), number(2)), [number(2), number(3)],
                 {"a": number(4)}, [Box(number(1), 3), Box(number(2), 1)], number(6), number(2), number(3),
                 powers=(number(1), number(3)))


def volume(s, factor=1.5):
    total = s.box.edge ** s.box.count * s.shift + s.pair.first * s.pair.second ** s.pair.whole
    total += s.sides[0] * s.sides[1] ** 2 + s.heights[0] ** 2 * s.heights[1] + math.sqrt(s.named["a"])
    for box in s.boxes:
        total += box.edge ** 3 * box.count * s.scale
    return factor * (total + s.rest ** 2 * s.loose * s.hidden + s.powers[0] * s.powers[1] ** 2)


def leaves(value) -> list:
    if is_dataclass(value):
        value = astuple(value)
    if isinstance(value, dict):
        value = tuple(value.values())
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, tuple | list) else [value]


def same(found, expected):
    assert [(type(x), x) for x in leaves(found)] == [(type(x), x) for x in leaves(expected)]


def pullback(function):
    def run(*args):
        value, back = dsl.vjp(function, *args)
        return value, back(1.0)

    return run


def inside(transform):
    return lambda function: dsl.kernel(lambda s: transform(function)(s))


TRANSFORMS = {
    "grad": dsl.grad, "value_and_grad": dsl.value_and_grad, "vjp": pullback, "jacfwd": dsl.jacfwd, "jacrev": dsl.jacrev,
    "hessian": dsl.hessian, "jvp": lambda f: lambda s: dsl.jvp(f, (s,), (s,)),
    "grad inside": inside(dsl.grad), "value_and_grad inside": inside(dsl.value_and_grad),
    "jvp inside": lambda f: dsl.kernel(lambda s: dsl.jvp(f, (s,), (s,))),
    "vjp inside": lambda f: dsl.kernel(lambda s: dsl.vjp(f, s)[1](1.0)),
}  # fmt: skip


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_the_derivative_is_that_of_the_floats(transform):
    of = transform(volume)
    same(of(scene(int)), of(scene(float)))


def test_the_gradient_is_right():
    gradient = dsl.grad(volume)(scene(int))
    for path, exact in (("box.edge", 1.5 * 36), ("pair.second", 1.5 * 150), ("sides[1]", 6.0), ("heights[0]", 18.0),
                        ("named['a']", 0.375), ("boxes[1].edge", 36.0), ("rest", 252.0), ("powers[1]", 9.0)):
        assert eval(f"g.{path}", {"g": gradient}) == exact, path
    assert gradient.box.count == gradient.loose == gradient.hidden == 0


def test_integers_of_numpy_are_floats_too():
    same(dsl.grad(volume)(scene(np.int64)), dsl.grad(volume)(scene(np.float64)))


def test_one_float_among_integers_hides_none_of_them():
    assert dsl.grad(lambda p: p.first * p.second * p.whole)(Pair(2.0, 5)) == (15.0, 6.0, 0)


def test_of_positions_by_name_and_of_derivatives():
    def f(n, box: Box, *others: float, last: float = 1.0):
        return n * box.edge ** box.count * others[0] * others[1] * last

    assert dsl.grad(f, argnums=1)(2, Box(3), 4, 5) == Box(240.0, 0)
    assert dsl.grad(f, argnums=(1, -1))(2, Box(3), 4, 5) == (Box(240.0, 0), 72.0)
    assert dsl.grad(f, argnums=(1, 4))(2, Box(3), 4, 5, last=2) == (Box(480.0, 0), 360.0)
    assert dsl.grad(lambda box: dsl.grad(lambda b: b.edge ** 3)(box).edge)(Box(2)) == Box(12.0, 0)
    assert dsl.grad(lambda n, box: n * box.edge, argnums=1)(box=Box(2), n=7) == Box(7.0, 0)
    assert dsl.jacfwd(lambda box: (box.edge * 2, box.count))(Box(2)) == (Box(2.0, 0.0), None)


def doubled(x: float):
    return x * x


def test_an_argument_that_is_an_integer():
    assert dsl.grad(doubled)(3) == 6.0
    assert dsl.kernel(lambda n: dsl.grad(doubled)(n))(3) == 6.0
    with pytest.raises(dsl.Error, match="needs a float in it"):
        dsl.grad(lambda n: n * 0.5)(3)
    with pytest.raises(dsl.Error, match="needs a float in it"):
        dsl.grad(lambda p: p[0] * 0.5)((3, 4))


def test_elsewhere_an_annotation_changes_nothing():
    def f(box, factor):
        return isinstance(box.edge, int), box.edge // 2, factor * box.edge

    assert dsl.kernel(f)(Box(5), 2.0) == f(Box(5), 2.0) == (True, 2, 10.0)

    def scaled(box, factor):
        assert isinstance(box.edge, int)
        return factor * (box.edge // 2)

    assert dsl.grad(scaled, argnums=1)(Box(5), 2.0) == 2.0


def test_what_is_given_stays_as_it_is():
    given = scene(int)
    dsl.grad(volume)(given)
    same(given, scene(int))


def test_they_are_checked_against_differences():
    dsl.check_grads(volume, (scene(int),))
