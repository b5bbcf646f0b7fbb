"""The public interface, end to end on the CPU: values and derivatives in every structure, errors, calls."""

import dataclasses
import math
import threading
from typing import NamedTuple

import numpy as np
import pytest

import dsl


@dataclasses.dataclass
class Spring:
    stiffness: float
    mass: float
    turns: int = 3


class Point(NamedTuple):
    x: float
    y: float


@dsl.kernel
def polynomial(x, y):
    """x³y² + 2x"""
    return x**3 * y**2 + 2.0 * x


def helper(x):
    return math.sin(x) * x


# -- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [(3.0, 2.0), (3, 2), (3.0, 2), (True, 2), (np.float32(3), np.float32(2)),
                                  (np.float32(3), 2), (np.int32(3), np.int64(2)), (np.float64(3), 2)])  # fmt: skip
def test_values_and_types_are_pythons(args):
    found, expected = polynomial(*args), polynomial.python(*args)
    assert found == expected and type(found) is type(expected)


def test_structures_go_in_and_come_out():
    def f(pair, table, spring: Spring, p: Point, items):
        x, (y, n) = pair
        moved = Point(p.x + x, p.y * n)
        return moved, Spring(spring.stiffness * y, spring.mass, n), {"s": (x + items[1], y), 3: n}, [n > 2, None], items

    args = (1.5, (2.0, 3)), {"unused": 1}, Spring(4.0, 0.5), Point(0.25, 0.75), [1.0, 2.0]
    found, expected = dsl.kernel(f)(*args), f(*args)
    assert found == expected
    assert [type(part) for part in found] == [type(part) for part in expected]


def test_defaults_keywords_and_annotations():
    @dsl.kernel
    def f(x: dsl.f32, n: int = 2, *rest, scale=1.0, **more):
        return x * n * scale + len(rest)

    assert f(1.5) == f(x=1.5) == 3.0 and type(f(1.5)) is np.float32
    assert f(1.5, 3) == f(n=3, x=1.5) == 4.5
    assert f(1, scale=2) == 4.0 and f(1.5, 2, 0, 0) == 5.0
    with pytest.raises(dsl.Error, match=r"f\(\): missing a required argument: 'x'"):
        f()
    assert f(1.5, 2.5) == f.python(1.5, 2.5) == 3.75  # annotations convert no float to an int, in CPython neither


def test_an_int_where_a_float_is_annotated():
    @dsl.kernel
    def half(x: float):
        return x / 2

    assert half(3) == 1.5 and dsl.grad(half)(3) == 0.5


def test_methods():
    @dataclasses.dataclass
    class Line:
        slope: float

        @dsl.kernel
        def at(self, x):
            return self.slope * x * x

        @staticmethod
        @dsl.kernel
        def double(x):
            return 2.0 * x

    line = Line(3.0)
    assert line.at(2.0) == 12.0 and Line.at(line, 2.0) == 12.0 and Line.double(2.0) == 4.0
    assert dsl.grad(Line.at)(line, 2.0) == Line(4.0) and dsl.grad(line.at)(2.0) == 12.0


def test_redefinition_is_a_new_kernel():
    made = []
    for k in (2.0, 3.0):

        @dsl.kernel
        def f(x):
            return k * x  # noqa: B023 (it is called at once)

        made.append(f(1.0))
    assert made == [2.0, 3.0]


def test_functions_on_one_line_are_told_apart():
    f, g, h = (lambda x: x * 2.0), (lambda x: x * 3.0), (lambda: dsl.grad(lambda x: x * x)(4.0))
    assert (dsl.kernel(f)(1.0), dsl.kernel(g)(1.0), dsl.kernel(h)(), h()) == (2.0, 3.0, 8.0, 8.0)


def test_helpers_and_closures():
    scale = 3.0

    @dsl.kernel
    def f(x):
        inner = lambda v: v * scale
        return inner(helper(x)) + polynomial(x, 1.0)

    x = 0.7
    assert f(x) == pytest.approx(f.python(x), rel=1e-15)
    assert dsl.grad(f)(x) == pytest.approx(3 * (math.cos(x) * x + math.sin(x)) + 3 * x * x + 2, rel=1e-14)


