"""What is read of an array right after it was written there is what was written.

Before: `%b = tensor.insert %v into %a[%i]; %x = tensor.extract %b[%i]`.
After:  `%v` stands for `%x`.

A machine finds the number in a register either way; but the reverse would take the element for a value of its own,
which, as the array is overwritten later, has to lie on a tape, whatever `%v` was made of. Writes to places that are
certainly others are looked through.

Sound because a tensor is a value: its elements are those of the one before, but for the one inserted. Indices are equal
where they are the same pure operations on the same values.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.affine import linear


def forward_stores(block: ir.Block) -> None:
    """Replace such reads in a block and in what is inside."""
    for op in list(edit.walk(block)):
        if op.name == "tensor.extract":
            tensor, *place = op.operands
            value = _written(tensor, place)
            if value is not None:
                op.results[0].replace_all_uses_with(value)
                op.erase()


def _written(tensor: ir.Value, place: list[ir.Value]) -> ir.Value | None:
    """What was last written to a place of a tensor, where that is known."""
    maker = edit.defining_op(tensor)
    while maker is not None and maker.name == "tensor.insert":
        value, before, *there = maker.operands
        if all(_same(a, b) for a, b in zip(place, there, strict=True)):
            return value
        if not any(_apart(a, b) for a, b in zip(place, there, strict=True)):
            return None
        maker = edit.defining_op(before)
    return None


def _same(a: ir.Value, b: ir.Value) -> bool:
    """Whether two indices are equal for certain."""
    pairs, seen = [(a, b)], set()
    while pairs:
        pair = pairs.pop()
        if pair[0] == pair[1] or pair in seen:
            continue
        seen.add(pair)
        first, second = map(edit.defining_op, pair)
        if first is None or second is None or not _is_same_operation(first, second):
            return False
        pairs += zip(first.operands, second.operands, strict=True)
    return True


def _is_same_operation(first: ir.Operation, second: ir.Operation) -> bool:
    if first.name != second.name or not ops.row(first).pure or len(first.results) != 1:
        return False
    return len(first.operands) == len(second.operands) and edit.dict_attributes(first) == edit.dict_attributes(second)


def _apart(a: ir.Value, b: ir.Value) -> bool:
    """Whether two indices differ for certain."""
    difference = linear(a) - linear(b)
    return not difference.terms and difference.constant != 0
