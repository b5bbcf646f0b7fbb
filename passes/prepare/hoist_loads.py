"""Elements that a loop reads at a place which stays are read before it: its reverse then adds to their cotangents in a
register and touches the array once.

Before: `scf.for %j { %p = tensor.extract %a[%i]; ... }` where neither `%a` nor `%i` depends on the iteration.
After: `%p = tensor.extract %a[%i]; scf.for %j { ... }`.

Sound because reading has no effect. What the loop knows of the index (that it is in range, should it run at all) does
not hold before it, so that the index is brought into range there. Only reading moves, with the integers it needs: the
derivative of a float operation moved out of a loop that never runs could be zero times infinity.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import constant, emit, is_float


def hoist(block: ir.Block) -> None:
    """Move such reads out of the loops of a block, inner loops first, so that a read leaves as many as it can."""
    for op in edit.operations(block):
        for inner in edit.blocks(op):
            hoist(inner)
        if op.name in ops.LOOPS:
            known: dict[ir.Value, bool] = {}
            for inner in edit.blocks(op):
                for read in edit.operations(inner):
                    if read.name == "tensor.extract" and _can_leave(read, op, known):
                        _leave(read, op)


def _can_leave(read: ir.Operation, loop: ir.Operation, known: dict[ir.Value, bool]) -> bool:
    tensor, *indices = read.operands
    shape = ir.RankedTensorType(tensor.type).shape
    sized = all(extent > 0 for extent in shape)  # a size known only at run time is negative here
    return sized and not edit.is_within(tensor, loop) and all(_is_invariant(index, loop, known) for index in indices)


def _is_invariant(value: ir.Value, loop: ir.Operation, known: dict[ir.Value, bool]) -> bool:
    """Whether an integer is made outside of the loop, or in its body of such ones."""
    if value not in known:
        op = edit.defining_op(value)
        known[value] = not edit.is_within(value, loop) or (
            op is not None
            and op.block.owner.operation == loop
            and _is_movable(op)
            and all(_is_invariant(operand, loop, known) for operand in op.operands)
        )
    return known[value]


def _is_movable(op: ir.Operation) -> bool:
    return ops.row(op).total and not any(is_float(v.type) for v in (*op.operands, *op.results))


def _leave(read: ir.Operation, loop: ir.Operation) -> None:
    shape = ir.RankedTensorType(read.operands[0].type).shape
    for index in list(read.operands)[1:]:
        _bring_out(index, loop)
    read.move_before(loop)
    with ir.InsertionPoint(read), read.location:
        for k, extent in enumerate(shape, 1):
            if not _is_in_range(read.operands[k], extent):
                read.operands[k] = _clamped(read.operands[k], extent)


def _bring_out(value: ir.Value, loop: ir.Operation) -> None:
    if edit.is_within(value, loop):
        op = edit.defining_op(value)
        assert op is not None  # _is_invariant
        for operand in op.operands:
            _bring_out(operand, loop)
        op.move_before(loop)


def _is_in_range(index: ir.Value, extent: int) -> bool:
    """Whether an index is a constant in range, or the induction variable of a loop over such."""
    op = edit.defining_op(index)
    if op is not None and op.name == "arith.index_cast":
        index = op.operands[0]
        op = edit.defining_op(index)
    if op is not None:
        return op.name == "arith.constant" and 0 <= ir.IntegerAttr(op.attributes["value"]).value < extent
    turns = edit.constant_range(index.owner.owner.operation)
    return bool(turns) and ir.BlockArgument(index).arg_number == 0 and 0 <= min(turns) and max(turns) < extent


def _clamped(index: ir.Value, extent: int) -> ir.Value:
    below = emit("arith.minsi", [index, constant(extent - 1, index.type)], [index.type]).result
    return emit("arith.maxsi", [below, constant(0, index.type)], [index.type]).result
