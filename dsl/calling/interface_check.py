"""Whether an interface that was read from a file fits the code that it came with.

A call takes arguments apart by the interface and gives them to code that was made for the signature. Where both are of
one compilation they agree; where a file says otherwise it is refused here, before anything is called.
"""

from __future__ import annotations

from collections.abc import Sequence

from .interface import Interface
from .trees import TUPLE, Leaf, Rebound, Tree


def disagreement(interface: Interface, signature: dict) -> str:
    """What of the interface does not fit the signature of the code, in words; empty where all of it does."""
    arguments, results = signature["args"], signature["results"]
    tree, leaves = interface.in_tree, interface.in_leaves
    if tree.kind != TUPLE or len(tree.children) != len(interface.parameters):
        return "there is not one name for each argument"
    if not _fit(leaves, arguments):
        return "the arguments are not those of the code"
    if not _fit(interface.out_tree.leaves(), results):
        return "the results are not those of the code"
    for leaf, number in interface.mutated.items():
        if not 0 <= leaf < len(leaves) or not _fit([leaves[leaf]], results[number:] if number >= 0 else []):
            return "what is changed is no argument, or has no new contents"
    for rebound in interface.rebound:
        if not _is_sound(rebound, tree, results):
            return "what is bound anew is no argument, or to no result"
    return ""


def _fit(leaves: Sequence[Leaf], described: Sequence[dict]) -> bool:
    """Whether the first of the described numbers and arrays are these leaves."""
    return len(leaves) <= len(described) and all(
        leaf.dtype.mlir == found["type"] and (None if leaf.shape is None else list(leaf.shape)) == found.get("shape")
        for leaf, found in zip(leaves, described)
    )


def _is_sound(rebound: Rebound, tree: Tree, results: list) -> bool:
    if not rebound.path or not all(_leads(path, tree) for path in (rebound.path, *rebound.choices)):
        return False
    if rebound.tree is not None:
        return rebound.first >= 0 and _fit(rebound.tree.leaves(), results[rebound.first :])
    return bool(rebound.choices) and (len(rebound.choices) == 1 or 0 <= rebound.first < len(results))


def _leads(path: tuple[int, ...], tree: Tree) -> bool:
    for step in path:
        if not 0 <= step < len(tree.children):
            return False
        tree = tree.children[step]
    return True
