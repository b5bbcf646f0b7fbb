"""What is done to a function before it is reversed, so that its reverse stores least."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from iree.compiler import ir

from dsl.passes.ir import edit

from .forward_stores import forward_stores
from .hoist_loads import hoist
from .unroll import unroll
from .winners import keep_winners


def prepare(func: ir.Operation, parts: Callable[[ir.Operation], Iterable[ir.Block]] = edit.blocks) -> None:
    """Bring a function, or the blocks of it that `parts` gives, into the form whose reverse stores least."""
    unroll(func, parts)
    for block in parts(func):
        forward_stores(block)
        hoist(block)
        keep_winners(block)
