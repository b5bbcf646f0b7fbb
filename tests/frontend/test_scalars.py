"""Scalar programs: the lowered program does what CPython does."""

import math

import pytest

from tests.frontend.compare import check


def sine(x):
    s, t = 0.0, 1.0
    for i in range(1, 20):
        if i % 2:
            t = x**i / math.factorial(i)
            if t < 1e-8:
                return s
            print("i=", i)
            if i % 4 == 1:
                s += t
            else:
                s -= t
    return s


def early(x, n):
    for i in range(n):
        for j in range(i):
            if i * j > x:
                return i * 100 + j
    return -1


def break_else(n):
    for p in range(2, n):
        if n % p == 0:
            print("divides", p)
            break
    else:
        return True
    return False


def newton(a):
    x = a
    while True:
        y = 0.5 * (x + a / x)
        if abs(y - x) < 1e-12:
            break
        x = y
    return y


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def steps(a, b, c):
    total = 0
    k = -7
    for k in range(a, b, c):
        total += k
        k = 100
    return total, k


def continues(n):
    total = 0
    for i in range(n):
        if i % 3 == 0:
            continue
        for j in range(i):
            if j == 4:
                continue
            if j == 7:
                break
            total += i * j
        else:
            total += 1000
    return total


def walrus(x):
    n = 0
    while (y := x * 0.5) > 0.1:
        x = y
        n += 1
    return x, n, y


def maybe_bound(x):
    if x > 0:
        y = x * 2
    if x > 10:
        return y
    return 0.0


def unbound(x):
    if x > 0:
        y = x * 2
    return y


def bound_in_loop(n):
    for i in range(n):
        last = i * 2
    return last


def logic(a, b):
    return a and b, a or b, not a, (a > 1 and b > 1 or a == b), (1 < a < b <= 5)


def at_the_end_of_exact_floats(n):
    return n == 9007199254740992.0, n > 9007199254740992.0, n < 9007199254740993, 9007199254740991.0 >= n, n != -2.0**53


def guarded(a, b):
    return b != 0 and a // b > 2


def closures(x):
    k = 3.0

    def scaled(y, by=2.0):
        return y * k * by

    total = scaled(x) + scaled(x, 5.0) + scaled(y=x, by=1.0)
    k = 4.0
    return total + scaled(x)


def counting(n):
    count = 0

    def bump(by):
        nonlocal count
        count += by
        return count

    for i in range(n):
        bump(i)
    return count


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def static_recursion(x):
    return x * fibonacci(10)


def unrolled(x):
    total = 0.0
    for name, w in (("a", 1.0), ("b", 2.0), ("c", 3.5)):
        if x * w > 3.0:
            break
        total += x * w
        print(name, total)
    else:
        return -total
    return total


def swap(a, b, n):
    for _ in range(n):
        a, b = b, a + b
    return a, b


def printing(x, n, flag):
    print(x, n, flag, sep=", ", end=";\n")
    print(f"{x:.3f} {n:5d} {x!r} {flag}", "text", None, (x, n), [n])


def raising(x):
    if x < 0.0:
        raise ValueError(f"negative: {x}")
    if x > 100.0:
        raise OverflowError
    return math.sqrt(x)


def asserting(x):
    assert x > 0.0, f"x is {x}"
    assert x < 10.0
    return x


def nested_return(n):
    i = 0
    while i < n:
        j = 0
        while True:
            j += 1
            if j * i > 20:
                return (i, j)
            if j > 5:
                break
        i += 1
    return (-1, -1)


def loop_else_return(n):
    for i in range(n):
        if i == 5:
            return i
    else:
        n = n + 1
    return -n


def all_return(x):
    if x > 1.0:
        return x
    elif x < -1.0:
        return -x
    else:
        return 0.0


def no_result(x):
    print(x)


def stars(x):
    a, *b, c = (x, x + 1.0, x + 2.0, x + 3.0)
    p, q = b
    return a + p * q - c


def varied(*args, **kw):
    total = 0.0
    for a in args:
        total += a
    return total * kw["scale"]


def call_varied(x):
    extra = (x, 2.0)
    return varied(1.0, *extra, scale=3.0, **{"other": 1})


def deep_else(n):
    while n > 0:
        n -= 3
        if n == 2:
            break
    else:
        return 10
    return n


def index_tuple(i):
    t = (1.5, 2.5, 3.5)
    return t[i] + t[-1]


