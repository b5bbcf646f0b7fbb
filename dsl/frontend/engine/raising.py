"""What is raised inside of a `try` is an exit, like a `break`: a flag that everything up to the handler heeds.

    try:                                    %zero = arith.cmpi eq, %k, %c0
        n = 10 // k                         %raised = %zero ; %site = 0
        a[0] = n                            scf.if %raised { } else { n = ... ; a[0] = n }
    except ZeroDivisionError:               scf.if %raised { n = 0 }
        n = 0

A check whose failure some `try` around catches (`catch`) sets the flag of its `Handler`, and notes which check it was
and the numbers of its message, for a `raise` of the same again. The expression that it stands in is computed to its
end, with the harmless operand that the check leaves; but nothing that can be seen happens any more: a statement goes on
behind its expressions under the flag (`then`), and so do calls (`call_unless_raised`) and writes (`unless_raised`).

Sound: the flag is a slot like any other, joined by branches and carried by loops; a loop in which it may be set can be
left early (`LoopRaises` asks for a visit in that form). Exits exclude each other: where the flag is set no other is,
since after it was set nothing is executed that could take one.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from iree.compiler import ir

from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import boolean, logical_and, logical_not, logical_or
from dsl.frontend.values.frames import RAISED
from dsl.frontend.values.iterables import Generator, Sequence
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import FALSE, TRUE, UNBOUND, Maybe, Native, Scalar, Value, weak
from dsl.passes.ir import edit
from dsl.passes.ir.ops import FLOAT_TOO_LARGE, LOOPS, TOO_LARGE

from .branches import clear_exits, fork, guard, is_false, take_exit
from .interpreter import Interpreter, statement

SITE = "%site"
UNTOLD = "\0"  # the message of an exception of the program's own that is made of other things than one message
BEYOND_CPYTHON = (TOO_LARGE, FLOAT_TOO_LARGE)  # what its ints, which have no end, do not raise


class LoopRaises(Exception):
    """A loop that was visited as one that nothing leaves early may raise what a `try` around it catches."""

    def __init__(self, epoch: int):
        super().__init__()
        self.epoch = epoch


@dataclass(eq=False)
class Site:
    """A check, or a raise: what is raised, for a raise of the same again, and the except clause that catches it."""

    exception: type
    message: str
    location: Any
    clause: int
    numbers: list = field(default_factory=list)


class Handler(Container):
    """The except clauses of a `try` whose body is being visited, each with the classes that it catches."""

    def __init__(self, m: Interpreter, clauses: list[tuple]):
        super().__init__(m.store)
        self.clauses = clauses
        self.is_final = False  # it stands for a finally, which runs whatever leaves the body
        self.sites: list[Site] = []
        self.slots.update({RAISED: FALSE, SITE: weak(0)})

    def unless_raised(self, m: Interpreter, action: Callable) -> None:
        """Does something that can be seen, where nothing has been raised."""
        before = pending(m)
        if is_false(before):
            action()
        elif not before.is_constant:
            def clear() -> bool:
                clear_exits(m)
                action()
                return True

            fork(m, logical_not(m.builder, before), clear, lambda: True)

    def clause_of(self, exception: type) -> int | None:
        if issubclass(exception, RecursionError):
            return None  # at a depth that is not CPython's own
        return next((k for k, classes in enumerate(self.clauses) if issubclass(exception, classes)), None)


def protected(m: Interpreter, handler: Handler, body: list) -> bool:
    """Visits statements with a handler around them; whether control can reach their end."""
    b = m.builder
    outer = beyond, catches, _, _ = b.catch, b.catches, b.pending, b.catches_overflow
    if not m.tries:
        b.catches_overflow = lambda: catcher_by_name(m, OverflowError) is not None
        b.catch = lambda *check: catch(m, beyond, *check)
        b.pending = lambda: stopped(m)
        b.catches = lambda name: catcher(m, getattr(builtins, name)) is not None or catches(name)
    m.tries.append(handler)
    try:
        return m.execute(body)
    finally:
        m.tries.pop()
        b.catch, b.catches, b.pending, b.catches_overflow = outer


@contextmanager
def uncaught(m: Interpreter, what: str) -> Iterator[None]:
    """Visits something that cannot be left by what is raised in it: where that would be caught, it is refused."""
    b, tries = m.builder, m.tries
    outer = b.catch, b.catches, b.pending, b.catches_overflow

    def refuse(condition, exception: str | type, message: str, values):
        if message in BEYOND_CPYTHON:
            return condition
        kind = exception if isinstance(exception, type) else getattr(builtins, exception)
        if any(handler.clause_of(kind) is not None for handler in tries) and not is_false(as_constant(condition)):
            raise Refused(f"{what} may raise {kind.__name__}, which a try around it catches",
                          "test for it before the call, or write the call as a loop")
        return condition

    if tries:
        m.tries, b.catch, b.pending, b.catches_overflow = [], refuse, lambda: None, lambda: False
        b.catches = lambda name: any(handler.clause_of(getattr(builtins, name)) is not None for handler in tries)
    try:
        yield
    finally:
        m.tries, (b.catch, b.catches, b.pending, b.catches_overflow) = tries, outer


def catcher(m: Interpreter, exception: type) -> Handler | None:
    """The innermost handler that catches an exception."""
    return next((h for h in reversed(m.tries) if h.clause_of(exception) is not None), None)


def catcher_by_name(m: Interpreter, exception: type) -> Handler | None:
    """The innermost handler one of whose clauses names an exception itself, not only a class above it."""
    return next((h for h in reversed(m.tries) if any(exception in classes for classes in h.clauses)), None)


def pending(m: Interpreter) -> Scalar:
    """Whether something has been raised on the way here, in the statement that is being visited."""
    result = FALSE
    for handler in m.tries:
        result = logical_or(m.builder, result, handler.slots[RAISED])
    return result


def stopped(m: Interpreter) -> Any:
    """`pending` as an SSA value, None where nothing can have been raised."""
    before = pending(m)
    return None if is_false(before) else m.builder.ssa(before)


def catch(m: Interpreter, beyond: Callable | None, condition, exception: str | type, message: str, values) -> Any:
    """A check inside of a `try`. Answers None where that catches it, else the condition that it really fails on, or
    what `beyond` answers."""
    b = m.builder
    kind = exception if isinstance(exception, type) else getattr(builtins, exception)
    if message == TOO_LARGE:
        handler = catcher_by_name(m, kind)
    else:
        handler = catcher(m, kind) if message not in BEYOND_CPYTHON else None
    happened = as_constant(condition)
    before = pending(m)
    if is_false(happened):
        return None
    now = logical_and(b, happened, logical_not(b, before))
    if handler is None:
        return b.ssa(now) if beyond is None else beyond(b.ssa(now), exception, message, values)
    counted = [epoch for epoch in m.counted_loops if epoch > handler.epoch]
    if counted:
        raise LoopRaises(counted[0])
    site = Site(kind, message, b.location, handler.clause_of(kind) or 0)
    number = len(handler.sites)
    handler.sites.append(site)
    write = lambda key, new: m.store.write(handler, key, chosen(m, now, new, handler.slots.get(key, UNBOUND)))
    write(SITE, weak(number))
    for k, value in enumerate(values):
        dtype = next(d for d, kind in b.scalar_types.items() if kind == value.type)
        site.numbers.append(dtype)
        write((number, k), Scalar(dtype, True, value))
    m.store.write(handler, RAISED, logical_or(b, handler.slots[RAISED], now))
    return None


def as_constant(condition) -> Scalar:
    """A condition as a constant, where it is one."""
    maker = edit.defining_op(condition)
    if maker is not None and maker.name == "arith.constant":
        return TRUE if bool(maker.attributes["value"].value) else FALSE
    return boolean(condition)


def chosen(m: Interpreter, condition: Scalar, new: Scalar, old: Value) -> Scalar:
    """`new` where the condition holds, else what was there, if anything."""
    old = old.value if isinstance(old, Maybe) else old
    if condition.is_constant:
        return new
    if not isinstance(old, Scalar):
        old = Scalar(new.dtype, new.weak, constant=new.dtype.numpy(0).item())
    b = m.builder
    return Scalar(new.dtype, new.weak, b.select(b.ssa(condition), b.ssa(new), b.ssa(old)))


def raise_again(m: Interpreter, handler: Handler, clause: int | None, condition: Scalar = TRUE) -> None:
    """Raises what has been caught (by one clause), each from where it was raised first."""
    b = m.builder
    sites = [(k, site) for k, site in enumerate(handler.sites) if clause in (None, site.clause)]
    for k, site in sites:
        here = condition
        if len(sites) > 1:
            at = scalar_ops.compare_scalars(b, "eq", handler.slots[SITE], weak(k))
            here = logical_and(b, condition, at)
        values = []
        for j, dtype in enumerate(site.numbers):
            held = handler.slots.get((k, j), UNBOUND)
            held = held.value if isinstance(held, Maybe) else held
            values.append(b.ssa(held) if isinstance(held, Scalar) else b.constant(dtype, 0))
        with b.at(site.location):
            fail(m, b.ssa(here), site.exception, site.message, values)


def fail(m: Interpreter, condition, exception: type, message: str, values) -> None:
    """A failure with an exception that may be of the program's own. One that nothing catches is found by its name."""
    if "<locals>" in exception.__qualname__ and catcher(m, exception) is None:
        raise Refused(f"the exception {exception.__name__} is a class inside of a function, and nothing catches it",
                      "define the class at the top of a module, or raise a built-in exception such as ValueError")
    if message == UNTOLD and catcher(m, exception) is None:
        raise Refused(f"the exception {exception.__name__}, made of other things than one message, leaves the kernel",
                      "put its values into one f-string")
    m.builder.fail(condition, exception, message, values)


