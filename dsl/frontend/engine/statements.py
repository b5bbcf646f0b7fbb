"""Simple statements: assignment in all its forms, return, raise, assert, def."""

from __future__ import annotations

import ast
import builtins
from typing import Any

from dsl.frontend.emit import scalar_ops
from dsl.frontend.protocols import augment, get_attribute, get_item, set_attribute, set_item
from dsl.frontend.values.frames import RESULT, RETURNED
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import NONE, TRUE, Static, Value

from .branches import fork
from .expressions import SYMBOLS
from .formatting import as_text
from .interpreter import Interpreter, statement
from .names import assign, closure, read, write_name, write_name_at
from .recursion_stack import is_suspension


@statement(ast.Expr)
def visit_expression(m: Interpreter, node: ast.Expr, rest):
    if not isinstance(node.value, ast.Constant):
        m.discarded = node.value
        m.evaluate(node.value)


@statement(ast.Pass, ast.Nonlocal, ast.Global)
def visit_nothing(m: Interpreter, node, rest):
    return None


@statement(ast.Assign)
def visit_assign(m: Interpreter, node: ast.Assign, rest):
    if is_suspension(m, node):
        m.frame.recursion[0].suspend(node)
        return False
    value = m.evaluate(node.value)
    for target in node.targets:
        assign(m, target, value)
    return None


@statement(ast.AnnAssign)
def visit_annotated(m: Interpreter, node: ast.AnnAssign, rest):
    if node.value is not None:
        assign(m, node.target, m.evaluate(node.value))


@statement(ast.AugAssign)
def visit_augmented(m: Interpreter, node: ast.AugAssign, rest):
    symbol, target = SYMBOLS[type(node.op)], node.target
    if isinstance(target, ast.Name):
        old = read(m, target.id)
        write_name_at(m, target, augment(m, symbol, old, m.evaluate(node.value)))
    elif isinstance(target, ast.Attribute):
        owner = m.evaluate(target.value)
        old = get_attribute(m, owner, target.attr)
        new = augment(m, symbol, old, m.evaluate(node.value))
        if new is not old:
            set_attribute(m, owner, target.attr, new)
    else:
        owner, index = m.evaluate(target.value), m.evaluate(target.slice)
        old = get_item(m, owner, index)
        new = augment(m, symbol, old, m.evaluate(node.value))
        if new is not old:
            set_item(m, owner, index, new)


@statement(ast.Return)
def visit_return(m: Interpreter, node: ast.Return, rest):
    value = m.evaluate(node.value) if node.value is not None else NONE
    if m.frame.recursion is not None:
        m.frame.recursion[0].give_back(value)
    else:
        m.store.write(m.frame, RESULT, value, m.origin())
    m.store.write(m.frame, RETURNED, TRUE)
    return False


@statement(ast.Break)
def visit_break(m: Interpreter, node, rest):
    m.store.write(m.frame, m.frame.exits[1], TRUE)
    return False


@statement(ast.Continue)
def visit_continue(m: Interpreter, node, rest):
    m.store.write(m.frame, m.frame.exits[2], TRUE)
    return False


@statement(ast.FunctionDef)
def visit_def(m: Interpreter, node: ast.FunctionDef, rest):
    value: Value = closure(m, node, node.name)
    for decorator in reversed(node.decorator_list):
        value = m.call(m.evaluate(decorator), [value], {})
    write_name(m, node.name, value)


@statement(ast.Raise)
def visit_raise(m: Interpreter, node: ast.Raise, rest):
    if node.exc is None:
        raise Refused("a bare raise re-raises what an except clause caught, which a kernel has none of",
                      "name the exception: raise ValueError(...)")
    if node.cause is not None:
        raise Refused("raise ... from ... is not in the language", "leave the cause out")
    name, message, values = exception(m, node.exc)
    m.builder.fail(m.builder.ssa(TRUE), name, message, values)
    raise Dead


def exception(m: Interpreter, node: ast.expr) -> Any:
    """Class name, message and values of what is raised."""
    call = node if isinstance(node, ast.Call) else None
    kind = m.static(call.func if call else node, "the exception's class")
    if isinstance(kind, BaseException):
        return type(kind).__name__, str(kind), []
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        raise m.error("raise needs an exception class", "write raise ValueError(...)", node=node)
    if getattr(builtins, kind.__name__, None) is not kind:
        raise m.error(f"the exception {kind.__name__} is not one of Python's own",
                      "raise a built-in exception such as ValueError", node=node)
    if call is None or not call.args:
        return kind.__name__, "", []
    if len(call.args) > 1 or call.keywords:
        raise m.error("an exception takes one message", "put the values into one f-string", node=node)
    return kind.__name__, *message_of(m, call.args[0])


def message_of(m: Interpreter, node: ast.expr):
    """A message with `{k}` in the place of its k-th run-time value."""
    value = m.evaluate(node)
    if isinstance(value, Static) and isinstance(value.value, str):
        return value.value, []
    text = as_text(m, value)
    message = text.pieces[0]
    for k, (spec, piece) in enumerate(zip(text.specs, text.pieces[1:])):
        message += f"{{{k}:{spec}}}{piece}" if spec else f"{{{k}}}{piece}"
    return message, [m.builder.ssa(v) for v in text.values]


@statement(ast.Assert)
def visit_assert(m: Interpreter, node: ast.Assert, rest):
    condition = m.test(node.test)
    if condition.is_constant and condition.constant:
        return
    b = m.builder
    if node.msg is None or isinstance(node.msg, ast.Constant):
        message = "" if node.msg is None else str(node.msg.value)
        b.fail(b.ssa(scalar_ops.logical_not(b, condition)), "AssertionError", message)
        if condition.is_constant:
            raise Dead
        return

    text: ast.expr = node.msg

    def report():
        message, values = message_of(m, text)
        b.fail(b.ssa(TRUE), "AssertionError", message, values)
        raise Dead

    if condition.is_constant:
        report()
    fork(m, condition, lambda: True, report, None, node)