def between_points(x):
    values = [1.0, 4.0, 9.0, 16.0]
    i, j = min(int(min(max(x, 0.0), 3.0)), 2), int(max(min(x, 9e18), -3.5))
    return values[i] + (min(max(x, 0.0), 3.0) - i) * (values[i + 1] - values[i]), j, int(min(max(x, -4.5), 3.5) * 2.0)


def ints(a, b):
    return a // b, a % b, divmod(a, b), a << 2, a >> 1, a & b, a | b, a ^ b, ~a, -a, abs(a), a**2, a**3


def floats(a, b):
    return a // b, a % b, divmod(a, b), a + b, a - b, a * b, -a, abs(a), a == b, a < b, a >= b


def while_counter(n):
    i = 0
    s = 0
    while i < n:
        i += 1
        if i % 2:
            continue
        s += i
    return s


def returns_in_else(n):
    while n > 10:
        if n % 7 == 0:
            return n
        n -= 1
    else:
        if n > 3:
            return n * 2
    return n


def shadow(x):
    def f(x):
        x += 1.0
        return x
    y = f(x)
    return x, y


def return_after_returning_loop(n, x):
    m = n % 3
    if m <= 6:
        for i in range(m, 5):
            if i * m > 7:
                return 0.1
        if m < m:
            return x
    return 5.0 * x


def read_in_else(n):
    m = -1
    for m in range(1, n, 2):
        print(m)
    else:
        k = m * 10
    while n > 0:
        n -= 1
    else:
        k += m
    total = 0
    for _ in range(3):
        for j in range(m, m + 2):
            total += j
            m = j
    return k, total, m


CASES = [
    (read_in_else, [(6,), (0,)]),
    (return_after_returning_loop, [(1, 2.0), (2, 2.0), (0, 1.0)]),
    (sine, [(1.0,), (0.5,), (3.0,)]),
    (early, [(10, 10), (1000, 5), (0, 3)]),
    (break_else, [(7,), (9,), (2,)]),
    (newton, [(2.0,), (100.0,)]),
    (collatz, [(27,), (1,)]),
    (steps, [(0, 10, 3), (10, 0, -4), (5, 5, 1), (0, 5, 0), (-3, 4, 1)]),
    (continues, [(12,), (0,)]),
    (walrus, [(10.0,), (0.1,)]),
    (maybe_bound, [(20.0,), (5.0,), (-1.0,)]),
    (unbound, [(1.0,), (-1.0,)]),
    (bound_in_loop, [(3,), (0,)]),
    (logic, [(1, 2), (0, 5), (2, 2), (2, 5), (3, 0)]),
    (guarded, [(7, 2), (7, 0)]),
    (at_the_end_of_exact_floats, [(2**53 + d,) for d in (-1, 0, 1, 2)] + [(-(2**53) - 1,), (2.0**53,), (-(2.0**53),)]),
    (closures, [(2.0,)]),
    (counting, [(5,)]),
    (static_recursion, [(2.0,)]),
    (unrolled, [(1.0,), (0.5,), (5.0,)]),
    (swap, [(0, 1, 10), (0, 1, 0)]),
    (printing, [(1.5, 3, True)]),
    (raising, [(-1.0,), (4.0,), (200.0,)]),
    (asserting, [(-1.0,), (4.0,), (200.0,)]),
    (nested_return, [(10,), (2,)]),
    (loop_else_return, [(10,), (2,)]),
    (all_return, [(2.0,), (-2.0,), (0.5,)]),
    (no_result, [(2.0,)]),
    (stars, [(2.0,)]),
    (call_varied, [(2.0,)]),
    (deep_else, [(8,), (9,)]),
    (index_tuple, [(0,), (-1,), (2,), (3,), (-4,)]),
    (between_points, [(x,) for x in (0.5, -0.5, 3.0, 7.0, -1e308, 1e20, math.inf, math.nan)]),
    (ints, [(7, 2), (-7, 2), (7, -2), (-7, -2), (6, 3), (5, 0)]),
    (floats, [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-6.0, 3.0), (0.0, 2.0), (-0.0, 2.0), (1e300, 1e-5)]),
    (while_counter, [(10,)]),
    (returns_in_else, [(30,), (13,), (5,), (1,)]),
    (shadow, [(1.0,)]),
]


@pytest.mark.parametrize("function, args", [(f, a) for f, rows in CASES for a in rows],
                         ids=lambda v: getattr(v, "__name__", str(v)))
def test_as_in_python(function, args):
    check(function, *args)
