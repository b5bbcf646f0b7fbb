"""Branches: two paths from one condition, and what becomes of the store where they meet.

    if c: return 1.0                        %r = scf.if %c -> (f64) { scf.yield 1.0 }
    y = x * 2.0                                          else { %y = arith.mulf; scf.yield %y }
    return y

Each path is visited from the same store into a block of its own, and its writes are taken back. Where exactly one of
them cannot go on (it returned, broke out or raised), the statements that follow belong to the other and are visited
inside of it, once. Then what the two left behind is joined (join.py).

Sound: the second path is visited from the store as it was before the first, so neither sees the other; objects born on
a path have epochs of that path and cannot be reached from outside of it before the join.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dsl.frontend.emit import scalar_ops
from dsl.frontend.values.frames import RETURNED
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.signals import Dead
from dsl.frontend.values.store import Delta
from dsl.frontend.values.value import FALSE, TRUE, Conflict, Scalar, Value

from . import join
from .interpreter import Interpreter, PossibleExit, statement
from .tags import assume, is_among, narrowed, one_of, without_none


@dataclass(eq=False)
class Path:
    """One branch: `end` is "open", "return" (only a return happened), "jump" or "never" (nothing after it matters)."""

    block: object
    epoch: int
    delta: Delta = field(default_factory=Delta)
    end: str = "open"
    value: Value | None = None

    @property
    def is_open(self) -> bool:
        return self.end == "open"


def visit_path(m: Interpreter, path: Path, visit, condition: Scalar = TRUE, truth: bool = True) -> None:
    """Visits a path, on which a condition has this truth, or goes on with it, and takes its effects back into
    `path.delta`."""
    mark = m.store.begin(path.epoch)
    m.store.redo(path.delta)
    with m.builder.inside(path.block):
        assume(m, condition, truth)
        try:
            path.value, reached = visit(), True
            if isinstance(path.value, bool):
                reached, path.value = path.value, None
        except Dead:
            reached = False
        left = m.left()
    path.end = "open"
    if left.is_constant and left.constant:
        own = (m.frame, RETURNED)
        others = [exit for exit in m.exits() if exit != own and flag_of(exit) is not FALSE]
        path.end = "jump" if others else "return"
    elif not reached:
        path.end = "never" if left.is_constant else "jump"
    path.delta = m.store.take_back(mark)


def fork(m: Interpreter, condition: Scalar, visit_then, visit_else, visit_rest=None, node: ast.AST | None = None,
         born: int | None = None):
    """Visits both sides of a run-time condition. The sides may return a value, which is merged and returned.

    `visit_rest` visits what follows in the statement list. Returns (value, reached): `reached` is None where the rest
    has not been visited, else whether control can reach its end. What was born after the epoch `born` belongs to the
    first side: it has been visited before.
    """
    b, reached, epoch = m.builder, None, m.store.epochs if born is None else born
    outer = b.block
    with b.aside() as then_block:
        yes = Path(then_block, epoch)
        visit_path(m, yes, visit_then, condition, True)
        with b.aside(parent=outer) as else_block:
            no = Path(else_block, m.store.epochs)
            visit_path(m, no, visit_else, condition, False)
            if visit_rest is not None and yes.is_open != no.is_open:
                path = yes if yes.is_open else no
                if path_is_free(m, path):
                    visit_path(m, path, visit_rest)
                    reached = path.is_open
    value = join.join(m, condition, yes, no, node, epoch)
    if yes.end == no.end == "never":
        raise Dead
    if visit_rest is not None and not yes.is_open and not no.is_open and reached is None:
        reached = False
    return value, reached


def each(m: Interpreter, value: Value, visit: Callable, exception: str = "", message: str = "") -> Any:
    """`visit(alternative)` for the alternative that a value is. None is visited too, unless an exception is named that
    is raised for it."""
    value = without_none(m, value, exception, message) if exception else narrowed(m, value)
    if not isinstance(value, OneOf):
        return visit(value)
    first, *rest = value.alternatives
    others = one_of(value.tag, {k: value.alternatives[k] for k in rest})
    found, _ = fork(m, is_among(m, value, [first]), lambda: visit(value.alternatives[first]),
                    lambda: each(m, others, visit))
    if found is None:
        raise Dead
    if isinstance(found, Conflict):
        raise m.conflict("what comes of this", found)
    return found


def path_is_free(m: Interpreter, path: Path) -> bool:
    """Whether an open path has no exit flag that may be set."""
    for exit in m.exits():
        value = path.delta.get(exit, (flag_of(exit),))[0]
        if not (value.is_constant and not value.constant):
            return False
    return True


def attempt(m: Interpreter, visit, signal: type[Exception]) -> Any:
    """`visit()`, of which nothing is left where it raises `signal`."""
    b, mark = m.builder, m.store.begin()
    may_fail, effects = b.may_fail, b.effects
    try:
        with b.aside() as block:
            try:
                value, dead = visit(), False
            except Dead:
                value, dead = None, True
    except signal:
        m.store.take_back(mark)
        b.may_fail, b.effects = may_fail, effects
        raise
    delta = m.store.take_back(mark)
    for op in list(block.operations):
        op.operation.detach_from_parent()
        b.block.append(op.operation)
    m.store.redo(delta)
    if dead:
        raise Dead
    return value


@statement(PossibleExit)
def guard(m: Interpreter, left: Scalar, rest: list) -> bool:
    """The rest of a statement list after which some exit may have been taken."""
    def go_on():
        clear_exits(m)
        return m.execute(rest)

    def skip():
        take_exit(m)
        return False

    _, reached = fork(m, scalar_ops.logical_not(m.builder, left), go_on, skip, lambda: True)
    return reached is not False


def live_exits(m: Interpreter) -> list[tuple]:
    """The exits that may have been taken."""
    return [exit for exit in m.exits() if not is_false(flag_of(exit))]


def clear_exits(m: Interpreter) -> None:
    """Where no exit has been taken, their flags are known to be false."""
    for exit in live_exits(m):
        set_flag(m, exit, FALSE)


def take_exit(m: Interpreter) -> None:
    """Where some exit has been taken, its flag is known to be true if there is only one."""
    live = live_exits(m)
    if len(live) == 1:
        set_flag(m, live[0], TRUE)


def set_flag(m: Interpreter, exit: tuple, value: Scalar) -> None:
    container, key = exit
    m.store.write(container, key, value)


def flag_of(exit: tuple) -> Scalar:
    container, key = exit
    return container.slots.get(key, FALSE)


def is_false(value: Scalar) -> bool:
    return value.is_constant and not value.constant
