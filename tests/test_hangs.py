"""Signals and forks in the middle of a compilation or a call: nothing hangs, nothing is lost."""

import contextlib
import os
import signal
import threading
import time

import pytest

import dsl
from dsl.runtime.compiler import WORKERS


def made(number: float):
    """A kernel that no process has compiled before."""

    def f(x):
        y = x
        while y > 1.0:
            y = y * 0.5
        return y + number

    return dsl.kernel(f)


@pytest.fixture
def alarm():
    before = signal.getsignal(signal.SIGALRM)

    def arm(handler, seconds):
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    yield arm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def stopped_workers():
    """The compilers do not answer meanwhile."""
    workers = [worker._process.pid for worker in WORKERS.all if worker._process is not None]
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    yield workers
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def in_child(work, seconds=60) -> None:
    """Runs work() in a forked process, which has to end in time and well."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            assert status == 0
            return
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    pytest.fail("the forked process hangs")


@pytest.mark.parametrize("kind", [TimeoutError, BrokenPipeError, ConnectionError, KeyboardInterrupt, ValueError])
def test_what_a_handler_raises_while_the_compiler_works_is_raised(alarm, kind):
    def handler(*_):
        raise kind("by a handler")

    made(1.0)(3.0)  # so that there is a worker
    with stopped_workers():
        alarm(handler, 0.3)
        with pytest.raises(kind, match="by a handler"):
            made(2.0)(3.0)
    assert made(3.0)(3.0) == 3.75


def test_it_is_raised_wherever_it_arrives(alarm):
    arrived = []

    def handler(*_):
        arrived.append(True)
        raise TimeoutError

    for k in range(6):
        kernel = made(10.0 + k)
        arrived.clear()
        alarm(handler, 0.003 + 0.03 * k)
        with contextlib.suppress(TimeoutError, SystemError):  # as CPython calls it where it arrives in its parser
            kernel(3.0)
            while not arrived:  # what compiles in time is not disturbed
                time.sleep(0.01)
        assert kernel(3.0) == 10.75 + k


def test_a_handler_may_compile_while_the_compiler_works(alarm):
    found = []

    def handler(*_):
        resume()
        found.append(made(100.0)(3.0))

    made(99.0)(3.0)
    with stopped_workers() as workers:

        def resume():
            for pid in workers:
                os.kill(pid, signal.SIGCONT)

        alarm(handler, 0.3)
        assert made(101.0)(3.0) == 101.75
    assert found == [100.75]


def test_a_handler_may_call_the_kernel_that_is_being_compiled(alarm):
    found, kernel = [], made(150.0)
    made(149.0)(3.0)
    with stopped_workers() as workers:

        def handler(*_):
            for pid in workers:
                os.kill(pid, signal.SIGCONT)
            found.append(kernel(3.0))

        alarm(handler, 0.3)
        assert kernel(3.0) == 150.75
    assert found == [150.75]


def test_a_fork_while_another_thread_compiles(monkeypatch):
    """At all moments of a compilation: the child compiles the same, and something else."""
    monkeypatch.setenv("DSL_CACHE", "off")
    for k in range(4):
        kernel, begun = made(200.0 + k), threading.Event()

        def work(kernel=kernel, begun=begun):
            begun.set()
            kernel(3.0)

        thread = threading.Thread(target=work)
        thread.start()
        begun.wait()
        time.sleep(0.06 * k)

        def child(kernel=kernel, k=k):
            assert kernel(3.0) == 200.75 + k
            assert made(300.0 + k)(3.0) == 300.75 + k

        in_child(child)
        thread.join()
        assert kernel(3.0) == 200.75 + k


def test_a_fork_while_another_thread_runs_a_kernel():
    @dsl.kernel
    def spin(x):
        while x < 2.0:
            x = x + 1e-9
        return x

    spin(3.0)
    thread = threading.Thread(target=spin, args=(1.8,))
    thread.start()
    time.sleep(0.1)
    in_child(lambda: [spin(3.0), dsl.grad(spin)(3.0)])
    thread.join()
