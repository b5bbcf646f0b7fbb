"""Automatic differentiation of structured MLIR, source to source.

`reverse` adds the adjoint of a function, `forward` its tangent. Both keep control flow: a branch becomes a branch, a
loop a loop. See docs/differentiation.md for the design.
"""

from .forward import forward
from .nested import resolve_nested
from .reverse import reverse

__all__ = ["forward", "resolve_nested", "reverse"]
