"""`try`: what is raised in its body and caught is an exit (raising.py), and the handlers are a branch on its flag.

    try: A                                  A, whose checks set %raised
    except E: B            becomes          if %raised: (if %site in those that E catches: B else: ...)
    else: C                                 else: C
    finally: D                              D, with all exits cleared; then they are as they were, and what nobody
                                            has caught is raised again

Sound: whatever leaves A does so by an exit or comes to its end, and A's statements heed the flag; so behind A exactly
one of these has happened, and each is visited where its flag says that it has.
"""

from __future__ import annotations

import ast

from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import logical_and, logical_not, logical_or
from dsl.frontend.protocols import static_items
from dsl.frontend.values.frames import RAISED
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import FALSE, UNBOUND, Scalar, Static, Tuple, Value, weak

from .branches import clear_exits, flag_of, fork, guard, is_false, live_exits, set_flag, take_exit
from .interpreter import Interpreter, statement
from .names import write_name
from .raising import SITE, Handler, pending, protected, raise_again


class Caught(Value):
    """The exception that an except clause has caught: it can be raised again."""

    def __init__(self, handler: Handler, clause: int):
        self.handler, self.clause = handler, clause

    def describe(self) -> str:
        return "an exception that was caught"


@statement(ast.Try)
def visit_try(m: Interpreter, node: ast.Try, rest: list):
    if node.finalbody:
        return visit_finally(m, node, rest)
    handler = Handler(m, [classes_of(m, clause) for clause in node.handlers])
    reached = protected(m, handler, node.body)
    raised = handler.slots[RAISED]
    if is_false(raised):
        return go_on(m, reached, [*node.orelse, *rest])

    def caught() -> bool:
        clear_exits(m)
        return visit_clauses(m, node, handler)

    if raised.is_constant:
        return go_on(m, caught(), rest)

    def plain() -> bool:
        if reached:
            return go_on(m, True, node.orelse)
        if not live_exits(m):
            raise Dead
        take_exit(m)
        return False

    _, end = fork(m, raised, caught, plain, lambda: m.execute(rest), node)
    return end


def go_on(m: Interpreter, reached: bool, statements: list) -> bool:
    """What follows where control may have reached the end of what was before."""
    if not reached:
        return False
    left = m.left()
    if left.is_constant:
        return False if left.constant else m.execute(statements)
    return guard(m, left, statements)


def classes_of(m: Interpreter, clause: ast.ExceptHandler) -> tuple:
    """The classes that an except clause catches."""
    if clause.type is None:
        return (BaseException,)
    value = m.evaluate(clause.type)
    found = static_items(m, value, "an except clause") if isinstance(value, Tuple) else [value]
    classes = tuple([item.value for item in found if isinstance(item, Static)])
    if len(classes) < len(found) or not all(isinstance(c, type) and issubclass(c, BaseException) for c in classes):
        raise m.error(f"an except clause needs classes of exceptions, found {value.describe()}", node=clause.type)
    return classes


def visit_clauses(m: Interpreter, node: ast.Try, handler: Handler) -> bool:
    """The except clauses, of which the first one that fits runs."""
    used = sorted({site.clause for site in handler.sites})

    def visit(numbers: list[int]) -> bool:
        first, *others = numbers
        if not others:
            return visit_clause(m, node.handlers[first], handler, first)
        here: Scalar = FALSE
        for k, site in enumerate(handler.sites):
            if site.clause == first:
                at = scalar_ops.compare_scalars(m.builder, "eq", handler.slots[SITE], weak(k))
                here = logical_or(m.builder, here, at)
        if here.is_constant:
            return visit([first] if here.constant else others)
        clause = lambda: visit_clause(m, node.handlers[first], handler, first)
        _, reached = fork(m, here, clause, lambda: visit(others), lambda: True, node)
        return reached is not False

    return visit(used)


def visit_clause(m: Interpreter, clause: ast.ExceptHandler, handler: Handler, number: int) -> bool:
    caught = Caught(handler, number)
    m.handling.append(caught)
    if clause.name:
        write_name(m, clause.name, caught)
    try:
        reached = m.execute(clause.body)
    finally:
        m.handling.pop()
    if clause.name and reached:
        write_name(m, clause.name, UNBOUND)
    return reached


# finally


def visit_finally(m: Interpreter, node: ast.Try, rest: list) -> bool:
    refuse_exits(m, node.finalbody)
    handler = Handler(m, [(BaseException,)])
    handler.is_final = True
    inner = [ast.copy_location(ast.Try(node.body, node.handlers, node.orelse, []), node)] if node.handlers else [
        *node.body, *node.orelse]
    reached = protected(m, handler, inner)
    raised = handler.slots[RAISED]
    taken = {exit: flag_of(exit) for exit in live_exits(m)}
    for exit in taken:
        set_flag(m, exit, FALSE)
    if not m.execute(node.finalbody):
        return False

    def restore() -> bool:
        for exit, flag in taken.items():
            set_flag(m, exit, flag)
        return True

    before = pending(m)
    if is_false(before):
        restore()
    elif not before.is_constant:
        fork(m, logical_not(m.builder, before), restore, lambda: True)
    if not is_false(raised):
        raise_again(m, handler, None, logical_and(m.builder, raised, logical_not(m.builder, before)))
        if raised.is_constant:
            raise Dead
    if not reached and not live_exits(m):
        raise Dead
    return go_on(m, reached, rest)


def refuse_exits(m: Interpreter, body: list) -> None:
    """An exit in a `finally` would replace the one that it is on the way of."""
    stack: list = [(node, True) for node in body]
    while stack:
        node, own = stack.pop()
        if isinstance(node, ast.Return) or own and isinstance(node, ast.Break | ast.Continue):
            raise m.error(f"{type(node).__name__.lower()} in a finally drops what was raised",
                          "write it behind the try", node=node)
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            continue
        own = own and not isinstance(node, ast.For | ast.While)
        stack += [(child, own) for child in ast.iter_child_nodes(node)]


# raise


def raise_caught(m: Interpreter, value: Value | None) -> None:
    """A bare `raise`, or one of a name that an except clause has bound."""
    if value is None and not m.handling:
        raise Refused("a bare raise outside of an except clause", "name the exception: raise ValueError(...)")
    caught = m.handling[-1] if value is None else value
    raise_again(m, caught.handler, caught.clause)
    raise Dead
