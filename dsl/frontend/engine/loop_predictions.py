"""Which names of a loop refer to another mutable object in each iteration: predicted before the loop is visited.

    old, new = x, np.zeros(9)               predicted: `old` and `new` are phis of references
    for _ in range(n):
        new[1:-1] = old[:-2] + old[2:]
        old, new = new, old

A loop-carried object needs block arguments for its contents from the first touch on (loop_objects.py), so a loop that
finds out at its end that a name is one has to be visited again; and in a nest each outer visit would find it anew. So
a loop begins with a prediction: what an earlier visit of the same loop found, and what the syntax shows, which is that
the name is bound to the value of an operator, a display, a constructor or another name.

Values before a loop that are of a wider kind in it (widening.py) are remembered too, by the kinds of all values that
the loop mentions: what types a visit finds depends on nothing else.

Sound: a prediction only chooses where a visit begins. At the end of the visit a loop-carried object that turned out to
be the same object in each iteration is denied and the loop visited without it, as if it had never been predicted; one
that is missing is asked for as ever. What a prediction alone could do is to freeze an object that need not be, and so
to refuse a program: lower.py visits a program that is refused once more, without predictions.
"""

from __future__ import annotations

import ast
import inspect
import types as python_types
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from dsl.calling.reads import ABSENT, ATTRIBUTE, GLOBAL, note, read_again
from dsl.frontend.syntax import source
from dsl.frontend.syntax.source import count_loads, loop_parts, own_nodes
from dsl.frontend.values.mutable import List, Mutable
from dsl.frontend.values.positions import part_at
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import Closure, Scalar, Static, Tuple, Value

from .interpreter import Interpreter
from .loop_objects import EXCHANGED, FROZEN, OWNED, choose_mode
from .ownership import roots
from .widening import changed, holds_objects

FRESH = (ast.BinOp, ast.UnaryOp, ast.List, ast.Dict, ast.ListComp, ast.DictComp)
COPYING = {"copy", "astype", "reshape", "flatten", "repeat"}


def remember(m: Interpreter, node: ast.AST, modes: dict, denied: set) -> None:
    """Keeps what a visit has found, under names that hold in the next one. Called with the store as before the loop."""
    if not modes and not denied:
        return
    names = names_of_containers(m)
    found, never = m.loop_memory.setdefault(call_path(m, node), ({}, set()))
    for (container, key, position), mode in modes.items():
        value = part_at(container, key, position)
        if container in names and isinstance(value, Mutable):
            name = names[container], key, position
            found[name] = choose_mode(m, (container, key, position), value), mode
            never.discard(name)
    never |= {(names[container], key, position) for container, key, position in denied if container in names}


def remember_kinds(m: Interpreter, node: ast.AST, changes: dict) -> None:
    """Keeps which values before a loop are of other kinds in it. Called with the store as before the loop.

    A visit finds the same kinds again where everything that the loop mentions is of the same kinds.
    """
    names = names_of_containers(m)
    if m.predicts and changes and all(container in names for container, _ in changes):
        if not any(holds_objects(kind) for kinds in changes.values() for kind in kinds.values()):
            found = {(names[container], key): kinds for (container, key), kinds in changes.items()}
            m.loop_kinds.setdefault(call_path(m, node), {})[kinds_in(m, node)] = found


def recall_kinds(m: Interpreter, node: ast.AST) -> None:
    """Gives values before a loop the kinds that an earlier visit found them to have in it."""
    known, before = m.loop_kinds.get(call_path(m, node)) if m.predicts else None, None
    while known and (found := known.get(kinds := kinds_in(m, node))) and kinds != before:
        before = kinds
        containers = {name: container for container, name in names_of_containers(m).items()}
        for (name, key), kinds in found.items():
            container = containers[name]
            m.store.touch(container, key, written=True)  # a loop around may have a value of its own for it
            value = changed(m, container.slots[key], kinds, m.store.epochs)
            m.store.write(container, key, value, container.origins.get(key))
        m.has_predicted = True


def kinds_in(m: Interpreter, node: ast.AST) -> tuple:
    """The kinds of all values that a loop mentions by name, constants included; for a loop of a generator, in which the
    consumer's body runs, of all that the consumers hold."""
    seen: dict = {}
    names = sorted({*count_loads(node), *m.frame.info.assigned_in(node)})
    owners = [(name, m.frame.owner(name)) for name in names]
    mentioned = tuple((name, kind_of(owner.slots.get(name), seen)) for name, owner in owners if owner is not None)
    return mentioned, tuple(kind_of(frame, seen) for frame, _ in m.frame.consumers)


