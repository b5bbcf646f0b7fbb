"""What a function made inside a kernel uses from around it, and whether that is what it was.

The pullback of `dsl.vjp` visits the function when it is called, which is right only if what the function uses from
around it is by then what it was when `dsl.vjp` was called. Arguments are copied; variables of the functions around it
cannot be, and so a change of one is refused.
"""

from __future__ import annotations

import ast

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Closure, Value

Uses = dict[tuple, Value | None]


def captured(m: Interpreter, function: Value) -> Uses:
    """The values of the variables that a function uses from around it, and what is inside of mutable ones."""
    found: Uses = {}
    _variables(m, function, found)
    return found


def refuse_changes(m: Interpreter, function: Value, before: Uses) -> None:
    """Refuse a function for which any of this is something else now."""
    now = captured(m, function)
    for key, value in before.items():
        if not _is(m, key, now.get(key), value):
            raise Refused(
                f"{key[-1]}, which the function given to dsl.vjp uses from around it, has changed since",
                "pass it to the function as an argument, or call the pullback before it changes",
            )


def _is(m: Interpreter, key: tuple, now: Value | None, before: Value | None) -> bool:
    """Whether a slot holds what it did; a loop entered since then may have a name of its own for it."""
    if now is before:
        return True
    entries = [loop.entries[key[:2]] for loop in m.store.loops if key[:2] in loop.entries]
    return any(entry.inner is now for entry in entries) and any(entry.outer is before for entry in entries)


def _variables(m: Interpreter, function: Value, found: Uses) -> None:
    if not isinstance(function, Closure):
        for part in function.parts():
            _inside(m, part, "a value", found)
        return
    names = {node.id for node in ast.walk(function.info.node) if isinstance(node, ast.Name)}
    for name in sorted(names - function.info.locals):
        frame = function.frame.owner(name)
        if frame is None or (frame, name) in found or name not in frame.slots:
            continue
        found[frame, name] = value = frame.slots[name]
        _inside(m, value, name, found)


def _inside(m: Interpreter, value: Value, name: str, found: Uses) -> None:
    if isinstance(value, Mutable):
        for key in list(value.slots):
            if (value, key, name) not in found:
                found[value, key, name] = part = value.slots[key]
                _inside(m, part, name, found)
    elif isinstance(value, Closure):
        _variables(m, value, found)
    elif isinstance(value, Value):
        for part in value.parts():
            _inside(m, part, name, found)
