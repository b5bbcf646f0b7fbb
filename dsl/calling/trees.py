"""Nested Python values as leaves and structure: the derivative side of `frontend.flatten`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from dsl.passes.ir.diagnostics import Error

from .pytree import (
    DICT,
    FREE,
    GROWN,
    LEAF,
    LIST,
    ONE_OF,
    RAGGED,
    ROWS,
    SHARED,
    STATIC,
    STRUCT,
    TUPLE,
    UNSHARED,
    Leaf,
    Rebound,
    Tree,
    is_float0,
    tree_of,
)

__all__ = [
    "DICT", "FREE", "GROWN", "LEAF", "LIST", "ONE_OF", "RAGGED", "ROWS", "SHARED", "STATIC", "STRUCT", "TUPLE",
    "UNSHARED", "Leaf", "Rebound", "Tree", "tree_of",
]  # fmt: skip

# accepted and ignored on the way in: the tangent that belongs to an integer
DROPPED = "dropped"


def tuple_of(*trees: Tree) -> Tree:
    return Tree(TUPLE, None, tuple(trees), tuple(range(len(trees))))


def transform(tree: Tree, leaf: Callable[[Leaf], Tree]) -> Tree:
    """The tree with each leaf replaced."""
    if tree.kind == LEAF:
        return leaf(tree.data)
    refuse_alternatives(tree)
    return Tree(tree.kind, tree.data, tuple(transform(child, leaf) for child in tree.children), tree.names)


def holds(tree: Tree, kind: str) -> bool:
    """Whether a tree is of a kind, or a part of it is."""
    return tree.kind == kind or any(holds(child, kind) for child in tree.children)


def is_float_leaf(leaf: Leaf) -> bool:
    return leaf.dtype.kind == "float"


def zero_of(leaf: Leaf) -> Any:
    """The zero of a leaf's type, as a caller gets it."""
    if leaf.shape is not None:
        return np.zeros(leaf.shape, leaf.dtype.numpy)
    number = leaf.dtype.numpy(0)
    return number.item() if leaf.weak else number


def derivative_tree(tree: Tree) -> Tree:
    """The tree of a derivative: what carries none becomes a zero of its own type."""
    if tree.kind == DROPPED:
        return Tree(STATIC, tree.data)
    if tree.kind == LEAF:
        return tree if is_float_leaf(tree.data) else Tree(STATIC, zero_of(tree.data))
    refuse_alternatives(tree)
    return Tree(tree.kind, tree.data, tuple(derivative_tree(child) for child in tree.children), tree.names)


def refuse_alternatives(tree: Tree) -> None:
    """A derivative would need another structure on each path."""
    if tree.kind == ONE_OF:
        raise Error(f"the derivative of a function that returns {outline(tree)}, depending on the path\n"
                    "help: return a value of one kind on every path, or raise an exception")


def direction(tree: Tree) -> Tree:
    """The tree of a tangent or cotangent that is given: what belongs to an integer is dropped. The program
    changes none of it, so it may be the arguments themselves."""
    return free(transform(tree, lambda leaf: Tree(LEAF, leaf) if is_float_leaf(leaf) else Tree(DROPPED, zero_of(leaf))))


def free(tree: Tree) -> Tree:
    return dataclasses.replace(tree, children=tuple(map(free, tree.children)), sharing=FREE)


def same_structure(a: Tree, b: Tree) -> bool:
    """Whether a tangent or cotangent of shape `b` can be given where `a` is asked for. That of an integer is ignored:
    None will do, and the arrays of type `float0` that JAX has for them."""
    if a.kind in (STATIC, DROPPED):
        return True
    if b.kind == STATIC and a.kind == LEAF and not is_float_leaf(a.data):
        return b.data is None or is_float0(b.data)
    return (a.kind, a.names, len(a.children)) == (b.kind, b.names, len(b.children)) and all(
        same_structure(x, y) for x, y in zip(a.children, b.children)
    )


def outline(tree: Tree) -> str:
    """A structure in words, for messages: `(float, {'a': float})`."""
    if tree.kind == LEAF:
        return describe(tree.data)
    if tree.kind == STATIC:
        return repr(tree.data)
    inside = [outline(child) for child in tree.children]
    if tree.kind in (GROWN, ROWS, RAGGED):
        return f"[{inside[-1]}, ...]"
    if tree.kind == ONE_OF:
        return " or ".join(inside[1:])
    if tree.kind == DICT:
        return "{" + ", ".join(f"{k!r}: {v}" for k, v in zip(tree.names, inside)) + "}"
    if tree.kind == STRUCT:
        return f"{tree.data.__name__}({', '.join(f'{k}={v}' for k, v in zip(tree.names, inside))})"
    text = ", ".join(inside)
    return f"[{text}]" if tree.kind == LIST else f"({text},)" if len(inside) == 1 else f"({text})"


def describe(leaf: Leaf) -> str:
    if leaf.shape is not None:
        return f"{leaf.dtype!r}[{', '.join(map(str, leaf.shape))}]"
    return leaf.dtype.kind if leaf.weak else f"np.{leaf.dtype.numpy_name.rstrip('_')}"


def leaf_values(value: Any) -> list:
    """The numbers and arrays of a value, in order."""
    return tree_of(value, "").flattener()(value)


def map_leaf_values(function: Callable[[Any], Any], value: Any) -> Any:
    """The same structure with `function` applied to each number and array."""
    tree = tree_of(value, "")
    return rebuild(tree, [function(leaf) for leaf in tree.flattener()(value)])


def rebuild(tree: Tree, values: list) -> Any:
    """A value of this shape with these leaves, whatever their types."""
    return tree.unflattener()(values)


def deep_copied(value: Any) -> Any:
    """A copy that shares no array with the value."""
    return map_leaf_values(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, value)
