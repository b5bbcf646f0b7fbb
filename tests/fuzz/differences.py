"""What stands in for `dsl` where a program of 60 digits takes derivatives of its own: central differences.

A step of 1e-20 leaves 40 digits, of which the differences around it (oracle.py) need 18 or 24. A derivative of a
derivative would have too few, and one next to a decision none: both raise NotSmooth, and nothing is compared.
"""

from types import SimpleNamespace

from mpmath import mpf

from tests.fuzz.number import STATE, NotSmooth, Number, number, rounded

STEP = mpf(10) ** -20
EXPECTED = (ArithmeticError, AssertionError, LookupError, ValueError, RuntimeError)


def value_and_slope(function, x) -> tuple:
    """The value, and the derivative; the path of the value alone counts as taken."""
    x = number(x)
    before, rounding = STATE.decisions, STATE.rounding
    if STATE.inside:
        raise NotSmooth
    STATE.inside, STATE.rounding = True, None
    try:
        value, path = watched(function, x)
        ends = []
        for step in (STEP, -STEP):
            try:
                end, taken = watched(function, Number(x.value + step))
            except EXPECTED as error:
                raise NotSmooth from error
            if taken != path:
                raise NotSmooth
            ends.append(number(end).value)
    finally:
        STATE.decisions, STATE.rounding, STATE.inside = before, rounding, False
    before += path
    return number(value), rounded((ends[0] - ends[1]) / (2 * STEP))


def watched(function, x) -> tuple:
    STATE.decisions = []
    return function(x), STATE.decisions


def value_and_grad(function):
    return lambda x: value_and_slope(function, x)


def grad(function):
    return lambda x: value_and_slope(function, x)[1]


def jvp(function, primals, tangents):
    value, slope = value_and_slope(function, primals[0])
    return value, slope * tangents[0]


def vjp(function, x):
    value, slope = value_and_slope(function, x)
    return value, lambda ct: (slope * ct,)


DSL = SimpleNamespace(
    grad=grad, value_and_grad=value_and_grad, jvp=jvp, vjp=vjp, checkpoint=lambda function: function
)
