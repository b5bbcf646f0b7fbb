"""A map that one operation reads is computed where it is read: its array need not exist.

Before: `%t = map(tanh)(%x)`, `%s = sum of %t * %g`.
After:  `%s = sum of tanh(%x) * %g`.

Only where each element is read once, so that nothing is computed twice, and where what the map reads is not written to
in between: reading it later would keep an older version alive, in a copy. Products that call a function keep their
operands (kernel/products). Sound because arrays are values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.maps import GENERIC, Dims, SumOfTerms, map_of, sum_of_terms
from dsl.passes.ir.slices import taken_from


def fuse(func: ir.Operation, is_call: Callable[[SumOfTerms], bool]) -> None:
    """Fuse the maps of a function into the operations that read them, but for those that are calls."""
    found = [op for op in edit.walk(edit.entry_block(func)) if op.name == GENERIC]
    for k, op in enumerate(found):
        if SumOfTerms(op).is_map:
            reader = _only_reader(op)
            if reader is not None and not is_call(SumOfTerms(reader)) and _can_move(op, reader):
                later = found.index(reader, k)
                found[later] = _merge(SumOfTerms(op), SumOfTerms(reader))


def _only_reader(op: ir.Operation) -> ir.Operation | None:
    """The operation of the block that alone reads all elements of a map, each at one index of its space."""
    users = {use.owner.operation for use in op.results[0].uses}
    if len(users) != 1:
        return None
    (user,) = users
    if user.name != GENERIC or user.block != op.block:
        return None
    m = SumOfTerms(user)
    read = [dims for x, dims in zip(m.inputs, m.maps) if x == op.results[0]]
    is_once = m.init != op.results[0] and len(set(read)) == 1 and len(read[0]) == len(m.extents)
    return user if is_once else None


def _can_move(op: ir.Operation, reader: ir.Operation) -> bool:
    """Whether what a map reads is not overwritten before the reader."""
    between = edit.operations(op.block)
    between = set(between[between.index(op) + 1 : between.index(reader)])
    tensors = [x for x in op.operands if isinstance(x.type, ir.RankedTensorType)][:-1]
    return not any(_is_written(tensor, between, op.block) for tensor in tensors)


def _is_written(tensor: ir.Value, between: set[ir.Operation], block: ir.Block) -> bool:
    if (found := taken_from(tensor)) is not None and _is_written(found[0], between, block):
        return True
    for use in tensor.uses:
        if not ops.only_reads(use.owner.operation, use.operand_number):
            step: ir.Operation = use.owner.operation
            while step.block != block and step.parent is not None:
                step = step.parent.operation
            if step in between:
                return True
    return False


def _merge(made: SumOfTerms, reader: SumOfTerms) -> ir.Operation:
    """The reader, which computes the elements of the map itself."""
    result = made.op.results[0]
    kept = [k for k, x in enumerate(reader.inputs) if x != result]
    at = next(dims for x, dims in zip(reader.inputs, reader.maps) if x == result)
    # a dimension of the map is that of the reader at which its element is read
    place = dict(zip(made.result_map, at, strict=True))
    inputs, maps = [reader.inputs[k] for k in kept], [reader.maps[k] for k in kept]
    taken = []
    for x, dims in zip(made.inputs, made.maps[:-1], strict=True):
        taken.append(_entered(inputs, maps, x, tuple(place[d] for d in dims)))

    def term(elements: list[ir.Value]) -> ir.Value:
        element = made.term_of([elements[k] for k in taken])[0]
        rest = iter(elements)
        return reader.term_of([element if x == result else next(rest) for x in reader.inputs])[0]

    with edit.before(reader.op):
        if reader.is_map:
            fused = map_of(inputs, reader.init.type, [*maps, reader.result_map], term)
        else:
            fused = sum_of_terms(inputs, reader.init, [*maps, reader.result_map], term)
    reader.op.results[0].replace_all_uses_with(fused)
    edit.erase(reader.op)
    edit.erase(made.op)
    return fused.owner.operation


def _entered(inputs: list[ir.Value], maps: list[Dims], value: ir.Value, dims: Sequence[int]) -> int:
    """The position of an input that is read at these dimensions."""
    for k, (x, known) in enumerate(zip(inputs, maps, strict=True)):
        if x == value and known == dims:
            return k
    inputs.append(value)
    maps.append(tuple(dims))
    return len(inputs) - 1
