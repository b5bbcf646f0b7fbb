"""Names and what is bound to them: reading a name, assigning to a target, making a closure, and a call's result."""

from __future__ import annotations

import ast

from dsl.frontend.protocols import set_attribute, set_item, static_items
from dsl.frontend.syntax.source import COMPREHENSIONS
from dsl.frontend.values.frames import RESULT, RETURNED
from dsl.frontend.values.mutable import List
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import NONE, UNBOUND, Closure, Conflict, Unbound, Value

from .alternatives import value_or_none
from .interpreter import Interpreter


def read(m: Interpreter, name: str) -> Value:
    frame = m.frame.owner(name)
    return m.module_name(name) if frame is None else m.read_name(frame, name)


def assign(m: Interpreter, target: ast.expr, value: Value) -> None:
    """Binds a target: a name, a pattern of names, an attribute or an element."""
    outer, m.node = m.node, target
    try:
        if isinstance(target, ast.Name):
            write_name(m, target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            unpack(m, target.elts, value)
        elif isinstance(target, ast.Attribute):
            set_attribute(m, m.evaluate(target.value), target.attr, value)
        elif isinstance(target, ast.Subscript):
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
    if isinstance(frame.info.node, COMPREHENSIONS):
        m.store.write(frame, name, value, m.origin())
    else:
        m.unless_raised(lambda: m.store.write(frame, name, value, m.origin()))


def unpack(m: Interpreter, targets: list[ast.expr], value: Value) -> None:
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
    middle = List(m.store, items[at: len(items) - after])
    for target, item in zip([*targets[:at], *targets[at + 1:]], [*items[:at], *items[len(items) - after:]]):
        assign(m, target, item)
    assign(m, targets[at].value, middle)


def write_name_at(m: Interpreter, target: ast.Name, value: Value) -> None:
    outer, m.node = m.node, target
    try:
        write_name(m, target.id, value)
    finally:
        m.node = outer


def closure(m: Interpreter, node, name: str) -> Closure:
    """The value of a nested def or a lambda: defaults are evaluated now."""
    info = m.frame.info.function(node, name)
    defaults = tuple(m.evaluate(d) for d in node.args.defaults)
    names = [a.arg for a in node.args.kwonlyargs]
    keyword_defaults = {n: m.evaluate(d) for n, d in zip(names, node.args.kw_defaults) if d is not None}
    return Closure(info, m.frame, defaults, keyword_defaults)


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
    if reached and not (returned.is_constant and returned.constant):
        return value_or_none(m, returned, value)
    return value
