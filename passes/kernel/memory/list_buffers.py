"""Where the elements of lists lie whose length is known only at run time.

Before: `memref.alloc(%capacity) : memref<?xf64>`, one for each list, or `memref<2x?xf64>` for two that change places.
After: rows of one binding for all lists of a type, `memref.load %rows[%row * %capacity + %i]`.

All lists have room for equally many elements, so that any of them can be copied to any other. How many is told by the
host; a run that needs more says so, and is repeated with larger buffers, as for tapes.
"""

from __future__ import annotations

import math
from collections import defaultdict

from iree.compiler.dialects import arith, memref

from dsl.passes.ir import edit
from dsl.passes.kernel.layout import Layout
from dsl.passes.kernel.op_builder import index_constant


def place_lists(layout: Layout, allocations: list, returned: list) -> None:
    """Give each list its rows; `returned` are (buffer, leaf): the leaves of results learn where they lie."""
    kept = {buffer for buffer, _ in returned}
    used: dict[str, list] = defaultdict(list)
    for op in allocations:
        if op.results[0] in kept or list(op.results[0].uses):
            used[str(op.results[0].type.element_type)].append(op)
        else:
            _erase(op)
    for group in used.values():
        counts = [math.prod(length for length in op.results[0].type.shape if length >= 0) for op in group]
        pool = layout.bind("list", group[0].results[0].type.element_type, None, rows=sum(counts))
        for op, count, end in zip(group, counts, _sums(counts)):
            for buffer, leaf in returned:
                if buffer == op.results[0]:
                    leaf["binding"], leaf["row"] = len(layout.bindings) - 1, end - count
            _move(layout, op, pool, end - count)


def _sums(counts: list[int]) -> list[int]:
    return [sum(counts[: k + 1]) for k in range(len(counts))]


def _move(layout: Layout, op, pool, row: int) -> None:
    """Have the accesses to one allocation go to the pool, from this row on."""
    with edit.before(op):
        capacity = op.operands[0]
        start = arith.muli(capacity, index_constant(row)) if row else None
    for use in list(op.results[0].uses):
        access = use.owner.operation
        is_load = access.name == "memref.load"
        indices = list(access.operands)[1 if is_load else 2 :]
        with edit.before(access):
            place = indices[-1]
            if len(indices) > 1:
                place = arith.addi(arith.muli(indices[0], capacity), place)
            if start is not None:
                place = arith.addi(start, place)
            if is_load:
                access.results[0].replace_all_uses_with(memref.load(pool, [place]))
            else:
                memref.store(access.operands[0], pool, [place])
        access.erase()
    op.erase()


def _erase(op) -> None:
    capacity = op.operands[0].owner.operation
    op.erase()
    capacity.erase()
