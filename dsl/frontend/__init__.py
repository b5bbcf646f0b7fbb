"""Python source to MLIR.

Names are imported when they are first used: the structure of arguments (`frontend.flatten`) needs no compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

# Not `lower`, which lives in a module of its own name: what the name means here would depend on what came first.
_HOME = {"Leaf": "flatten", "Tree": "flatten", "signature_key": "signature"}

__all__ = ["Leaf", "Tree", "signature_key"]

if TYPE_CHECKING:
    from .flatten import Leaf, Tree
    from .signature import signature_key


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value
