"""Names that mean a struct or a function of one of several kinds, or one of several objects, compared with CPython; and
derivatives through them, compared with the closed form of the path that was taken."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

import dsl
from dsl.frontend.lower import lower
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import check


@dataclass(frozen=True)
class Sphere:
    centre: float
    radius: float

    def distance(self, x):
        return abs(x - self.centre) - self.radius

    @property
    def size(self):
        return self.radius * self.radius

    def __add__(self, k):
        return Sphere(self.centre + k, self.radius)


@dataclass(frozen=True)
class Box:
    low: float
    high: float
    kind: int = 3

    def distance(self, x):
        return max(self.low - x, x - self.high)

    @property
    def size(self):
        return self.high - self.low

    def __add__(self, k):
        return Box(self.low + k, self.high + k)


@dataclass
class Point:
    x: float

    def distance(self, x):
        return abs(x - self.x)

    def move(self, step):
        self.x += step


@dataclass
class Disc:
    x: float
    radius: float

    def distance(self, x):
        return abs(x - self.x) - self.radius

    def move(self, step):
        self.x += 0.5 * step


def frozen_shapes(x):
    return Sphere(1.0, 0.5), Box(2.0, 3.0), Sphere(x, 0.1)


def mutable_shapes(x):
    return [Point(1.0), Disc(2.0, x), Point(x)]


def told_by_isinstance(x, n):
    shape = Sphere(x, 1.0) if n > 2 else Box(x, x + 1.0)
    if isinstance(shape, Sphere):
        return shape.radius + shape.distance(0.5)
    return shape.distance(0.3) + shape.high


def nearest(x, n):
    found, least = None, None
    for shape in frozen_shapes(x):
        distance = shape.distance(x * n)
        if least is None or distance < least:
            least, found = distance, shape
    return found.size * least, isinstance(found, Box), found


def nearest_object(x, n):
    shapes, found = mutable_shapes(x), None
    for i in range(n):
        for shape in shapes:
            if found is None or shape.distance(x + i) < found.distance(x + i):
                found = shape
    return 0.0 if found is None else found.x


def at_an_index(x, n):
    shapes, total, best = frozen_shapes(x), 0.0, None
    for i in range(n):
        shape = shapes[i % 3]
        total += shape.distance(x * i)
        if best is None or shape.distance(x * i) < best.distance(x * i):
            best = shape + x
    return total, best


def moved_at_an_index(x, n):
    shapes, best = mutable_shapes(x), None
    for i in range(n):
        shape = shapes[i % 3]
        shape.move(0.25)
        if best is None or shape.distance(x * i) < best.distance(x * i):
            best = shape
    if best is not None:
        best.move(3.0)
    return best, shapes


def least_by_key(x, n):
    shapes = mutable_shapes(x)
    found = min(shapes, key=lambda shape: shape.distance(x * n))
    found.move(1.0)
    ordered = sorted(shapes, key=lambda shape: shape.distance(0.5))
    return found.x, [shape.x for shape in ordered], shapes


def functions_at_an_index(x, n):
    functions = [math.sin, lambda t: t * x, math.cos]
    t = x
    for i in range(n):
        t = functions[i % 3](t)
    bend = (lambda t: t * x) if n > 2 else (lambda t: t - x)
    turn = math.sin if x > 1 else math.cos
    return t, bend(2.0) + turn(x)


def pairs_at_an_index(x, n):
    weight, function = ((1.0, math.sin), (2.0, math.exp), (x, None))[n % 3]
    return weight if function is None else weight * function(x)


def arrays_at_an_index(x, n):
    arrays, total = [np.ones(2), np.zeros(2)], 0.0
    for i in range(n):
        chosen = arrays[i % 2]
        total += chosen[0] * x
        chosen[1] += x
    return total, arrays


def made_in_the_loop(x, n):
    best = None
    for i in range(n):
        one = [Point(x), Point(i * 1.0)][i % 2]
        if best is None or one.x > best.x:
            best = one
    return best


def matched(x, n):
    shape = None
    if n > 1:
        shape = Sphere(x, 2.0)
    if n > 4:
        shape = Disc(x, 1.0)
    match shape:
        case Sphere(centre=centre) if centre > 0:
            return centre
        case Disc(at, radius):
            return at * radius
        case None:
            return -1.0
        case _:
            return shape.size


PROGRAMS = [matched, told_by_isinstance, nearest, nearest_object, at_an_index, moved_at_an_index, least_by_key,
            functions_at_an_index, pairs_at_an_index, arrays_at_an_index, made_in_the_loop]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_one_of_several_is_what_it_is_in_cpython(program):
    for args in [(1.5, 0), (2.5, 3), (-0.5, 7), (0.25, 5)]:
        check(program, *args, approximately=True)


def test_what_is_used_has_to_be_in_all():
    def f(x):
        shape = Sphere(x, 1.0) if x > 0.0 else Box(x, 1.0)
        return shape.high

    with pytest.raises(CompileError, match="Sphere has no attribute 'high'"):
        lower(f, (1.0,))


@dsl.kernel
def traced(x, y, n):
    shapes = (Sphere(y, 0.5), Box(y * 2.0, 3.0), Sphere(1.0, y))
    functions = (math.sin, math.exp)
    total, last = x, None
    for i in range(n):
        shape = min(shapes, key=lambda shape: shape.distance(total))
        if last is None or shape.size > last.size:
            last = shapes[i % 3]
        total += 0.1 * functions[i % 2](shape.distance(total) * y)
    return total if last is None else total * last.size


@pytest.mark.parametrize("args", [(0.3, 0.7, 4), (2.2, 0.45, 3), (1.1, 0.8, 0)])
def test_derivatives_through_what_was_chosen(args):
    """Against differences of CPython's values, along the path that it takes."""
    def difference(function, k, h):
        moved = [tuple(a + s * h if j == k else a for j, a in enumerate(args)) for s in (-2, -1, 1, 2)]
        low, below, above, high = (function(*each) for each in moved)
        return (8.0 * (above - below) - (high - low)) / (12.0 * h)

    gradient = dsl.grad(traced, argnums=(0, 1))(*args)
    for k in (0, 1):
        assert gradient[k] == pytest.approx(difference(traced.python, k, 1e-3), rel=1e-8, abs=1e-9)
        direction = tuple(float(j == k) for j in (0, 1))
        assert dsl.jvp(traced, args, (*direction, 0))[1] == pytest.approx(gradient[k], rel=1e-12)
    second = dsl.grad(dsl.grad(traced))(*args)
    assert second == pytest.approx(difference(dsl.grad(traced), 0, 1e-4), rel=1e-7, abs=1e-8)


@dataclass
class Weights:
    values: np.ndarray
    scale: float


def test_a_struct_read_in_a_loop_is_not_changed():
    @dsl.kernel
    def f(weights, x, n):
        def inner(t):
            total = 0.0
            for i in range(n):
                total += weights.values[i % 3] * t * t * weights.scale
            return total

        return dsl.grad(inner)(x)

    assert f(Weights(np.arange(3.0), 2.0), 1.5, 5) == 2.0 * (0 + 1 + 2 + 0 + 1) * 2 * 1.5