def test_arguments_that_are_changed():
    def double(xs, table, a):
        xs[0], table["n"] = xs[0] * 2.0, table["n"] + 1
        a[1] = xs[0]
        return xs[0]

    def arguments():
        return [1.5, 2.0], {"n": 3}, np.zeros(2)

    args, plain = arguments(), arguments()
    assert dsl.kernel(double)(*args) == double(*plain) == 3.0
    assert args[:2] == plain[:2] and args[2].tolist() == plain[2].tolist() == [0.0, 3.0]
    args = arguments()
    assert dsl.grad(double)(*args) == [2.0, 0.0] and args[:2] == arguments()[:2] and not args[2].any()


def test_many_threads_call_one_kernel():
    @dsl.kernel
    def f(x, n):
        for i in range(n):
            x = x + i * 0.5
        return x

    gradient, wrong = dsl.grad(f), []

    def work(k):
        for n in range(60):
            if f(float(k), n) != f.python(float(k), n) or gradient(float(k), n) != 1.0:
                wrong.append((k, n))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# -- derivatives ---------------------------------------------------------------------------------------------------

X, Y = 1.5, -0.75
DX, DY = 3 * X**2 * Y**2 + 2, 2 * X**3 * Y
DXX, DXY, DYY = 6 * X * Y**2, 6 * X**2 * Y, 2 * X**3


def near(value):
    return pytest.approx(value, rel=1e-14)


def test_grad():
    assert dsl.grad(polynomial)(X, Y) == near(DX)
    assert dsl.grad(polynomial, argnums=1)(X, Y) == dsl.grad(polynomial, -1)(X, Y) == near(DY)
    assert dsl.grad(polynomial, argnums=(1, 0))(X, Y) == near((DY, DX))
    assert dsl.grad(polynomial)(X, y=Y) == dsl.grad(polynomial)(y=Y, x=X) == near(DX)


def test_value_and_grad_and_aux():
    value = polynomial.python(X, Y)
    assert dsl.value_and_grad(polynomial)(X, Y) == near((value, DX))
    with_aux = lambda x, y: (polynomial(x, y), {"sum": x + y})
    assert dsl.grad(with_aux, has_aux=True)(X, Y) == (near(DX), {"sum": X + Y})
    assert dsl.value_and_grad(with_aux, (0,), has_aux=True)(X, Y) == ((near(value), {"sum": X + Y}), (near(DX),))


def test_jvp_and_vjp():
    value = polynomial.python(X, Y)
    assert dsl.jvp(polynomial, (X, Y), (2.0, 3.0)) == near((value, 2 * DX + 3 * DY))
    found, pullback = dsl.vjp(polynomial, X, Y)
    assert found == near(value)
    assert pullback(1.0) == near((DX, DY)) and pullback(-2.0) == near((-2 * DX, -2 * DY))


def test_vjp_keeps_the_arguments_as_they_were():
    xs = [2.0, 3.0]
    _, pullback = dsl.vjp(lambda v: v[0] * v[1], xs)
    xs[0] = 100.0
    assert pullback(1.0) == ([3.0, 2.0],)


def test_jacobians_and_hessians():
    f = lambda x, y: (polynomial(x, y), {"p": x * y})
    for jacobian in (dsl.jacfwd, dsl.jacrev):
        first, rest = jacobian(f, (0, 1))(X, Y)
        assert first == near((DX, DY)) and rest["p"] == (Y, X)
        assert jacobian(f)(X, Y)[0] == near(DX)
    (xx, xy), (yx, yy) = dsl.hessian(polynomial, (0, 1))(X, Y)
    assert (xx, xy, yx, yy) == near((DXX, DXY, DXY, DYY))
    assert dsl.hessian(polynomial)(X, Y) == near(DXX)


def test_derivatives_nest():
    g = dsl.grad
    assert g(g(polynomial), 1)(X, Y) == g(g(polynomial, 1))(X, Y) == near(DXY)
    assert g(g(g(polynomial)))(X, Y) == near(6 * Y**2)
    assert g(g(g(g(polynomial)), 1), 1)(X, Y) == near(12 * X)
    assert dsl.jvp(g(polynomial), (X, Y), (1.0, 0.0)) == near((DX, DXX))
    assert g(lambda x: dsl.jvp(polynomial, (x, Y), (1.0, 0.0))[1])(X) == near(DXX)
    assert g(lambda x: g(polynomial)(x, Y) * x)(X) == near(DXX * X + DX)
    third = dsl.jacfwd(dsl.hessian(math.sin))(0.5)
    assert third == near(-math.cos(0.5))


