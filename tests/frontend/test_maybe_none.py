"""Names and results that are None or a value: compared with CPython, values, types, exceptions; and derivatives."""

import copy
import math
from dataclasses import dataclass

import numpy as np
import pytest

import dsl
from dsl.frontend.lower import lower
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import in_ir, in_python, same


@dataclass
class Hit:
    distance: float
    index: int


def least(x, n):
    best, at = None, None
    for i in range(n):
        value = (x - i) * (x - i)
        if best is None or value < best:
            best, at = value, i
    return best, at


def bisect(f, low, high):
    if f(low) * f(high) > 0:
        return None
    for _ in range(60):
        middle = 0.5 * (low + high)
        if f(low) * f(middle) <= 0:
            high = middle
        else:
            low = middle
    return low


def root(x, n):
    return bisect(lambda t: t * t - x, 0.0, float(n))


def root_or_default(x, n):
    found = root(x, n)
    if found is None:
        return -1.0
    return found * 2.0


def unchecked(x, n):
    value = None
    if n > 1:
        value = x
    return value + 1.0


def pair_or_none(x, n):
    hit = None
    for i in range(n):
        if x * i > 2:
            hit = (i, x * i)
            break
    if not hit:
        return 0.0
    k, value = hit
    return k + value


def first_and_last(x, n):
    first = last = None
    for i in range(n):
        if x * i > 1:
            if first is None:
                first = x * i
            last = Hit(x * i, i)
    return first, last, last.distance if last else 0.0


def first_below(x, n):
    for i in range(n):
        if x < i:
            return i


def falls_off(x, n):
    found = first_below(x, n)
    return -1 if found is None else found, found


def defaults(x, n):
    value = None
    if n > 2:
        value = x
    result = value or 1.0
    if value is not None and value > 0:
        result += value
    return result, value == None, value != 1.5, value is None  # noqa: E711


def nested(x, n):
    total = None
    for i in range(n):
        largest = None
        for j in range(i):
            value = x * i - j
            if largest is None or value > largest:
                largest = value
        if largest is not None:
            total = largest if total is None else total + largest
    assert total is not None, "nothing was found"
    return total


def until_found(x, n):
    found, i = None, 0
    while found is None and i < n:
        if x * i > 2:
            found = x * i
        i += 1
    return found, i


def optional(x, t=None):
    if t is None:
        t = 2.0
    return x * t


def arguments(x, n):
    return optional(x), optional(x, 3.0), optional(x, x if n > 2 else None)


def square_root(x, n):
    value = None if n == 1 else abs(x)
    return math.sqrt(value)


def attribute(x, n):
    hit = None
    if n > 1:
        hit = Hit(x, n)
    return hit.distance


def called(x, n):
    function = None
    if n > 1:
        function = lambda t: t * x
    return function(2.0)


def printed(x, n):
    value = None if n == 1 else x
    print("value:", value, n)
    return isinstance(value, float), 1.0 if isinstance(value, type(None)) else value


def deep(x, n):
    if n == 0:
        return None
    below = deep(x, n - 1)
    return x if below is None else below * x


def in_structures(x, n):
    items, pair = [None, 1.0], (None, x)
    for i in range(n):
        items[0] = x * i
        pair = (items[0], items[1] if i % 2 else None)
    return items, pair


def array_or_none(x, n):
    kept = None
    for i in range(n):
        row = np.full(3, x * i)
        if kept is None or row[0] > kept[0]:
            kept = row
            kept[1] = 7.0
    return kept


def previous(x, n):
    before, total = None, 0
    for i in range(n):
        if before is not None:
            total += x * before
        before = x + i
    return total, before


def caught(x, n):
    value = None if n > 2 else x
    try:
        found = math.sin(value) + 5 // n
    except TypeError:
        found = 7.0 if value is None else 3.0
    except ZeroDivisionError:
        found = 8.0 if value is None else value
    return found, value is None


def matched(x, n):
    value = None if n > 5 else (x, n) if n > 2 else None
    match value:
        case (first, second):
            return first + second
        case None:
            return -1.0


def asked(x, n):
    function = None if n > 2 else math.sin
    hit = None if n > 2 else Hit(x, n)
    low = None if n > 2 else x
    ordered = sorted([x, 1.0, 2.0], key=None if n > 2 else lambda v: -v)
    return callable(function), hasattr(hit, "index"), np.clip(np.arange(4.0), low, 2.0), ordered, copy.copy(hit)


def changing_kinds_in_nested_loops(x, n):
    best, total, other = x, 0.0, None
    for i in range(n):
        for _ in range(n):
            if best is not None and best > 2 * x:
                best = None
            else:
                best = x if best is None else best + x
        total += 10.0 if best is None else best
        best = x * i
        other = x if i > 1 else other
    return total, best, other


def kept_from_an_iteration(x, n):
    value, total, kept = x, 0.0, None
    for i in range(n):
        for j in range(2):
            kept = value
            value = None if j == 1 and i == 0 else x
        total += 1.0 if value is None else value
        value = x + i
    return total, value, kept


