"""Two paths from a condition: what follows one that cannot go on is visited inside of the other."""

import pytest

from dsl.frontend.engine.interpreter import STATEMENTS, Interpreter
from dsl.frontend.lower import lower
from tests.frontend.compare import check


def visits(monkeypatch, function, *args) -> dict[int, int]:
    """How often the statements of a function are visited, by their line in it."""
    found: dict[int, int] = {}
    before = Interpreter.visit

    def visit(m, handler, node, *extra):
        if handler is STATEMENTS.get(type(node)):
            line = node.lineno - function.__code__.co_firstlineno
            found[line] = found.get(line, 0) + 1
        return before(m, handler, node, *extra)

    monkeypatch.setattr(Interpreter, "visit", visit)
    lower(function, args)
    monkeypatch.setattr(Interpreter, "visit", before)
    return found


def early(x):
    if x > 3.0:
        return 1.0
    if x > 2.0:
        return 2.0
    if x > 1.0:
        x = x + 1.0
    y = x * 2.0
    return y


def raising(x):
    if x < 0.0:
        raise ValueError("negative")
    y = x * 2.0
    if x > 5.0:
        y = 3.0
    return y


def leaving(x, n):
    s = 0.0
    for i in range(n):
        if s > x:
            break
        if i == 2:
            continue
        s += 1.5
        if s > 2.0 * x:
            return -s
        s += 0.25
    else:
        s += 100.0
    return s


def known(x):
    if 1 > 2:
        return undefined_name  # noqa: F821
    else:
        y = x
    return y


@pytest.mark.parametrize("function, args", [
    (early, (0.5,)), (early, (1.5,)), (early, (2.5,)), (early, (3.5,)), (raising, (-1.0,)), (raising, (1.0,)),
    (raising, (6.0,)), (known, (1.0,)), *[(leaving, (x, n)) for x in (0.0, 1.0, 2.5, 9.0) for n in (0, 2, 5, 9)]])
def test_paths_that_end(function, args):
    check(function, *args)


@pytest.mark.parametrize("function, args", [(early, (0.5,)), (raising, (1.0,)), (leaving, (1.0, 5))])
def test_every_statement_is_visited_once(monkeypatch, function, args):
    assert set(visits(monkeypatch, function, *args).values()) == {1}


def test_a_path_that_is_known_not_to_be_taken_is_not_visited(monkeypatch):
    assert 2 not in visits(monkeypatch, known, 1.0)
