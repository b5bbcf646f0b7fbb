"""The text of an adjoint is linear in that of the program: loops in loops, long bodies of loops."""

import math

import numpy as np
import pytest

import dsl
from dsl.passes.ir import edit
from dsl.program.compilation import finished
from tests.support.interpret import interpret
from tests.support.sources import defined


def in_loops(bounds: list[str], before: str, body: str, result: str):
    """`def f(x, n)` with the body in as many loops as there are bounds."""
    lines = ["def f(x, n):", f"    {before}"]
    lines += ["    " * (k + 1) + f"for i{k} in range({bound}):" for k, bound in enumerate(bounds)]
    lines += ["    " * (len(bounds) + 1) + body, f"    return {result}"]
    return defined("\n".join(lines) + "\n", "f", {"np": np})


def adjoint(function, *args):
    return finished(dsl.grad(function), args, {})


def size(function, *args) -> int:
    """The operations of the adjoint."""
    lowered = adjoint(function, *args)
    return sum(1 for _ in edit.walk(edit.entry_block(edit.function(lowered.module, lowered.entry))))


BODIES = [
    ("s = 0.5", "s += x * s", "s"),
    ("a = np.ones(3)", "a[i0 % 3] += x * a[i0 % 3]", "a[0]"),
    ("a = np.ones(3)", "a[0] += x * a[0]", "a[0]"),
    ("a = np.ones(40)", "a[i0] += x * a[i0]", "a[1]"),
]  # fmt: skip


@pytest.mark.parametrize("bound", ["2", "3", "4", "20", "n"])
@pytest.mark.parametrize("program", BODIES, ids=[body for _, body, _ in BODIES])
def test_of_nested_loops(program, bound):
    """Short loops are written out up to 81 copies of the body, of some twelve operations each; then each loop adds
    itself and its reverse."""
    sizes = {depth: size(in_loops([bound] * depth, *program), 0.1, 2) for depth in range(2, 11)}
    assert max(sizes.values()) <= (3000 if "%" in program[1] else 1050)
    start = 2 if bound in ("20", "n") else 7  # no loop of unknown length, nor a long one, is written out
    assert max(sizes[depth + 1] - sizes[depth] for depth in range(start, 10)) <= 12


def test_of_loops_whose_bounds_become_known():
    """Each loop runs as long as the one around it has come, and one turn more."""
    for depth in range(2, 11):
        function = in_loops(["2", *(f"i{k} + 2" for k in range(depth - 1))], *BODIES[0])
        assert size(function, 0.1, 2) <= 81 * 20 * depth


@pytest.mark.parametrize("depth", [2, 4, 7, 10])
@pytest.mark.parametrize("bound", [2, 3])
def test_its_value(bound, depth):
    """s (1 + x)^(bound^depth)."""
    turns = bound**depth
    x = 1.0 / turns
    lowered = adjoint(in_loops([str(bound)] * depth, *BODIES[0]), x, 2)
    expected = 0.5 * turns * math.exp((turns - 1) * math.log1p(x))
    assert interpret(lowered.module, lowered.entry, x, 2)[-1] == pytest.approx(expected, rel=1e-9)


def test_of_a_loop_with_a_long_body():
    """What each statement makes is computed again from the one before."""
    lines = "\n".join("        s = s * x + 0.1" for _ in range(400))
    text = f"def f(x, n):\n    s = x\n    for i in range(n):\n{lines}\n    return s\n"
    function = defined(text, "f", {})
    lowered = adjoint(function, 0.5, 2)
    s, s_dot = 0.5, 1.0
    for _ in range(800):
        s, s_dot = s * 0.5 + 0.1, s_dot * 0.5 + s
    assert interpret(lowered.module, lowered.entry, 0.5, 2)[-1] == pytest.approx(s_dot, rel=1e-12)
    assert size(function, 0.5, 2) <= 400 * 8