def known_before_a_loop(x, n):
    best = None
    for i in range(n):
        if best is not None:
            for _ in range(i):
                best = best + x
        if i == 3:
            best = None
        elif best is None:
            best = x * i
    return best


def none_again(x, n):
    best = None
    for i in range(n):
        if best is None:
            best = x
        while best is not None:
            best = best + 1.0
            if best > 3 + i:
                break
            if best > 2.5 and i == 2:
                best = None
    return best


PROGRAMS = [caught, matched, asked, changing_kinds_in_nested_loops, kept_from_an_iteration, known_before_a_loop,
            none_again,
            least, root, root_or_default, unchecked, pair_or_none, first_and_last, falls_off, defaults, nested,
            until_found, arguments, square_root, attribute, called, printed, deep, in_structures, array_or_none,
            previous]
ARGUMENTS = [(1.5, 0), (1.5, 1), (2.5, 3), (-0.5, 7), (0.25, 12)]


def agree(a, b) -> bool:
    """The same; a number that is an int in CPython on some paths may be the equal float."""
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(agree, a, b))
    return same(a, b) or (isinstance(a, float) and isinstance(b, int) and a == b)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_none_or_a_value_is_what_cpython_has(program):
    lowered = lower(program, ARGUMENTS[0])
    for args in ARGUMENTS:
        expected, output, error, _ = in_python(program, args)
        found, printed_text, raised, *_ = in_ir(program, args, lowered)
        assert type(error) is type(raised), (args, error, raised)
        if error is None:
            assert agree(found, expected), (args, found, expected)
            assert printed_text == output
        elif not isinstance(error, AssertionError):
            assert str(error) == str(raised)


def test_a_kernel_returns_none_or_a_value():
    kernel = dsl.kernel(first_and_last)
    for args in ARGUMENTS:
        assert kernel(*args) == first_and_last(*args)


def test_a_stored_program_returns_none_or_a_value(tmp_path):
    dsl.compile(first_and_last, 1.5, 3).save(tmp_path / "program.dslx")
    loaded = dsl.load(tmp_path / "program.dslx")
    for args in ARGUMENTS:
        first, last, distance = loaded(*args)
        expected = first_and_last(*args)
        assert (first, distance) == (expected[0], expected[2]) and (last is None) == (expected[1] is None)
        assert last is None or (last.distance, last.index) == (expected[1].distance, expected[1].index)


def test_a_value_that_is_known_is_not_checked():
    def f(x, n):
        best = None
        for i in range(n):
            if best is None or x * i < best:
                best = x * i
        return 0.0 if best is None else best + 1.0

    assert "dsl.fail" not in str(lower(f, (1.0, 3)).module)


def objective(x, y, n):
    """Values that are None on some paths, and used where they are not."""
    best = None
    for i in range(n):
        value = (x - i) ** 2 + y * i
        if best is None or value < best:
            best = value
    found = bisect(lambda t: t * t * t - 2.0 * y, 0.0, 2.0)
    scale = None
    if x > 1:
        scale = x * y
    total = 0 if best is None else math.sin(best)
    return total + (scale or 1.0) * (0.5 if found is None else y)


def by_hand(x, y, n):
    """(d/dx, d/dy) of the objective."""
    found = bisect(lambda t: t * t * t - 2.0 * y, 0.0, 2.0)
    factor = 0.5 if found is None else y
    dx = dy = 0.0
    if n > 0:
        value, i = min(((x - i) ** 2 + y * i, i) for i in range(n))
        dx, dy = math.cos(value) * 2 * (x - i), math.cos(value) * i
    scale = x * y if x > 1 else 1.0
    if x > 1:
        dx, dy = dx + y * factor, dy + x * factor
    return dx, dy + (scale if found is not None else 0.0)


@pytest.mark.parametrize("args", [(0.3, 0.7, 3), (2.2, 0.4, 4), (1.7, 9.0, 0), (0.5, 9.0, 2)])
def test_derivatives_of_what_may_be_none(args):
    kernel = dsl.kernel(objective)
    expected = by_hand(*args)
    assert dsl.grad(kernel, argnums=(0, 1))(*args) == pytest.approx(expected, rel=1e-12)
    assert dsl.jvp(kernel, args, (1.0, 0.0, 0))[1] == pytest.approx(expected[0], rel=1e-12)
    second = dsl.grad(dsl.grad(kernel))(*args)
    x, y, n = args
    slope = [by_hand(x + h, y, n)[0] for h in (-1e-5, 1e-5)]
    assert second == pytest.approx((slope[1] - slope[0]) / 2e-5, rel=1e-6, abs=1e-8)


def test_a_function_that_may_return_none_has_no_derivative():
    kernel = dsl.kernel(root)
    with pytest.raises(CompileError, match="it returns None or float"):
        dsl.grad(kernel)(1.5, 3)
    with pytest.raises(dsl.Error, match="the derivative of a function that returns None or float"):
        dsl.jvp(kernel, (1.5, 3), (1.0, 0))

    def inside(x, n):
        return dsl.grad(root)(x, n)

    with pytest.raises(CompileError, match="the gradient of a function that returns None or a float"):
        lower(inside, (1.5, 3))