def test_structures_of_derivatives():
    def energy(spring: Spring, points, table):
        length = points[0].x - points[1].x
        return spring.stiffness * length * length * table["k"] + spring.mass * points[0].y * spring.turns

    args = Spring(2.0, 0.5, 4), (Point(3.0, 1.0), Point(1.0, 7.0)), {"k": 0.5, "n": 3}
    spring, points, table = dsl.grad(energy, (0, 1, 2))(*args)
    assert spring == Spring(2.0, 4.0, 0) and type(spring.turns) is int
    assert points == (Point(4.0, 2.0), Point(-4.0, 0.0)) and table == {"k": 8.0, "n": 0}
    along = Spring(1.0, 0.0, 0), (Point(0.0, 1.0), Point(0.0, 0.0)), {"k": 0.0, "n": 0}
    assert dsl.jvp(energy, args, along)[1] == 2.0 + 2.0
    _, pullback = dsl.vjp(energy, *args)
    assert pullback(1.0) == (spring, points, table)


def test_derivatives_have_the_arguments_precision():
    assert type(dsl.grad(helper)(np.float32(0.5))) is np.float32
    value, tangent = dsl.jvp(lambda x, n: x * n, (np.float32(2), 3), (1.0, 0))
    assert type(value) is type(tangent) is np.float32 and (value, tangent) == (6, 3)


def test_a_loop_with_a_data_dependent_end():
    def root(a):
        x, steps = a, 0
        while abs(x * x - a) > 1e-12:
            x = 0.5 * (x + a / x)
            steps += 1
        return x

    assert dsl.grad(root)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-9)


def test_check_grads():
    dsl.check_grads(polynomial, (X, Y), order=2)
    dsl.check_grads(lambda p, n: helper(p["a"][0]) * n, ({"a": (0.5, 2)}, 3))


# -- errors --------------------------------------------------------------------------------------------------------


def refused(call, *words):
    with pytest.raises(dsl.Error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
    return caught.value


def test_gradients_that_make_no_sense():
    def pair(x):
        return x, x

    def count(n):
        return n * n

    error = refused(lambda: dsl.grad(pair)(1.0), "needs it to return one float; it returns (float, float)", "jacrev")
    assert (error.filename, error.line, error.column) == (__file__, pair.__code__.co_firstlineno, 5)
    refused(lambda: dsl.grad(count)(3), "needs it to return one float; it returns int")
    refused(lambda: dsl.grad(lambda x, n: x * n, 1)(1.0, 3), "with respect to n needs a float in it; it is int")
    refused(lambda: dsl.grad(pair, has_aux=True)(3), "it returns (int, int)")


@pytest.mark.parametrize("argnums, named", [(2, "2"), (-3, "-3"), ((0, 5), "5"), ("x", "x")])
def test_bad_argnums(argnums, named):
    refused(lambda: dsl.grad(polynomial, argnums)(X, Y), f"argument {named}; polynomial was called with 2")
    refused(lambda: dsl.jacfwd(polynomial, argnums)(X, Y), "argnums names")


def test_tangents_and_cotangents_of_another_structure():
    refused(lambda: dsl.jvp(polynomial, (X, Y), (1.0,)), "the tangents must have the structure of the arguments")
    refused(lambda: dsl.jvp(lambda p: p["a"], ({"a": X},), ({"b": 1.0},)), "({'a': float},), found ({'b': float},)")
    refused(lambda: dsl.vjp(lambda x: (x, x), X)[1](1.0), "the cotangent must have the structure of what <lambda>")
    with pytest.raises(TypeError, match="tangents is a tuple with one entry for each argument, not float"):
        dsl.jvp(polynomial, (X, Y), 1.0)
    with pytest.raises(TypeError, match="dsl.kernel decorates a function, not int"):
        dsl.kernel(3)


def test_a_program_outside_the_language():
    @dsl.kernel
    def f(x):
        yield x

    error = refused(lambda: f(1.0), __file__)
    assert error.filename == __file__ and error.line > 0 and error.column > 0
