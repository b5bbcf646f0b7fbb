"""Tapes that do not fit in memory are refused, with the loop that fills them."""

import time

import pytest

import dsl
from dsl.runtime import host, tape_room


@dsl.kernel
def cooling(t, n: int):
    for _ in range(n):
        t = t - 1e-9 * t * t
    return t


@dsl.kernel
def halving(x, limit):
    while x > limit:
        x = x - 1e-6 * x * x
    return x


@dsl.kernel
def oscillating(x, v, n: int):
    for _ in range(n):
        for _ in range(3):
            x, v = x + 1e-3 * v, v - 1e-3 * x * x
    return x


def line_of_loop(kernel) -> int:
    return kernel.python.__code__.co_firstlineno + 2


def test_a_loop_of_known_length_is_refused_before_it_runs():
    start = time.monotonic()
    with pytest.raises(dsl.Error) as caught:
        dsl.grad(cooling)(1.0, 10**13)  # of which a gigabyte a second could be stored
    assert time.monotonic() - start < 60
    message = str(caught.value)
    assert "cooling_vjp takes 80.0 TB" in message
    assert f"test_tape_room.py:{line_of_loop(cooling)}:5: each iteration of this loop stores 8 bytes" in message
    assert "for _ in range(n):" in message and "checkpoint=" in message


def test_the_next_call_is_not_disturbed():
    gradient = dsl.grad(cooling)
    for _ in range(2):
        with pytest.raises(dsl.Error):
            gradient(1.0, 10**13)
        expected, t = 1.0, 1.0
        for _ in range(5000):
            t, expected = t - 1e-9 * t * t, expected * (1.0 - 2e-9 * t)
        assert gradient(1.0, 5000) == pytest.approx(expected, rel=1e-13)


def test_loops_whose_length_nobody_knows(monkeypatch):
    monkeypatch.setattr(tape_room, "UNCHECKED_TAPE_BYTES", 0)
    monkeypatch.setattr(host, "free_memory", lambda: 100_000)
    with pytest.raises(dsl.Error, match=r"takes 8\.\d MB, and 100,000 bytes of memory are free"):
        dsl.grad(halving)(1.0, 0.5)
    monkeypatch.undo()
    assert dsl.grad(halving)(1.0, 0.5) > 0


def test_short_loops_inside_count_for_the_one_around_them(monkeypatch):
    step = dsl.grad(oscillating).tape_bytes(1.0, 0.5, 10_000) // 10_000
    fresh = dsl.grad(dsl.kernel(oscillating.python))
    monkeypatch.setattr(tape_room, "UNCHECKED_TAPE_BYTES", 0)
    monkeypatch.setattr(host, "free_memory", lambda: 1)
    with pytest.raises(dsl.Error, match=f"{line_of_loop(oscillating)}:5: each .* stores {step} bytes"):
        fresh(1.0, 0.5, 10_000)


def test_what_the_system_says_of_memory(tmp_path, monkeypatch):
    assert host.free_memory() is None or host.free_memory() > 1 << 20
    limit, used = tmp_path / "max", tmp_path / "current"
    monkeypatch.setattr(host, "_GROUPS", ((str(limit), str(used)),))
    without = host.free_memory()
    limit.write_text("5000000\n")
    used.write_text("4000000\n")
    assert host.free_memory() == 1_000_000
    limit.write_text("max\n")
    assert host.free_memory() == pytest.approx(without, rel=0.2)