def kind_of(value: Any, seen: dict) -> Any:
    """All of a value but its SSA values."""
    if isinstance(value, Scalar):
        return type(value), value.dtype, value.weak, repr(value.constant)
    if isinstance(value, Container):
        if value in seen:
            return seen[value]
        seen[value] = len(seen)
        kind = value.key() if isinstance(value, Mutable) else None
        return type(value), kind, tuple((key, kind_of(content, seen)) for key, content in value.slots.items())
    if isinstance(value, Closure):
        return value.info.node, kind_of(value.frame, seen), tuple(kind_of(part, seen) for part in value.parts())
    if isinstance(value, Value):
        return type(value), value.key(), tuple(kind_of(part, seen) for part in value.parts())
    return value is None


def call_path(m: Interpreter, node: ast.AST) -> tuple:
    """The loop, the loops around it and the calls that lead to it."""
    path: list = [node, *(loop.node for loop in m.store.loops)]
    frame = m.frame
    while frame is not None:
        path.append(frame.call_node)
        frame = frame.caller
    return tuple(path)


def names_of_containers(m: Interpreter) -> dict[Container, tuple]:
    """The frames by their distance, and the objects by the way that leads to them from there."""
    found: dict[Container, tuple] = {}
    queue: deque = deque((frame, (k,)) for k, frame in enumerate(roots(m, arguments=False)))
    while queue:
        value, name = queue.popleft()
        if isinstance(value, Container):
            if value in found:
                continue
            found[value] = name
            queue.extend((content, (*name, key)) for key, content in value.slots.items())
        elif isinstance(value, Value):
            queue.extend((part, (*name, k)) for k, part in enumerate(value.parts()))
    return found


def predict(m: Interpreter, node: ast.AST) -> dict:
    """The places that a visit of this loop should begin with as loop-carried objects, with their modes."""
    if not m.predicts:
        return {}
    modes = predicted_by_syntax(m, node) if isinstance(node, ast.For | ast.While) else {}
    found, denied = m.loop_memory.get(call_path(m, node), ({}, set()))
    names = names_of_containers(m) if found or denied else {}
    containers = {name: container for container, name in names.items()}
    for (name, key, position), (first, mode) in found.items():
        value = part_at(containers[name], key, position) if name in containers else None
        if isinstance(value, Mutable):
            place = containers[name], key, position
            chosen = choose_mode(m, place, value)
            modes[place] = mode if chosen == first else chosen
    modes = {place: mode for place, mode in modes.items() if (names.get(place[0]), *place[1:]) not in denied}
    m.has_predicted |= bool(modes)
    return modes


def predicted_by_syntax(m: Interpreter, node: ast.For | ast.While) -> dict:
    bindings, modes = bindings_in(m.frame.info, node), {}
    for target, values in bindings.items():
        if isinstance(target, str) and not is_live(m.frame.info, target, node):
            continue
        for place, given in places_of(m, target, values, bindings):
            thing = part_at(*place)
            if not isinstance(thing, Mutable):
                continue
            if not any(is_another(value, target, lambda name: known_name(m, name)) for value in given):
                continue
            mode = choose_mode(m, place, thing)
            modes[place] = mode if mode != EXCHANGED or all(isinstance(v, ast.Name) for v in given) else FROZEN
    exchanged = {name for name in bindings if modes.get((m.frame, name, ())) == EXCHANGED}
    for name in sources(exchanged, bindings):
        if modes.get((m.frame, name, ())) == OWNED:
            modes[(m.frame, name, ())] = EXCHANGED
    return modes


def sources(names: set, bindings: dict) -> set:
    """The names whose objects these names may get, also through other names."""
    found, stack = set(), list(names)
    while stack:
        values = bindings.get(stack.pop(), [])
        more = {v.id for v in values if isinstance(v, ast.Name)} - found
        found |= more
        stack += more
    return found


def bindings_in(info, node: ast.AST) -> dict:
    """For each name, and each attribute or item of a name, that a loop binds: what it is bound to there."""
    cache = info.__dict__.setdefault("_bindings", {})
    if node in cache:
        return cache[node]
    found: dict = {}

    def bind(target, value) -> None:
        if isinstance(target, ast.Name):
            found.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            found.setdefault((target.value.id, target.attr), []).append(value)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            if isinstance(target.slice, ast.Constant):
                found.setdefault((target.value.id, target.slice.value), []).append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            paired = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
            for k, each in enumerate(target.elts):
                bind(each, value.elts[k] if paired else None)

    for current in own_nodes(node, scope=False):
        if isinstance(current, ast.Assign):
            for target in current.targets:
                bind(target, current.value)
        elif isinstance(current, ast.AnnAssign | ast.NamedExpr):
            bind(current.target, current.value)
        elif isinstance(current, ast.For):
            bind(current.target, None)
    if isinstance(node, ast.For):
        bind(node.target, None)
    cache[node] = found
    return found


