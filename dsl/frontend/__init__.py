"""Python source to MLIR."""

from .flatten import Leaf, Tree
from .lower import Lowered, lower
from .signature import signature_key

__all__ = ["Leaf", "Lowered", "Tree", "lower", "signature_key"]
