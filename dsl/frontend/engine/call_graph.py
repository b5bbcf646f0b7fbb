"""Which functions of a program call themselves, directly or through others, as far as names tell."""

from __future__ import annotations

import ast
import types as python_types
from dataclasses import dataclass

from dsl.frontend.syntax.source import FunctionInfo, find, undecorated
from dsl.frontend.values.frames import Frame
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Closure

from .interpreter import Interpreter


@dataclass(frozen=True)
class Target:
    """A function that can be called: its syntax, and where its names come from."""

    info: FunctionInfo
    python: object = None
    frame: Frame | None = None

    @property
    def key(self):
        return self.info.node

    def __hash__(self):
        return hash(self.info.node)

    def __eq__(self, other):
        return isinstance(other, Target) and other.info.node is self.info.node


def callee(m: Interpreter, target: Target, node: ast.Call) -> Target | None:
    """The function of the program that a call names, as far as its name tells."""
    if not isinstance(node.func, ast.Name):
        return None
    name, frame = node.func.id, target.frame
    if name in target.info.locals:
        return None
    while frame is not None:
        if name in frame.info.locals:
            value = frame.slots.get(name)
            return Target(value.info, None, value.frame) if isinstance(value, Closure) else None
        frame = frame.enclosing
    try:
        outermost = Frame(m.store, target.info, target.python) if target.frame is None else target.frame.outermost()
        function = undecorated(outermost.module_value(name))
    except Refused:
        return None
    if not isinstance(function, python_types.FunctionType) or not function.__module__:
        return None
    if function.__module__.split(".")[0] in ("numpy", "math", "builtins"):
        return None
    try:
        return Target(find(function), function)
    except Exception:
        return None


def callees(m: Interpreter, target: Target) -> set:
    cache = m.recursion_cache.setdefault("callees", {})
    if target.key not in cache:
        found = {callee(m, target, node) for node in ast.walk(target.info.node) if isinstance(node, ast.Call)}
        cache[target.key] = found - {None}
    return cache[target.key]


def group_of(m: Interpreter, target: Target) -> frozenset:
    """The functions that a function calls and that call it back, itself included; empty if there are none."""
    cache = m.recursion_cache.setdefault("groups", {})
    if target.key not in cache:
        below = closure_of(m, target)
        group = [t for t in below if target in closure_of(m, t)]
        cache[target.key] = frozenset(group if target in below else ())
    return cache[target.key]


def closure_of(m: Interpreter, target: Target) -> set:
    seen: set = set()
    stack = list(callees(m, target))
    while stack:
        current = stack.pop()
        if current not in seen:
            seen.add(current)
            stack.extend(callees(m, current))
    return seen
