"""A loop over what a name holds, which its body both changes and binds anew: the loop goes on over what the name held.

    for v in xs:                            the frame holds that list in a slot of its own while the loop is visited,
        xs.append(v)                        so that `xs` is not taken for its only name: the append is refused
        if v > 1.0: xs = [v]

Sound: ownership.py asks what can be reached from the frames, and so finds what the loop goes over.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from dsl.frontend.syntax.source import count_loads, own_nodes
from dsl.frontend.values.value import Scalar, Tuple

from .interpreter import Interpreter

OVER = "%over"


@contextmanager
def holding_iterated(m: Interpreter, node: ast.For) -> Iterator[None]:
    """Visits a loop with what it goes over in a slot, where its body changes that and binds the name anew."""
    owners = [(m.frame.owner(name), name) for name in changed_and_bound(m, node)]
    values = [owner.slots.get(name) for owner, name in owners if owner is not None]
    values = [value for value in values if value is not None and not isinstance(value, Scalar)]
    if not values:
        yield
        return
    m.frame.slots[OVER, node] = Tuple(tuple(values))
    try:
        yield
    finally:
        del m.frame.slots[OVER, node]


def changed_and_bound(m: Interpreter, node: ast.For) -> list[str]:
    cache = m.frame.info.__dict__.setdefault("_iterated", {})
    if node not in cache:
        bound, changed = set(), set()
        for inner in (inner for statement in node.body for inner in (statement, *own_nodes(statement, scope=False))):
            if isinstance(inner, ast.Assign):
                bound |= {name.id for target in inner.targets for name in ast.walk(target) if is_stored(name)}
            changed |= {name.id for name in what_may_change(inner) if isinstance(name, ast.Name)}
        cache[node] = sorted(bound & changed & set(count_loads(node.iter)))
    return cache[node]


def is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def what_may_change(node: ast.AST) -> list:
    """The expressions whose values a statement or expression may change, as far as the syntax shows."""
    if isinstance(node, ast.Subscript | ast.Attribute):
        return [] if isinstance(node.ctx, ast.Load) else [innermost(node.value)]
    if isinstance(node, ast.AugAssign):
        return [innermost(node.target)]
    if isinstance(node, ast.Call):
        method = [innermost(node.func.value)] if isinstance(node.func, ast.Attribute) else []
        return [*method, *node.args, *(keyword.value for keyword in node.keywords)]
    return []


def innermost(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node
