"""Simple statements: assignment in all its forms, if, return, raise, assert, def."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from typing import Any

from dsl.frontend.emit import scalar_ops
from dsl.frontend.protocols import augment, delete_item, get_attribute, get_item, set_attribute, set_item
from dsl.frontend.values.frames import BREAK, CONTINUE, RESULT, RETURNED
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import NONE, TRUE, Scalar, Static, Text, Value

from .branches import fork, set_flag
from .expressions import SYMBOLS
from .formatting import as_text
from .generators import visit_yield
from .interpreter import Interpreter, statement
from .names import assign, closure, read, write_name, write_name_at
from .parameters import arguments_of
from .raising import UNTOLD, catcher, fail, then
from .recursion_stack import is_suspension
from .tags import assume_checked
from .try_statements import Caught, raise_caught


@statement(ast.If)
def visit_if(m: Interpreter, node: ast.If, rest: list):
    condition = m.test(node.test)
    return then(m, node, rest, lambda rest: take_branch(m, node, condition, rest))


def take_branch(m: Interpreter, node: ast.If, condition: Scalar, rest: list):
    if condition.is_constant:
        return m.execute([*(node.body if condition.constant else node.orelse), *rest])
    _, reached = fork(m, condition, lambda: m.execute(node.body), lambda: m.execute(node.orelse),
                      lambda: m.execute(rest), node)
    return reached


@statement(ast.Expr)
def visit_expression(m: Interpreter, node: ast.Expr, rest):
    value = node.value
    if isinstance(value, ast.Constant):
        return None
    if isinstance(value, ast.Yield | ast.YieldFrom):
        return visit_yield(m, node, rest)
    if m.tries and isinstance(value, ast.Call):  # what follows is visited behind the call: it may be of a mutable thing
        function, (arguments, keywords) = m.evaluate(value.func), arguments_of(m, value)
        return then(m, node, rest, lambda rest: discard(m, value, lambda: m.call(function, arguments, keywords)))
    return discard(m, value, lambda: m.evaluate(value))


def discard(m: Interpreter, node: ast.expr, visit: Callable) -> None:
    """Visits an expression whose value nobody wants."""
    m.discarded = node
    m.visit(lambda m, node: visit(), node)


@statement(ast.Pass, ast.Nonlocal, ast.Global)
def visit_nothing(m: Interpreter, node, rest):
    return None


@statement(ast.Assign)
def visit_assign(m: Interpreter, node: ast.Assign, rest):
    if is_suspension(m, node):
        m.frame.recursion[0].suspend(node)
        return False
    value = m.evaluate(node.value)

    def write(rest: list) -> None:
        for target in node.targets:
            assign(m, target, value)

    return then(m, node, rest, write)


@statement(ast.AnnAssign)
def visit_annotated(m: Interpreter, node: ast.AnnAssign, rest):
    if node.value is None:
        return None
    value = m.evaluate(node.value)
    return then(m, node, rest, lambda rest: assign(m, node.target, value))


@statement(ast.AugAssign)
def visit_augmented(m: Interpreter, node: ast.AugAssign, rest):
    target: Any = node.target
    if isinstance(target, ast.Name):
        old = read(m, target.id)
        return augmented(m, node, rest, old, lambda new: write_name_at(m, target, new), always=True)
    owner = m.evaluate(target.value)
    if isinstance(target, ast.Attribute):
        old = get_attribute(m, owner, target.attr)
        return augmented(m, node, rest, old, lambda new: set_attribute(m, owner, target.attr, new))
    index = m.evaluate(target.slice)
    old = get_item(m, owner, index)
    return augmented(m, node, rest, old, lambda new: set_item(m, owner, index, new))


def augmented(m: Interpreter, node: ast.AugAssign, rest: list, old: Value, write: Callable, always: bool = False):
    """`old symbol= value`, and what it gives written back, unless it is the same thing."""
    value = m.evaluate(node.value)

    def change(rest: list):
        new = augment(m, SYMBOLS[type(node.op)], old, value)
        if new is old and not always:
            return None
        return then(m, node, rest, lambda rest: write(new) and None)

    return then(m, node, rest, change)


@statement(ast.Delete)
def visit_delete(m: Interpreter, node: ast.Delete, rest):
    for target in node.targets:
        if not isinstance(target, ast.Subscript):
            raise Refused("del of a name or an attribute is not in the language", "leave it alone, or bind it anew")
        owner = m.evaluate(target.value)
        delete_item(m, owner, m.evaluate(target.slice))


@statement(ast.Return)
def visit_return(m: Interpreter, node: ast.Return, rest):
    value = m.evaluate(node.value) if node.value is not None else NONE

    def give_back(rest: list) -> bool:
        if m.frame.recursion is not None:
            m.frame.recursion[0].give_back(value)
        else:
            m.store.write(m.frame, RESULT, value, m.origin())
        m.store.write(m.frame, RETURNED, TRUE)
        return False

    return then(m, node, rest, give_back)


@statement(ast.Break)
def visit_break(m: Interpreter, node, rest):
    set_flag(m, own_exit(m, BREAK), TRUE)
    return False


@statement(ast.Continue)
def visit_continue(m: Interpreter, node, rest):
    set_flag(m, own_exit(m, CONTINUE), TRUE)
    return False


def own_exit(m: Interpreter, kind: str) -> tuple:
    """The flag of the innermost loop's `break` or `continue`."""
    return next(exit for exit in m.frame.exits if isinstance(exit[1], tuple) and exit[1][0] == kind)


