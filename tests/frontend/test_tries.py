"""`try` beside CPython: what is raised, in which order things happen, and what is left behind; and its derivatives.

(tests/fuzz makes programs of these out of everything else.)"""

from __future__ import annotations

import math

import numpy as np
import pytest

import dsl
from dsl.runtime.reports import failure
from tests.frontend.compare import check


class Stop(Exception):
    pass


class Halt(Stop):
    pass


def late(a, i, x):
    """What happened before the failure stays; nothing of the statement that failed does."""
    out = [0.0, 1.0]
    try:
        out[0] = x
        out[1], a[i] = x + 1.0, x
        out[-1] += a[i + 1] if i < 3 else 7.0
        k = out.index(x)
        a[k] += a[i - 9]
        out[0] = 100.0
    except IndexError:
        out[0] = out[0] - 10.0
    else:
        out[0] = 50.0
    return out[0], out[1], a


def order(n, x):
    def told(v, k):
        print("told", k)
        return v / k

    total = 0.0
    for i in range(n):
        try:
            total += told(x, i - 1) + told(x, 2 - i)
            print("sum", total)
        except ZeroDivisionError:
            print("zero at", i)
            continue
        finally:
            print("finally", i)
            total += 1.0
        if i == 4:
            break
    else:
        total = -total
    return total


def steps(x, n):
    for i in range(n):
        if x > 40.0:
            raise Halt("far")
        x = x * 1.5 + 1.0 / (i - 6)
        if x < -3.0:
            raise ValueError(f"at {i}")
    return x


def nested(x, n):
    try:
        try:
            y = steps(x, n)
        except Stop:
            if n % 2:
                raise
            y = -1.0
        except ValueError as e:
            raise e from None
        finally:
            x += 1.0
    except (ValueError, Stop):
        y = 3.0 * x
    except ArithmeticError:
        y = 5.0 * x
    return y + x


