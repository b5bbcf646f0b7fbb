"""What threads and calls share: bounded, and the same whoever comes first."""

import gc
import sys
import threading
import weakref

import numpy as np
import pytest

import dsl
from dsl.api.kernels import as_program
from dsl.calling.bounded_cache import BoundedCache
from dsl.frontend.many_frames import many_frames
from dsl.passes.ir import limits


def test_a_bounded_cache_forgets_what_was_not_asked_for_longest():
    cache = BoundedCache(2)
    made = []
    for key in "abacab":
        cache.get_or_make(key, lambda key=key: made.append(key) or key.upper())
    assert "".join(made) == "abcb" and len(cache) == 2  # b was forgotten for c, c for b
    assert cache.get("a") == "A" and cache.get("c") is None
    cache.put("a", "other")
    assert cache.get("a") == "other"
    with pytest.raises(TypeError):
        cache.get([])


def test_threads_get_the_same_entry():
    cache: BoundedCache = BoundedCache(10)
    barrier, found = threading.Barrier(8), []

    def ask():
        barrier.wait()
        found.append(cache.get_or_make("key", object))

    run_all([threading.Thread(target=ask) for _ in range(8)])
    assert len(found) == 8 and len(set(map(id, found))) == 1


def run_all(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_last_that_lowers_puts_the_recursion_limit_back():
    usual = sys.getrecursionlimit()
    begun, finish = threading.Event(), threading.Event()
    seen = []

    def other():
        with many_frames() as limit:
            seen.append(limit)
            begun.set()
            finish.wait()

    thread = threading.Thread(target=other)
    with many_frames() as limit:
        thread.start()
        begun.wait()
        assert sys.getrecursionlimit() >= limits.PYTHON_FRAMES
    assert sys.getrecursionlimit() >= limits.PYTHON_FRAMES  # the other thread is still inside
    finish.set()
    thread.join()
    assert sys.getrecursionlimit() == usual and [limit, *seen] == [usual, usual]


def test_plain_functions_without_end_do_not_stay(monkeypatch):
    """A kernel holds its function, so a weak table would hold both for ever."""
    monkeypatch.setattr("dsl.api.kernels._PROGRAMS", BoundedCache(3))

    def make(k):
        return lambda x: x * k

    functions = [make(k) for k in range(6)]
    assert as_program(functions[5]) is as_program(functions[5])
    programs = [as_program(function) for function in functions]
    assert all(program(2.0) == 2.0 * k for k, program in enumerate(programs[:2]))
    gone = weakref.ref(functions[0])
    del functions, programs
    gc.collect()
    assert gone() is None


def test_threads_compile_and_differentiate_one_kernel():
    @dsl.kernel
    def f(x):
        total = 0.0
        for k in range(4):
            total = total + x**k
        return total

    barrier, found = threading.Barrier(4), []

    def ask(x):
        barrier.wait()
        found.append((x, f(x), dsl.grad(f)(x)))

    run_all([threading.Thread(target=ask, args=(float(k),)) for k in range(4)])
    for x, value, slope in found:
        assert value == pytest.approx(1 + x + x**2 + x**3) and slope == pytest.approx(1 + 2 * x + 3 * x**2)
    assert len(found) == 4


def test_a_program_forgets_the_oldest_code(monkeypatch):
    monkeypatch.setattr("dsl.program.program.COMPILED_SIGNATURES", 2)

    @dsl.kernel
    def f(x):
        return x + x

    values = [1.5, 2, np.float32(0.5), True]
    for _ in range(2):
        assert [f(x) for x in values] == [3.0, 4, 1.0, 2]
    assert len(f._by_signature) == 2


def test_a_derivative_made_anew_is_the_same_program():
    def f(x, y):
        return x * y * y

    g = dsl.grad(f)
    assert dsl.grad(f) is g and dsl.grad(f, argnums=0) is g and dsl.grad(dsl.grad(f)) is dsl.grad(g)
    numbers = [0, 1]
    both = dsl.grad(f, argnums=numbers)
    numbers[:] = [1]
    others = [both, dsl.grad(f, numbers), dsl.grad(f, 1), dsl.value_and_grad(f), dsl.jacfwd(f), dsl.jacrev(f), g]
    assert len(set(map(id, others))) == len(others)
    assert dsl.hessian(f) is dsl.hessian(f) and both is dsl.grad(f, (0, 1))
    assert both(2.0, 3.0) == (9.0, 12.0) and dsl.grad(f, numbers)(2.0, 3.0) == (12.0,)


def test_a_derivative_heeds_what_the_environment_says_now(monkeypatch):
    def f(x):
        return x * x

    quiet = dsl.grad(f)
    monkeypatch.setenv("DSL_DEBUG_NANS", "1")
    assert dsl.grad(f) is not quiet and dsl.grad(f).debug_nans and not quiet.debug_nans