# what follows where something may have been raised


class Then:
    """The rest of a statement, behind what its expressions may have raised."""

    def __init__(self, node: ast.AST, action: Callable):
        self.node, self.action = node, action
        self.lineno, self.col_offset = node.lineno, node.col_offset


@statement(Then)
def visit_then(m: Interpreter, node: Then, rest: list):
    m.node = node.node
    return node.action(rest)


def then(m: Interpreter, node: ast.AST, rest: list, action: Callable):
    """Goes on with a statement whose expressions have been visited: `action` takes the statements after it."""
    if not m.tries or is_false(before := pending(m)):
        return action(rest)
    if before.is_constant:
        return False
    return guard(m, before, [Then(node, action), *rest])


def has_loops(block: ir.Block) -> bool:
    """Whether a block holds loops, which may have no end where the program would not have run them."""
    return any(op.name in LOOPS for op in edit.walk(block))


def call_unless_raised(m: Interpreter, visit: Callable) -> Value:
    """The value of a call, made where nothing has been raised; without a branch where nobody could tell."""
    before = pending(m)
    if is_false(before):
        return visit()
    if before.is_constant:
        raise Dead
    b, store = m.builder, m.store
    effects, flags, born = b.effects, m.exits(), store.epochs
    with b.aside() as block:
        mark, value = store.begin(), None
        clear_exits(m)
        try:
            value = visit()
        except Dead:
            pass
        delta = store.take_back(mark)
    operations = [op.operation for op in block.operations]
    seen = [place for place in delta if place not in flags or not is_false(delta[place][0])]
    if value is not None and not seen and not has_loops(block) and b.effects == effects:
        splice(b, operations)
        return value
    refuse_lazy(value)

    def second():
        splice(b, operations)
        store.redo(delta)
        if value is None:
            raise Dead
        return value

    def skip():
        take_exit(m)
        return False

    found, _ = fork(m, logical_not(b, before), second, skip, born=born)
    if found is None:
        raise Dead
    return found


def splice(b, operations: list) -> None:
    """Moves operations to the end of the current block."""
    for op in operations:
        op.detach_from_parent()
        b.block.append(op)


def refuse_lazy(value: Value | None) -> None:
    """Refuse what would be computed after the branch from values inside of it."""
    if isinstance(value, Sequence | Generator | Native) or value is not None and any(
            isinstance(part, Sequence | Generator | Native) for part in value.parts()):
        raise Refused("an argument of this call may raise what a try around it catches",
                      "compute the argument in a statement before")