@statement(ast.FunctionDef)
def visit_def(m: Interpreter, node: ast.FunctionDef, rest):
    value: Value = closure(m, node, node.name)
    for decorator in reversed(node.decorator_list):
        value = m.call(m.evaluate(decorator), [value], {})
    write_name(m, node.name, value)


@statement(ast.Raise)
def visit_raise(m: Interpreter, node: ast.Raise, rest):
    if node.cause is not None and not is_cause(m, node.cause):
        raise m.error("the cause of an exception is None or an exception that was caught", "leave the cause out",
                      node=node.cause)
    if isinstance(node.exc, ast.Name) and isinstance(value := read(m, node.exc.id), Caught):
        raise_caught(m, value)
    if node.exc is None:
        raise_caught(m, None)
    else:
        kind, message, values = exception(m, node.exc)
        m.visit(lambda m, _: fail(m, m.builder.ssa(TRUE), kind, message, values), node.exc)
    raise Dead


def is_cause(m: Interpreter, node: ast.expr) -> bool:
    """Whether this may stand behind `from`. It is not kept."""
    value = m.evaluate(node)
    return isinstance(value, Caught) or isinstance(value, Static) and value.value is None


def exception(m: Interpreter, node: ast.expr) -> Any:
    """Class, message and values of what is raised."""
    call = node if isinstance(node, ast.Call) else None
    kind = m.static(call.func if call else node, "the exception's class")
    if isinstance(kind, BaseException):
        return type(kind), str(kind), []
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        raise m.error("raise needs an exception class", "write raise ValueError(...)", node=node)
    if call is None or not call.args and not call.keywords:
        return kind, "", []
    is_own = getattr(builtins, kind.__name__, None) is not kind
    if is_own and catcher(m, kind) is not None and (len(call.args) > 1 or call.keywords):
        for argument in [*call.args, *[keyword.value for keyword in call.keywords]]:
            m.evaluate(argument)  # nobody sees the value, but it may fail
        return kind, UNTOLD, []
    if len(call.args) > 1 or call.keywords:
        raise m.error("an exception takes one message", "put the values into one f-string", node=node)
    try:
        return kind, *message_of(m, call.args[0])
    except Refused:
        if not is_own or catcher(m, kind) is None:
            raise
        return kind, UNTOLD, []


def message_of(m: Interpreter, node: ast.expr):
    """A message with `{k}` in the place of its k-th run-time value, in a text `{k:}`."""
    value = m.evaluate(node)
    if isinstance(value, Static) and isinstance(value.value, str):
        return value.value, []
    text = as_text(m, value)
    message = text.pieces[0]
    for k, (spec, piece) in enumerate(zip(text.specs, text.pieces[1:])):
        message += f"{{{k}:{spec}}}{piece}" if spec or isinstance(value, Text) else f"{{{k}}}{piece}"
    return message, [m.builder.ssa(v) for v in text.values]


@statement(ast.Assert)
def visit_assert(m: Interpreter, node: ast.Assert, rest):
    condition = m.test(node.test)
    return then(m, node, rest, lambda rest: check_assertion(m, node, condition))


def check_assertion(m: Interpreter, node: ast.Assert, condition: Scalar) -> None:
    if condition.is_constant and condition.constant:
        return
    b = m.builder
    if node.msg is None or isinstance(node.msg, ast.Constant):
        message = "" if node.msg is None else str(node.msg.value)
        b.fail(b.ssa(scalar_ops.logical_not(b, condition)), "AssertionError", message)
        if condition.is_constant:
            raise Dead
        assume_checked(m, condition, True)
        return

    text: ast.expr = node.msg

    def report():
        message, values = message_of(m, text)
        b.fail(b.ssa(TRUE), "AssertionError", message, values)
        raise Dead

    if condition.is_constant:
        report()
    fork(m, condition, lambda: True, report, None, node)
    assume_checked(m, condition, True)
