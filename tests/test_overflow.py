"""Ints that leave 64 bits, in native code: the error and its line, what derivatives check, and the option."""

import re

import pytest

import dsl


def sylvester(n):
    s = 2
    for _ in range(n):
        s = s * s - s + 1
    return s


def scaled(x, n):
    """A float loop that counts with ints that may overflow."""
    k = 1
    for _ in range(n):
        k = k * 3
        x = x * 0.5 + k
    return x


def doubled_until(x, end):
    while x < end:
        x *= 2
    return x


def test_the_error_has_its_line():
    kernel = dsl.kernel(sylvester)
    assert kernel(5) == sylvester(5)
    with pytest.raises(OverflowError, match="an int of more than 64 bits") as caught:
        kernel(7)
    assert "test_overflow.py" in str(caught.getrepr()) and "s = s * s - s + 1" in str(caught.getrepr())


def test_derivatives_check_once():
    kernel = dsl.kernel(scaled)
    text = kernel.ir(1.0, 3, stage="clean")
    checks = text.count('"dsl.fail"')
    assert checks == 1
    for derivative in (dsl.grad(kernel), dsl.grad(dsl.grad(kernel)), dsl.jacfwd(kernel)):
        assert derivative.ir(1.0, 3, stage="clean").count('"dsl.fail"') <= checks
    assert dsl.grad(kernel)(1.0, 3) == 0.125 and dsl.jvp(kernel, (1.0, 3), (1.0, 0)) == (scaled(1.0, 3), 0.125)
    for call in (kernel, lambda *args: dsl.jvp(kernel, args, (1.0, 0))):
        with pytest.raises(OverflowError):
            call(1.0, 40)


def test_a_loop_ends_where_its_condition_overflows():
    assert dsl.kernel(doubled_until)(3, 10**18) == doubled_until(3, 10**18)
    with pytest.raises(OverflowError):
        dsl.kernel(doubled_until)(3, 2**63 - 1)


def left_by_break(d, a):
    """What `while` tests overflows behind the break, where CPython tests no more."""
    while d * a < 100:
        d *= a
        if d > 10:
            d = 2**62
            break
    return d


def steps_of_collatz(n):
    k = 0
    while n != 1:
        n, k = n // 2 if n % 2 == 0 else 3 * n + 1, k + 1
    return k


def left_before_no_end(n):
    while steps_of_collatz(n) > 3:
        n -= 1
        if n < 5:
            n = 0  # from where there is no way to 1
            break
    return n


def test_what_a_loop_tests_counts_only_where_it_is_not_left():
    kernel = dsl.kernel(left_by_break)
    assert kernel(1, 4) == left_by_break(1, 4) == 2**62 and kernel(1, 101) == 1
    with pytest.raises(OverflowError):
        kernel(2**61, 4)
    assert [dsl.kernel(left_before_no_end)(n) for n in (9, 5)] == [8, 0]


def kept(n, k):
    """An int that grows while it is kept on the stack of the recursion."""
    if n == 0:
        return k
    k = k * 3 + 1
    below = kept(n - 1, k // 2)
    return below % 7 + (k - n)


def largest_kept(n, k):
    most = k
    for _ in range(n):
        most = k * 3 + 1
        k = most // 2
    return most


def halved(a, low, high):
    """Positions in `a`, kept while both halves are looked through."""
    if high - low <= 1:
        return a[low] if low < high else 0.0
    middle = (low + high) // 2
    return halved(a, low, middle) * 0.5 + halved(a, middle, high)


def test_what_a_recursion_keeps_is_known_where_it_has_bounds():
    checks = lambda text: text.count("OverflowError")
    kernel = dsl.kernel(kept)
    assert checks(kernel.ir(3, 4, stage="clean")) > 2
    for n in (0, 1, 40, 80, 101, 102, 103, 104, 105, 106, 107, 108, 150):
        if largest_kept(n, 4) < 2**63:
            assert kernel(n, 4) == kept(n, 4)
        else:
            with pytest.raises(OverflowError):
                kernel(n, 4)

    searched = dsl.kernel(lambda a: halved(a, 0, len(a)))
    assert checks(searched.ir(dsl.f64[11], stage="clean")) == 0


def test_checks_can_be_left_out():
    kernel = dsl.kernel(sylvester, overflow_check=False)
    assert "dsl.fail" not in kernel.ir(5, stage="clean")
    assert (kernel(7) - sylvester(7)) % 2**64 == 0


def test_indices_and_counters_need_no_checks():
    def f(a, n: int):
        count, total = 0, 0.0
        for i in range(1, a.shape[0] - 1):
            for j in range(n):
                k = (2 * i + j) % 7
                total += a[i - 1] * k + a[i + 1]
            count += 3
        while total > 1.0:
            total, count = total * 0.5, count + 1
        return total, count

    checks = re.findall('"OverflowError".*', dsl.kernel(f).ir(dsl.f64[100], dsl.i64, stage="clean"))
    assert ["turns" in check for check in checks] in ([], [True])
