"""Loads and stores: which buffer, at which indices."""

from iree.compiler import ir

from dsl.passes.ir import ops

ACCESSES = frozenset(name for name in ops.having("reads") | ops.having("writes") if name.startswith("memref."))


def place_of(access: ir.Operation) -> list[ir.Value]:
    """The buffer that a load or a store touches, and the indices."""
    known = ops.row(access)
    position = known.writes if known.reads is None else known.reads
    return list(access.operands)[position:]
