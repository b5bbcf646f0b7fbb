"""Arguments that are one thing under two names: only read, they may be; changed, the call is refused."""

from dataclasses import dataclass

import numpy as np
import pytest

import dsl

OUTSIDE = np.array([1.0, 2.0, 3.0])


@dataclass
class Body:
    x: float
    v: float


HOME = Body(1.0, 2.0)


def dot(a, b):
    s = 0.0
    for i in range(len(a)):
        s += a[i] * b[i]
    return s


def shift(a, b):
    for i in range(len(a)):
        a[i] = 2.0 * b[i]
    return b[0] * b[1]


def push(p, q):
    p.x = 5.0
    return p.x * q.x


def bounce(p, q, n):
    for i in range(n):
        if i > 1:
            p.v = -p.v
        p.x += p.v * q.x
    return p.x


def energy(p, q):
    return p.x * q.v


def told_apart(p, q):
    return 1.0 if p is q else p.x


def first(bodies):
    bodies[0].x += 1.0
    return bodies[1].x


def exchange(bodies):
    bodies[0] = Body(0.0, 0.0)
    return bodies[1].x


def from_outside(a):
    a[0] = 7.0
    return OUTSIDE[0] * a[1]


def from_home(p):
    p.x += 1.0
    return HOME.x


def body():
    return Body(2.0, 3.0)


def array():
    return np.array([1.0, 2.0, 3.0, 4.0])


def refuses(call, *names):
    with pytest.raises(dsl.Error, match="arguments are separate things") as caught:
        call()
    assert all(name in str(caught.value) for name in names), caught.value


SHARED = {
    "one array": lambda k: k(shift)(*[array()] * 2),
    "an array and a part of it": lambda k: (lambda a: k(shift)(a[:2], a))(array()),
    "parts that overlap": lambda k: (lambda a: k(shift)(a[1:], a[:-1]))(array()),
    "rows and a column": lambda k: (lambda a: k(shift)(a[0], a[:, 1]))(np.ones((3, 3))),
    "one object": lambda k: k(push)(*[body()] * 2),
    "one object, changed in a loop": lambda k: k(bounce)(*[body()] * 2, 4),
    "one object, asked for": lambda k: k(told_apart)(*[body()] * 2),
    "one object twice in a list": lambda k: k(first)([body()] * 2),
    "one array in two structures": lambda k: (lambda a: k(lambda p, q: shift(p[0], q[0]))((a,), (a,)))(array()),
    "an array of the module": lambda k: k(from_outside)(OUTSIDE),
    "an object of the module": lambda k: k(from_home)(HOME),
}
SEPARATE = {
    "copies": (shift, lambda: (array(), array())),
    "parts side by side": (shift, lambda: (array().reshape(2, 2)[0], array().reshape(2, 2)[1])),
    "columns side by side": (shift, lambda: tuple(np.arange(6.0).reshape(3, 2).T)),
    "one array, only read": (dot, lambda: (array(),) * 2),
    "one object, only read": (energy, lambda: (body(),) * 2),
    "equal objects": (push, lambda: (body(), body())),
    "two objects, told apart": (told_apart, lambda: (body(), body())),
    "one object twice in a list that is changed": (exchange, lambda: ([body()] * 2,)),
}


@pytest.mark.parametrize("case", SHARED)
def test_what_is_changed_must_have_one_name(case):
    refuses(lambda: SHARED[case](dsl.kernel))


@pytest.mark.parametrize("case", SEPARATE)
def test_everything_else_is_as_in_python(case):
    function, make = SEPARATE[case]
    expected, found = make(), make()
    assert dsl.kernel(function)(*found) == function(*expected)
    for a, b in zip(found, expected):
        np.testing.assert_equal(vars(a) if isinstance(a, Body) else a, vars(b) if isinstance(b, Body) else b)