def places_of(m: Interpreter, target, values: list, bindings: dict) -> list[tuple[tuple, list]]:
    """Where a name, its parts if it is a tuple, or an attribute or item of a name that the loop leaves alone is kept,
    each with the expressions it is bound to."""
    name = target if isinstance(target, str) else target[0]
    frame = m.frame.owner(name)
    if frame is None:
        return []
    value = frame.slots.get(name)
    if isinstance(target, str):
        shown = [v.elts for v in values if isinstance(v, ast.Tuple)]
        if isinstance(value, Tuple) and shown and all(len(elts) == len(value.items) for elts in shown):
            return [((frame, name, (k,)), [elts[k] for elts in shown]) for k in range(len(value.items))]
        return [((frame, name, ()), values)]
    if name in bindings or not isinstance(value, Mutable):
        return []
    if isinstance(value, List):
        return [((value, "items", (target[1],)), values)] if isinstance(target[1], int) else []
    return [((value, target[1], ()), values)] if target[1] in value.slots else []


def is_another(value: ast.expr | None, target, lookup: Callable) -> bool:
    """Whether an expression gives another object than `target` refers to, as far as the syntax shows."""
    if isinstance(value, FRESH):
        return True
    if isinstance(value, ast.Name):
        return value.id != target
    if isinstance(value, ast.IfExp):
        return any(is_another(branch, target, lookup) for branch in (value.body, value.orelse))
    return isinstance(value, ast.Call) and makes_another(value.func, lookup)


def makes_another(node: ast.expr, lookup: Callable) -> bool:
    """Whether a call of a function gives an object that the call makes."""
    function = called(node, lookup)
    if isinstance(function, type):
        return True
    if isinstance(function, Closure):
        return returns_another(function.info, lambda name: None)
    if isinstance(function, python_types.FunctionType) and not (function.__module__ or "").startswith("numpy"):
        return returns_another(source.find(function), lambda name: global_value(function, name))
    if function is None:
        return isinstance(node, ast.Attribute) and node.attr in COPYING
    return isinstance(function, np.ufunc) or (getattr(function, "__module__", None) or "").startswith("numpy")


def called(node: ast.expr, lookup: Callable) -> Any:
    """The function behind a name, or behind an attribute of a module; None where it is not known."""
    if isinstance(node, ast.Attribute):
        owner = called(node.value, lookup)
        if not isinstance(owner, python_types.ModuleType):
            return None
        found = getattr(owner, node.attr, ABSENT)
        note(ATTRIBUTE, owner, node.attr, found)
        return None if found is ABSENT else found
    return inspect.unwrap(lookup(node.id)) if isinstance(node, ast.Name) else None


def known_name(m: Interpreter, name: str) -> Any:
    """What a name is bound to, if it is a function, a class or a module."""
    frame = m.frame.owner(name)
    if frame is not None:
        value = frame.slots.get(name)
        return value.value if isinstance(value, Static) else value if isinstance(value, Closure) else None
    python = m.frame.outermost().python
    return global_value(python, name) if python is not None else None


def global_value(function, name: str) -> Any:
    """What a name is bound to in the module of a function; None where it is not."""
    names = function.__globals__
    note(GLOBAL, names, name, read_again(GLOBAL, names, name))
    return names.get(name)


def returns_another(info, lookup: Callable) -> bool:
    """Whether a function returns what it makes, and never an argument."""
    returned = [n.value for n in own_nodes(info.node) if isinstance(n, ast.Return)]
    return bool(returned) and all(not isinstance(value, ast.Name) and is_another(value, None, lookup)
                                  for value in returned)


def is_live(info, name: str, node: ast.AST) -> bool:
    """Whether what a name holds before an iteration may be read in it, or after the loop."""
    return info.loaded_outside(name, node) or first_use(name, loop_parts(node)) is ast.Load


def first_use(name: str, statements: list) -> type | None:
    """Whether statements may read what a name holds before them (Load), give it a value first (Store), or neither."""
    for statement in statements:
        found: type | None = None
        if isinstance(statement, ast.For | ast.While | ast.If):
            head = statement.iter if isinstance(statement, ast.For) else statement.test
            uses = [first_use(name, block) for block in (statement.body, statement.orelse)]
            if reads(name, head) or ast.Load in uses:
                found = ast.Load
            elif isinstance(statement, ast.If) and uses == [ast.Store, ast.Store]:
                found = ast.Store
        elif reads(name, statement):
            found = ast.Load
        elif isinstance(statement, ast.Assign) and name in {t.id for t in statement.targets if isinstance(t, ast.Name)}:
            found = ast.Store
        if found is not None:
            return found
    return None


def reads(name: str, node: ast.AST) -> bool:
    return name in count_loads(node)