def uncaught(x, n):
    try:
        y = steps(x, n) if n < 6 else float(1 // (n - 8))
    except KeyError:
        y = 0.0
    except Stop:
        y = 1.0
    return y


def until(x, limit):
    """`while` whose condition raises; the loop's names as they were left."""
    k = 0
    try:
        while 60 // (limit - k) > x:
            k += 1
            if k > 100:
                return -1, 0
    except ZeroDivisionError:
        return k, 1
    return k, 2


def domains(x):
    found = [0.0] * 13
    for k, attempt in enumerate((lambda: math.sqrt(x), lambda: math.log(x), lambda: math.exp(x), lambda: 1.0 / x,
                    lambda: x ** 40, lambda: x ** -1, lambda: math.acos(x), lambda: float(int(x) // 2),
                    lambda: math.gamma(x), lambda: math.pow(x, -0.5), lambda: x // 0.0,
                                 lambda: math.fmod(x, x), lambda: math.atanh(x))):
        try:
            found[k] = attempt()
        except ZeroDivisionError:
            found[k] = -1.0
        except ValueError:
            found[k] = -2.0
        except OverflowError:
            found[k] = -3.0
    return found


def unbound(x, n):
    try:
        y = 1 // n
        z = y + x
    except ZeroDivisionError:
        print("none")
    return y + z


def assertion(x):
    try:
        assert x > 0, f"not {x}"
        return math.sqrt(x)
    except AssertionError:
        return -x
    finally:
        print("done")


def nothing_raised(n):
    """A `try` that catches nothing, with a loop in which another one is left early."""
    total = 0
    while n > 0:
        n -= 1
        try:
            if n > 6:
                return -total
            for k in range(1, 4):
                total += math.gcd(k, n)
        except Stop:
            total = 100
    return total


def lazily(xs, n):
    """What is made of what may raise, and is computed behind it."""
    total = 0.0
    try:
        if xs[n] > 1.0:
            raise Stop
        left = 2
        while left > 0 and bool(xs[n - 5]):
            left -= 1
            total += sum([u * v for u, v in zip((1.0, xs[n]), (xs[n - 3], 2.0))])
            if total > 7.0:
                return total
    except IndexError:
        total += 100.0
    except Stop:
        total = -1.0
    return total


def made_behind(x, n):
    """A list that a call makes behind what may have raised."""
    xs = [math.cos(x * k) for k in range(n)]
    try:
        return sorted(xs)[1] + sorted(xs)[n - 3] / (n - 4)
    except IndexError:
        return -1.0
    except ZeroDivisionError:
        return -2.0


CALLS = [
    *[(late, (np.array([1.0, 2.0, 3.0, 4.0]), i, 0.5)) for i in (0, 2, 3, 4, -4, -5)],
    *[(order, (n, 1.5)) for n in (0, 1, 3, 8)],
    *[(nested, (x, n)) for x in (1.0, 30.0, -9.0) for n in (0, 3, 4, 8)],
    *[(uncaught, (x, n)) for x in (1.0, 35.0, -9.0) for n in (2, 8, 9)],
    *[(until, (x, limit)) for x in (100.0, 5.0, 3.0) for limit in (0, 4, 11)],
    *[(unbound, (1.0, n)) for n in (0, 1)], *[(assertion, (x,)) for x in (4.0, -4.0)],
    *[(nothing_raised, (n,)) for n in (0, 4, 8)],
    *[(made_behind, (1.5, n)) for n in (0, 1, 2, 4, 6)],
    *[(lazily, ([0.5, 1.5, 0.25, 1.0], n)) for n in (0, 1, 2, 3, 4)],
]


@pytest.mark.parametrize("function, args", CALLS)
def test_as_in_cpython(function, args):
    check(function, *args)


@pytest.mark.parametrize("x", [0.0, -0.0, 0.5, 1.0, -2.0, 3.0, 800.0, -1e15, math.inf, -math.inf, math.nan])
def test_what_floats_raise_is_noticed_where_it_is_caught(x):
    check(domains, x, approximately=True)


def learner(x, n):
    """Steps whose length depends on failures."""
    total, step = x, 0.7
    for i in range(n):
        try:
            if total > 3.0:
                raise Stop
            total += step * math.sqrt(total - 0.5 * i) / (i % 3)
        except ZeroDivisionError:
            total = total * 1.25 + x
        except ValueError:
            total, step = total * x - 1.0, step * 0.5
        except Stop:
            total = math.sin(total) * step + x
            if i > 7:
                break
    return total


@pytest.mark.parametrize("x", [0.3, 1.1, 2.5])
def test_derivatives_are_those_of_the_path_taken(x):
    step = 1e-5
    plus, here, minus = (learner(x + k * step, 11) for k in (1, 0, -1))
    first = (plus - minus) / (2 * step)
    assert dsl.kernel(learner)(x, 11) == pytest.approx(here, rel=1e-14)
    assert dsl.grad(learner)(x, 11) == pytest.approx(first, rel=1e-7)
    assert dsl.jvp(learner, (x, 11), (1.0, None))[1] == pytest.approx(first, rel=1e-7)
    slope = dsl.grad(learner)
    second = (slope(x + step, 11) - slope(x - step, 11)) / (2 * step)
    for way in (dsl.grad(slope), dsl.hessian(learner)):
        assert way(x, 11) == pytest.approx(second, rel=1e-6)


def test_an_exception_that_is_raised_again_has_its_line_and_message():
    def f(n):
        try:
            if n > 2:
                raise ValueError(f"n is {n}")
        except ValueError:
            print("seen")
            raise
        return n

    with pytest.raises(ValueError, match="n is 3") as caught:
        dsl.kernel(f)(3)
    first = f.__code__.co_firstlineno
    assert f":{first + 3}:" in str(caught.value) or any(f":{first + 3}" in note for note in
                                                       getattr(caught.value, "__notes__", []))


class Far(ValueError):
    def __init__(self, distance):
        super().__init__(f"too far: {distance}")
        self.distance = distance


def own(x, n):
    """Exceptions of the program's own: with a text, made of a number, without anything, and raised again."""
    for i in range(n):
        try:
            x = x * 1.5
            if x > 90.0:
                raise Far(x)
            if i == 7:
                raise Stop
            if x < 0.0:
                raise Halt(f"{x:.2f} is below")
        except Halt:
            raise
        finally:
            x += 1.0
    return x


@pytest.mark.parametrize("x, n", [(1.0, 3), (50.0, 9), (-3.0, 2), (0.001, 9)])
def test_own_exceptions_leave_a_kernel(x, n):
    expected, found = [], []
    for function, outcome in ((own, expected), (dsl.kernel(own), found), (dsl.grad(own), found)):
        try:
            outcome.append(function(x, n))
        except (Far, Stop) as error:
            outcome.append((type(error), str(error), error.args, getattr(error, "distance", None)))
    if isinstance(expected[0], float):
        assert found == [expected[0], 1.5**n]
    else:
        assert found == expected * 2


def test_an_exception_whose_class_is_not_there():
    error = failure({"exception": "elsewhere:Lost", "message": "at {0}", "types": ["i64"], "place": []}, [3])
    assert type(error) is dsl.Error and "elsewhere.Lost: at 3" in str(error)


def whole(n, x):
    """Ints that leave 64 bits, where a try names OverflowError; the harmless zero in their place is not used."""
    t, found = 1, 0.0
    for i in range(n):
        try:
            t = t * 3 + i
            t = (t << 1) - 5
        except (OverflowError, KeyError):
            t = 1 - i
            found += x * i
    return found + t % 1000


def test_ints_that_are_too_large_are_caught_by_name():
    def expected(n, x):
        t, found = 1, 0.0
        for i in range(n):
            steps = [t * 3, t * 3 + i]
            steps += [steps[-1] << 1, (steps[-1] << 1) - 5]
            if all(-(2**63) <= step < 2**63 for step in steps):
                t = steps[-1]
            else:
                t, found = 1 - i, found + x * i
        return found + t % 1000

    assert dsl.kernel(whole)(60, 0.5) == expected(60, 0.5)
    assert dsl.grad(whole, argnums=1)(60, 0.5) == expected(60, 1.0) - expected(60, 0.0) > 0.0

    def broad(n):
        try:
            return n * n
        except Exception:
            return 0

    with pytest.raises(OverflowError, match="an int of more than 64 bits"):
        dsl.kernel(broad)(2**40)