def test_the_message_names_both():
    a, p = array(), body()
    refuses(lambda: dsl.kernel(shift)(a, a), "a and b are one array")
    refuses(lambda: dsl.kernel(shift)(a[1:], a[:-1]), "a and b are arrays that overlap")
    refuses(lambda: dsl.kernel(first)([p, p]), "bodies[0] and bodies[1] are the same object")
    refuses(lambda: dsl.kernel(from_outside)(OUTSIDE), "a and OUTSIDE are one array")


def test_nothing_is_changed_by_a_call_that_is_refused():
    a = array()
    refuses(lambda: dsl.kernel(shift)(a[1:], a[:-1]))
    np.testing.assert_array_equal(a, array())


def test_derivatives_refuse_it_too():
    a, p, kernel = array(), body(), dsl.kernel(shift)
    refuses(lambda: dsl.grad(kernel, argnums=1)(a, a))
    refuses(lambda: dsl.jvp(kernel, (a, a), (array(), array())))
    refuses(lambda: dsl.vjp(kernel, a, a))
    refuses(lambda: dsl.hessian(kernel, argnums=1)(a, a))
    refuses(lambda: dsl.grad(dsl.kernel(push), argnums=1)(p, p))
    refuses(lambda: dsl.grad(kernel, argnums=1).tape_bytes(a, a))


def test_a_direction_may_be_the_arguments_themselves():
    a, b, p = array(), array()[::-1].copy(), body()
    value, dot_ = dsl.jvp(dsl.kernel(shift), (a, b), (a, b))
    assert value == 12.0 and dot_ == pytest.approx(24.0)
    assert dsl.jvp(dsl.kernel(push), (p, body()), (p, p)) == (10.0, 10.0)


def test_a_stored_program_refuses_it_too(tmp_path):
    dsl.compile(shift, dsl.f64[4], dsl.f64[4]).save(tmp_path / "shift.dslx")
    stored, a = dsl.load(tmp_path / "shift.dslx"), array()
    refuses(lambda: stored(a, a))
    assert stored(array(), a) == 2.0


def test_inside_a_kernel_two_names_are_one_thing():
    def f(a):
        return shift(a[1:], a[:-1])

    a, b = array(), array()
    assert dsl.kernel(f)(a) == f(b)
    np.testing.assert_array_equal(a, b)


def in_a_list(ab):
    a, b = ab
    for i in range(3):
        a[i] = b[i] + 1.0
    return a.sum()


GIVEN_TWICE = {
    "grad": lambda x: dsl.grad(shift)(x, x)[0],
    "a part of it": lambda x: dsl.grad(in_a_list)((x, x[1:]))[0][0],
    "in a tuple": lambda x: dsl.grad(in_a_list)((x, x))[0][0],
    "jvp": lambda x: dsl.jvp(shift, (x, x[:2]), (x, x[:2]))[1],
    "vjp": lambda x: dsl.vjp(shift, x, x)[1](1.0)[0][0],
}


@pytest.mark.parametrize("case", GIVEN_TWICE)
def test_derivatives_inside_a_kernel_refuse_it(case):
    kernel = dsl.kernel(GIVEN_TWICE[case])
    with pytest.raises(dsl.CompileError, match="given twice|changes a value around it"):
        kernel(array())


def test_derivatives_inside_a_kernel_take_what_is_only_read():
    kernel = dsl.kernel(lambda x: dsl.grad(dot)(x, x)[2])
    assert kernel(array()) == 3.0


def test_functions_with_rules_do_not_change_their_arguments():
    @dsl.custom_vjp
    def halved(x):
        x[0] = 0.5 * x[0]
        return x[0] * x[1]

    halved.defvjp(lambda x: (halved(x), x), lambda x, ct: (ct * x,))

    def solver(x0, a):
        x0[0] = 3.0
        return x0[0] * a

    root = dsl.custom_root(lambda x, x0, a: x - 3.0 * a, solver)
    for f in (lambda x: halved(x) + x[0], lambda x: root(x, 2.0) + x[0]):
        with pytest.raises(dsl.CompileError, match="changed by it"):
            dsl.kernel(f)(array())
