"""Arrays of one type share a buffer where there are more than a dispatch can be given: local ones, then the smallest of
the caller's.

Before: `memref.load %a[%i, %j] : memref<4x5xf64>` of a buffer for this array alone.
After: `memref.load %all[17 + %i * 5 + %j]`, from element 17 on. The leaves of the caller's arrays learn the place, to
which the host copies arguments and from which it copies what is updated or returned (runtime/call_arrays.py).

Sound because each array keeps elements of its own. Only where there are too many: of two buffers LLVM and our own
passes know that they do not overlap, of two parts of one they would have to find out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from iree.compiler import ir
from iree.compiler.dialects import arith, memref

from dsl.passes.calling_convention import LISTS
from dsl.passes.ir import edit, ops
from dsl.passes.ir.limits import MOST_BINDINGS
from dsl.passes.kernel.layout import Layout
from dsl.passes.kernel.op_builder import bit_width, index_constant


def too_many(layout: Layout, count: int) -> bool:
    """Whether there is no room for so many buffers more beside those for stacks, which can share theirs by type."""
    return len(layout.bindings) + count + _stack_types(layout) > MOST_BINDINGS


def room_for_arrays(layout: Layout, arrays: Sequence, lists: Sequence, others: Sequence) -> Sequence[int]:
    """Which of the caller's arrays can have buffers of their own: all, where what local arrays and lists need at least
    leaves so much room, else the largest."""
    rest = len(layout.bindings) + len(_types(lists)) + _stack_types(layout)
    if rest + len(arrays) + len(_types(others)) <= MOST_BINDINGS:
        return range(len(arrays))
    room = max(0, MOST_BINDINGS - rest - len(_types([*arrays, *others])))
    return sorted(sorted(range(len(arrays)), key=lambda k: _bits(arrays[k]), reverse=True)[:room])


def _types(allocations: Sequence) -> set[str]:
    return {str(op.results[0].type.element_type) for op in allocations}


def _stack_types(layout: Layout) -> int:
    return len({stack.type for stack in layout.stacks.values() if stack.tape != LISTS})


def _bits(allocation) -> int:
    memory = allocation.results[0].type
    return math.prod(memory.shape) * bit_width(memory.element_type)


def share(layout: Layout, allocations: Sequence[tuple[ir.Operation, list[dict]]]) -> None:
    """Put what lies in these buffers into one for each type of element, and say so in the leaves."""
    by_type: dict[str, list] = {}
    for op, leaves in allocations:
        by_type.setdefault(str(ir.MemRefType(op.results[0].type).element_type), []).append((op, leaves))
    for members in by_type.values():
        sizes = [math.prod(ir.MemRefType(op.results[0].type).shape) for op, _ in members]
        whole = layout.bind("scratch", ir.MemRefType(members[0][0].results[0].type).element_type, [sum(sizes)])
        start = 0
        for (op, leaves), size in zip(members, sizes, strict=True):
            for leaf in leaves:
                leaf.update(binding=len(layout.bindings) - 1, start=start)
            for use in list(op.results[0].uses):
                _redirect(use.owner.operation, op.results[0], whole, start)
            op.erase()
            start += size


def _redirect(op: ir.Operation, member: ir.Value, whole: ir.Value, start: int) -> None:
    """Let a load or store access the array's part of the whole."""
    known = ops.row(op)
    at = known.reads if known.reads is not None else known.writes
    if at is None:
        _redirect_view(op, member, whole, start)
        return
    indices = list(op.operands)[at + 1 :]
    with edit.before(op):
        place = None
        for index, extent in zip(indices, ir.MemRefType(member.type).shape, strict=True):
            place = index if place is None else arith.addi(arith.muli(place, index_constant(extent)), index)
        first = index_constant(start)
        place = first if place is None else arith.addi(place, first)
        new = ir.Operation.create(
            op.name, results=[r.type for r in op.results], operands=[*list(op.operands)[:at], whole, place],
            attributes=edit.dict_attributes(op),
        )  # fmt: skip
    for old, result in zip(op.results, new.results, strict=True):
        old.replace_all_uses_with(result)
    op.erase()


def _redirect_view(op: ir.Operation, member: ir.Value, whole: ir.Value, start: int) -> None:
    """Let an operation that looks at the array as a whole have a view of its part."""
    kind = ir.MemRefType(member.type)
    shape = list(kind.shape)
    strides = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    viewed = ir.MemRefType.get(shape, kind.element_type, ir.StridedLayoutAttr.get(start, strides))
    with edit.before(op):
        part = memref.ReinterpretCastOp(viewed, whole, [], [], [], [start], shape, strides).result
    op.operands[list(op.operands).index(member)] = part
