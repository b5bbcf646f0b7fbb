"""Simple statements: assignment in all its forms, return, raise, assert, def."""

from __future__ import annotations

import ast
from typing import Any

from dsl.frontend.emit import scalar_ops
from dsl.frontend.values.frames import RESULT, RETURNED
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import NONE, TRUE, UNBOUND, Conflict, Static, Unbound, Value

from .branches import fork
from .interpreter import Interpreter, statement


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
    from .recursion_stack import is_suspension

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


def assign(m: Interpreter, target: ast.expr, value: Value) -> None:
    """Binds a target: a name, a pattern of names, an attribute or an element."""
    outer, m.node = m.node, target
    try:
        if isinstance(target, ast.Name):
            write_name(m, target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            unpack(m, target.elts, value)
        elif isinstance(target, ast.Attribute):
            from .object_dispatch import set_attribute

            set_attribute(m, m.evaluate(target.value), target.attr, value)
        elif isinstance(target, ast.Subscript):
            from dsl.frontend.kinds.containers import set_item

            set_item(m, m.evaluate(target.value), m.evaluate(target.slice), value)
        else:
            raise Refused(f"cannot assign to {type(target).__name__}")
    except Refused as refused:
        raise m.error(refused.message, refused.help) from None
    finally:
        m.node = outer


def write_name(m: Interpreter, name: str, value: Value) -> None:
    frame = m.frame.owner(name)
    if frame is None:
        raise Refused(f"assignment to the global name {name}", "return the value, or keep it in an argument")
    m.store.write(frame, name, value, m.origin())


def unpack(m: Interpreter, targets: list[ast.expr], value: Value) -> None:
    from dsl.frontend.values.iterables import static_items

    items = static_items(m, value, "unpacking")
    stars = [k for k, t in enumerate(targets) if isinstance(t, ast.Starred)]
    if not stars:
        if len(items) != len(targets):
            few = "not enough" if len(items) < len(targets) else "too many"
            raise Refused(f"{few} values to unpack: {len(targets)} names, {len(items)} values")
        for target, item in zip(targets, items):
            assign(m, target, item)
        return
    at, after = stars[0], len(targets) - stars[0] - 1
    if len(items) < len(targets) - 1:
        raise Refused(f"not enough values to unpack: at least {len(targets) - 1} wanted, {len(items)} found")
    from .object_dispatch import new_list

    middle = new_list(m, items[at: len(items) - after])
    for target, item in zip([*targets[:at], *targets[at + 1:]], [*items[:at], *items[len(items) - after:]]):
        assign(m, target, item)
    assign(m, targets[at].value, middle)


@statement(ast.AugAssign)
def visit_augmented(m: Interpreter, node: ast.AugAssign, rest):
    from dsl.frontend.kinds.containers import get_item, set_item

    from .object_dispatch import augmented, get_attribute, set_attribute
    from .operator_dispatch import SYMBOLS

    symbol, target = SYMBOLS[type(node.op)], node.target
    if isinstance(target, ast.Name):
        from .expressions import read

        old = read(m, target.id)
        write_name_at(m, target, augmented(m, symbol, old, m.evaluate(node.value)))
    elif isinstance(target, ast.Attribute):
        owner = m.evaluate(target.value)
        old = get_attribute(m, owner, target.attr)
        new = augmented(m, symbol, old, m.evaluate(node.value))
        if new is not old:
            set_attribute(m, owner, target.attr, new)
    else:
        owner, index = m.evaluate(target.value), m.evaluate(target.slice)
        old = get_item(m, owner, index)
        new = augmented(m, symbol, old, m.evaluate(node.value))
        if new is not old:
            set_item(m, owner, index, new)


def write_name_at(m: Interpreter, target: ast.Name, value: Value) -> None:
    outer, m.node = m.node, target
    try:
        write_name(m, target.id, value)
    finally:
        m.node = outer


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
    from .calls import closure

    value: Value = closure(m, node, node.name)
    for decorator in reversed(node.decorator_list):
        value = m.call(m.evaluate(decorator), [value], {}, decorator)
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
    if getattr(__import__("builtins"), kind.__name__, None) is not kind:
        raise m.error(f"the exception {kind.__name__} is not one of Python's own",
                      "raise a built-in exception such as ValueError", node=node)
    if call is None or not call.args:
        return kind.__name__, "", []
    if len(call.args) > 1 or call.keywords:
        raise m.error("an exception takes one message", "put the values into one f-string", node=node)
    return kind.__name__, *message_of(m, call.args[0])


def message_of(m: Interpreter, node: ast.expr):
    """A message with `{k}` in the place of its k-th run-time value."""
    from dsl.frontend.kinds.text import as_text

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


def result_of(m: Interpreter, frame, reached: bool, node: ast.AST, is_wanted: bool = True) -> Value:
    """What an inlined call returned."""
    returned, value = frame.slots[RETURNED], frame.slots.get(RESULT, UNBOUND)
    if returned.is_constant and not returned.constant:
        if not reached:
            raise Dead
        return NONE
    if not is_wanted:
        return NONE
    if isinstance(value, Conflict):
        raise m.conflict(f"what {frame.info.name} returns", value)
    if isinstance(value, Unbound):
        raise Dead
    falls_off = reached and not (returned.is_constant and returned.constant)
    if falls_off and not (isinstance(value, Static) and value.value is None):
        place = m.place(frame.origins.get(RESULT))
        raise m.error(f"{frame.info.name} returns {value.describe()} on some paths and None on others",
                      "return a value on every path", ((place, "a value is returned here"),) if place else (), node)
    return value


