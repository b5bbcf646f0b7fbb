"""A loop over what a name or a field holds, which its body both changes and binds anew: it goes on over what was held.

    for v in xs:                            the frame holds that list in a slot of its own while the loop is visited,
        xs.append(v)                        so that `xs` is not taken for its only name: the append is refused
        if v > 1.0: xs = [v]

Sound: ownership.py asks what can be reached from the frames, and so finds what the loop goes over.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from dsl.frontend.syntax.source import own_nodes
from dsl.frontend.values.iterables import Sequence
from dsl.frontend.values.value import Tuple

from .interpreter import Interpreter

OVER = "%over"


@contextmanager
def holding_iterated(m: Interpreter, node: ast.For, sequence: Sequence) -> Iterator[None]:
    """Visits a loop with what it goes over in a slot, where its body changes that and binds the name anew."""
    if not sequence.over or not changes_and_binds(m, node):
        yield
        return
    m.frame.slots[OVER, node] = Tuple(sequence.over)
    try:
        yield
    finally:
        del m.frame.slots[OVER, node]


def changes_and_binds(m: Interpreter, node: ast.For) -> bool:
    """Whether the body changes and binds something of a name that stands in what the loop goes over."""
    cache = m.frame.info.__dict__.setdefault("_iterated", {})
    if node not in cache:
        bound, changed = set(), set()
        for inner in (inner for statement in node.body for inner in (statement, *own_nodes(statement, scope=False))):
            if isinstance(inner, ast.Assign):
                bound |= {name_of(part) for target in inner.targets for part in ast.walk(target) if is_stored(part)}
            changed |= {name_of(part) for value in what_may_change(inner) for part in ways_to(value)}
        cache[node] = bool(bound & changed & {name_of(part) for part in ast.walk(node.iter)} - {None})
    return cache[node]


def name_of(node: ast.AST) -> str | None:
    """What a name, a field or an item is told by."""
    if isinstance(node, ast.Name):
        return node.id
    return f".{node.attr}" if isinstance(node, ast.Attribute) else "[]" if isinstance(node, ast.Subscript) else None


def is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)


def what_may_change(node: ast.AST) -> list:
    """The expressions whose values a statement or expression may change, as far as the syntax shows."""
    if isinstance(node, ast.Subscript | ast.Attribute):
        return [] if isinstance(node.ctx, ast.Load) else [node.value]
    if isinstance(node, ast.AugAssign):
        return [node.target]
    if isinstance(node, ast.Call):
        method = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return [*method, *node.args, *(keyword.value for keyword in node.keywords)]
    return []


def ways_to(node: ast.expr) -> Iterator[ast.expr]:
    """`a.b[c]`, `a.b` and `a`."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        yield node
        node = node.value
    yield node
