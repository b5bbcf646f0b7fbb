"""Arrays that keep their contents until the reverse reads them, so that what loops read of them needs no tape.

Before: `%x = tensor.extract %a[%i]` in a loop, pushed by each iteration and popped by its reverse.
After: the reverse extracts it again.

An array value never changes; what would cost a copy is to keep one alive past an operation that writes in its place. So
only reads may use it, here and in the derivatives that it is given to. And it must be in sight where the reverse runs:
made before the loops and branches that are reversed, or outside the derivative.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.autodiff.scopes import Scope
from dsl.passes.ir import edit, ops


def is_never_written(tensor: ir.Value, scope: Scope) -> bool:
    """Whether the reverse may read the array once more; `scope` is where the primal reads it."""
    return scope.owner(tensor).parent is None and _is_only_read(_origin(tensor))


def _origin(tensor: ir.Value) -> ir.Value:
    """What a derivative was given for its argument."""
    owner = tensor.owner
    while isinstance(owner, ir.Block) and "wrt" in owner.owner.operation.attributes:
        tensor = owner.owner.operation.operands[ir.BlockArgument(tensor).arg_number]
        owner = tensor.owner
    return tensor


def _is_only_read(tensor: ir.Value) -> bool:
    for use in tensor.uses:
        op = use.owner.operation
        if ops.only_reads(op, use.operand_number):
            continue
        if not ops.row(op).inner or use.operand_number >= len(edit.entry_block(op).arguments):
            return False
        if not _is_only_read(edit.entry_block(op).arguments[use.operand_number]):
            return False
    return True
