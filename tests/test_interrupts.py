"""Signals while a kernel runs: their handlers run at once, and what they raise ends the kernel."""

import contextlib
import ctypes
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import dsl

LONG = 10**14  # iterations of any kind: days


class Stop(Exception):
    pass


@pytest.fixture
def alarm():
    """alarm(handler, seconds): a signal every so many seconds, until the test ends."""
    before = signal.getsignal(signal.SIGALRM)

    def arm(handler, seconds=0.05):
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)

    yield arm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def raise_in(thread):
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


def stop(*_):
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise Stop


@dsl.kernel
def counted(x, n: int):
    s = 0.0
    for i in range(n):
        s += x * (i % 7)
    return s


@dsl.kernel
def waiting(x):
    while x < 2.0:
        x = x - x * 1e-300
    return x


@dsl.kernel
def nested(x, n: int, m: int):
    s = x
    for i in range(n):
        for j in range(m):
            s = s * 0.5 + (i - j)
    return s


@dsl.kernel
def around_a_while(x, n: int):
    s = x
    for i in range(n):
        y = x + i
        while y > 1.0:
            y = y * 0.5
        s += y
    return s


@dsl.kernel
def downwards(x, n: int):
    s = x
    for i in range(n, -n, -3):
        s += i
    return s


@dsl.kernel
def known_length(at_once: bool, x):
    s = x
    if at_once:
        return s
    for i in range(100000):
        for j in range(100000):
            for k in range(10000):
                s = s * 0.5 + (i + j - k)
    return s


@dsl.kernel
def deep(n: int):
    s = 0
    for a in range(n):
        for b in range(n):
            for c in range(n):
                for d in range(n):
                    s = (s * 31 + (a ^ b) + (c ^ d)) % 1000003
    return s


@dsl.kernel
def settling(x, n: int):
    s = x
    for _ in range(n):
        y = s
        while y > 1.0:
            y = y - 0.25 * y * y
        s = s + 1e-9 * y * s
    return s


def swept(values: np.ndarray, n: int):
    for i in range(n):
        for k in range(len(values)):
            values[k] = values[k] * 0.5 + i
    return values[0]


# a program, arguments for which it takes no time, and others for which it takes days
CALLS = {
    "for": (counted, (1.0, 1), (1.0, LONG)),
    "while": (waiting, (3.0,), (1.0,)),
    "nested": (nested, (1.0, 1, 1), (1.0, LONG, 3)),
    "a long loop in a loop": (nested, (1.0, 1, 1), (1.0, 3, LONG)),
    "a while in a loop": (around_a_while, (2.0, 1), (2.0, LONG)),
    "downwards": (downwards, (2.0, 1), (2.0, LONG)),
    "known length": (known_length, (True, 1.0), (False, 1.0)),
    "deep": (deep, (1,), (10**6,)),
    "an array": (dsl.kernel(swept), (np.ones(64), 1), (np.ones(64), LONG)),
    "a large array": (dsl.kernel(swept), (np.ones(10**5), 1), (np.ones(10**5), LONG)),
    "forward mode": (lambda x, n: dsl.jvp(counted, (x, n), (1.0, 0)), (1.0, 1), (1.0, LONG)),
    "reverse mode": (dsl.grad(settling), (1.5, 1), (1.5, LONG)),
    "second order": (dsl.grad(dsl.grad(settling)), (1.5, 1), (1.5, LONG)),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_handler_that_raises_ends_the_kernel(alarm, name):
    function, short, long = CALLS[name]
    function(*short)
    alarm(stop)
    with pytest.raises(Stop):
        function(*long)


def test_after_it_the_kernel_is_what_it_was(alarm):
    counted(0.5, 1)
    expected = counted.python(0.5, 1000)
    for _ in range(3):
        alarm(stop, 0.02)
        with pytest.raises(Stop):
            counted(0.5, LONG)
        assert counted(0.5, 1000) == expected


def test_a_handler_that_returns_does_not_disturb(alarm):
    calls = []
    counted(1.0, 1)
    alarm(lambda *_: calls.append(counted(2.0, 10)), 0.02)  # which calls the kernel that it interrupts
    n = 150_000_000
    found = counted(1.0, n)
    signal.setitimer(signal.ITIMER_REAL, 0)
    whole, rest = divmod(n, 7)
    assert found == whole * 21 + sum(range(rest))
    assert calls and set(calls) == {2.0 * sum(i % 7 for i in range(10))}


def test_ctrl_c_in_a_process_of_its_own(tmp_path):
    code = textwrap.dedent("""
        import signal, dsl
        signal.signal(signal.SIGINT, signal.default_int_handler)  # where the test runs in the background
        def spin(x):
            while x < 2.0:
                x = x - x * 1e-300
            return x
        f = dsl.kernel(spin)
        f(3.0)
        print("ready", flush=True)
        try:
            f(1.0)
        except KeyboardInterrupt:
            print("interrupted", f(4.0), flush=True)
    """)
    path = tmp_path / "spin.py"
    path.write_text(code)
    process = subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
    assert (output, process.returncode) == ("interrupted 4.0\n", 0)


def test_another_thread_ends_it():
    """What `_thread.interrupt_main` is to the main thread, an asynchronous exception is to any."""
    begun, ended = threading.Event(), []

    def work():
        begun.set()
        try:
            waiting(1.0)
        except SystemExit:
            ended.append(True)

    waiting(3.0)
    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    deadline = time.monotonic() + 20
    while thread.is_alive() and time.monotonic() < deadline:
        raise_in(thread)
        thread.join(0.2)
    assert ended == [True]


def test_a_kernel_in_another_thread_goes_on_as_python_would(alarm):
    results, done = [], threading.Event()
    n = 100_000_000

    def work():
        results.append(counted(1.0, n))
        done.set()

    counted(1.0, 1)
    thread = threading.Thread(target=work)
    thread.start()
    alarm(stop)
    with pytest.raises(Stop):
        done.wait()
    assert done.wait(60)
    whole, rest = divmod(n, 7)
    assert results == [whole * 21 + sum(range(rest))]


@pytest.mark.parametrize("low, high, step", [
    (0, 0, 1), (5, 0, 1), (0, 40000, 1), (-70000, 70001, 1), (0, 10**6, 32768), (10**6, -10**6, -7),
    (2**63 - 200_000, 2**63 - 2, 1), (-(2**63) + 2, -(2**63) + 200_000, 1), (2**63 - 5, 2**63 - 1, 3),
])  # fmt: skip
def test_every_iteration_runs_once_and_in_order(low, high, step):
    """Also at the ends of 64 bits, and with a chunk's end at, before and behind the loop's."""

    def hashed(low: int, high: int):
        h, count = 7, 0
        for i in range(low, high, step):
            h = (h * 31 + (i & 1023)) % 1000003
            count += 1
        return h, count

    assert dsl.kernel(hashed)(low, high) == hashed(low, high)


def test_a_call_does_not_wait_for_one_in_another_thread(alarm):
    def work():
        with contextlib.suppress(SystemExit):
            waiting(1.0)

    waiting(3.0)
    thread = threading.Thread(target=work)
    thread.start()
    alarm(stop, 20.0)
    for _ in range(100):
        assert waiting(3.0) == 3.0
    assert thread.is_alive()
    while thread.is_alive():
        raise_in(thread)
        thread.join(0.2)
