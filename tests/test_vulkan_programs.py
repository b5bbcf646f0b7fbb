"""Scalar programs in f32 on Vulkan: value and both derivatives are the CPU's, to the bit where arithmetic is exact."""

import math

import numpy as np
import pytest

import dsl
from tests.programs import sine


def collatz(x, n: int):
    """Integers: //, %, a while loop with an end that the data decide."""
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        x = x * 0.75 + steps
        steps += 1
    return x * steps


def halve(x, n: int):
    """A while loop that leaves early."""
    while n > 0:
        if x < 0.125:
            break
        x = x * 0.5 + 0.015625
        n -= 1
    return x * n + x


def triangle(x, n: int):
    """Nested loops of unequal length."""
    total = x
    for i in range(n):
        for j in range(i, n):
            total = total * 0.5 + x * (i - j)
    return total


def ladder(x, y):
    """Branches in branches, and a return in each."""
    if x > y:
        if x > 2.0:
            return x * x - y
        return x / y
    elif x * y < 0.0:
        return y * y * x
    return x + y


def clamp(x, y):
    """min, max, abs."""
    return max(min(x, 1.5), y) * abs(y - x) + min(x, y, 0.25) - max(-x, -y)


def spin(x, n: int):
    """Bits, shifts and a hash of the step number."""
    state = 12345
    for i in range(n):
        state = (state * 1103515245 + i) & 0x7FFFFFFF
        state ^= state >> 7
        x = x * 0.875 + (state % 16 - 8) * 0.0625
    return x


def continued(x, n: int):
    """A continued fraction: nothing but / and +."""
    value = x
    for k in range(n, 0, -1):
        value = x / (k + value)
    return value


def logistic(x, r):
    """Chaos: one bit of difference in a step would be a different number in the end."""
    for _ in range(40):
        x = r * x * (1.0 - x)
    return x


def power(x, n: int):
    """Powers with whole exponents, by ** and by squaring."""
    result, base = x * 0.0 + 1.0, x
    while n > 0:
        if n & 1:
            result *= base
        base *= base
        n >>= 1
    return result + x**3 - x**-2


def shared(x, y):
    """Helpers that call helpers."""
    return _mix(_mix(x, y), _mix(y, x)) - _square(x)


def _square(x):
    return x * x


def _mix(a, b):
    return _square(a) * 0.5 + b


def waves(x, y):
    return math.sin(x) * math.exp(-y) + math.cos(x * y) / math.sqrt(1.0 + y * y)


def powers(x, y):
    return x**y + math.log(x + y) * math.pow(y, 1.5) - math.hypot(x, y)


def bisect(low, high):
    """A root of cos(x) - x by bisection, then one step of Newton's method."""
    while high - low > 1e-3:
        middle = 0.5 * (low + high)
        if math.cos(middle) > middle:
            low = middle
        else:
            high = middle
    return low + (math.cos(low) - low) / (1.0 + math.sin(low))


EXACT = [
    (collatz, (0.3, 7)),
    (halve, (3.0, 12)),
    (triangle, (0.7, 6)),
    (ladder, (1.7, 0.6)),
    (ladder, (2.5, 0.6)),
    (ladder, (-0.5, 0.6)),
    (clamp, (0.8, -0.3)),
    (clamp, (1.9, 0.4)),
    (spin, (0.9, 20)),
    (continued, (1.3, 15)),
    (logistic, (0.3, 3.875)),
    (power, (1.1, 11)),
    (shared, (0.6, 1.2)),
]
NEAR = [(sine, (1.0,)), (waves, (0.8, 0.3)), (powers, (1.7, 0.9)), (bisect, (0.0, 1.0))]


def single(args):
    return tuple(np.float32(x) if isinstance(x, float) else x for x in args)


def results(function, args, target):
    """Value, gradient, and the derivative along ones."""
    kernel, args = dsl.kernel(function, target=target), single(args)
    floats = tuple(k for k, x in enumerate(args) if isinstance(x, np.float32))
    value, gradient = dsl.value_and_grad(kernel, argnums=floats)(*args)
    along = dsl.jvp(kernel, args, tuple(type(x)(1) for x in args))[1]
    found = [kernel(*args), value, *gradient, along]
    assert {type(x) for x in found} == {np.float32}
    return np.array(found)


@pytest.mark.vulkan
@pytest.mark.parametrize("function, args", EXACT, ids=[f"{f.__name__}{args}" for f, args in EXACT])
def test_arithmetic_is_equal(function, args, vulkan):
    assert results(function, args, vulkan).tolist() == results(function, args, "cpu").tolist()


@pytest.mark.vulkan
@pytest.mark.parametrize("function, args", NEAR, ids=[f.__name__ for f, _ in NEAR])
def test_mathematics_is_near(function, args, vulkan):
    on_device, on_cpu = results(function, args, vulkan), results(function, args, "cpu")
    assert np.all(np.abs(on_device - on_cpu) <= 4 * np.spacing(np.abs(on_cpu))), (on_device, on_cpu)


@pytest.mark.vulkan
def test_phones_run_them_too(vulkan):
    """Without f64, so that no Python float may live from one step to the next."""
    for function, args in (EXACT[0], EXACT[5], EXACT[9]):
        np.testing.assert_allclose(results(function, args, "vulkan:mobile"), results(function, args, "cpu"), rtol=1e-6)


def countdown(x, n: int):
    for i in range(n):
        print("i =", i, f"x = {x:.3f}")
        assert x > 0.5, f"step {i} of {n}"
        x = x * 0.75
    return x


@pytest.mark.vulkan
@pytest.mark.parametrize("derive", [lambda f: f, dsl.grad, lambda f: lambda x, n: dsl.jvp(f, (x, n), (1.0, 0))],
                         ids=["value", "grad", "jvp"])  # fmt: skip
def test_prints_and_failures(derive, vulkan, capsys):
    said = {}
    for target in (vulkan, "cpu"):
        program = derive(dsl.kernel(countdown, target=target))
        program(np.float32(1.0), 2)
        with pytest.raises(AssertionError) as caught:
            program(np.float32(1.0), 5)
        line = countdown.__code__.co_firstlineno + 3
        assert str(caught.value) == "step 3 of 5" and f"{__file__}:{line}:9" in caught.value.__notes__[0]
        said[target] = capsys.readouterr().out
    assert said[vulkan] == said["cpu"]
    assert said["cpu"].splitlines()[-1] == "i = 3 x = 0.422" and len(said["cpu"].splitlines()) == 6


@pytest.mark.parametrize("function, args", [NEAR[0], EXACT[0], NEAR[2]], ids=["sine", "collatz", "powers"])
def test_ptx_is_made_of_value_and_gradient(function, args):
    """No GPU is needed to compile."""
    for program in (function, dsl.grad(function)):
        assert dsl.compile(program, *single(args), target="cuda").target == "cuda:sm_80"
    assert ".visible .entry" in dsl.grad(function).ir(*single(args), stage="ptx", target="cuda")
