"""Whole arrays on the tape: what a checkpointed region in a loop starts from.

Before: a value of a loop's body that the reverse of the iteration asks for, a tensor.
After: `scf.for %i { %x = tensor.extract %t[%i]; dsl.push(%x) }` where the iteration makes it, and in the reverse
`scf.for %i { %x = dsl.pop; tensor.insert %x into ... }`, the last element first.

Each site has a tape of its own, so that it does not matter what an iteration stores before or after.
"""

from __future__ import annotations

import math

from iree.compiler import ir

from dsl.passes.autodiff.array_cotangents import extract, for_each_element, insert, over_elements
from dsl.passes.ir import edit
from dsl.passes.ir.expr import Expr, constant, emit, empty, extent
from dsl.passes.ir.limits import FIRST_LIST_ELEMENTS


def size(type_: ir.Type) -> int | None:
    """The bytes that a value takes on the tape; None where it cannot be stored."""
    if isinstance(type_, ir.RankedTensorType):
        element = size(type_.element_type)
        return None if element is None else element * math.prod(
            length if length >= 0 else FIRST_LIST_ELEMENTS for length in type_.shape
        )
    return max(1, type_.width // 8) if isinstance(type_, ir.IntegerType | ir.FloatType) else None


def push(value: ir.Value, where: dict) -> None:
    """Store an array's elements as soon as there is one, before it can be overwritten."""
    op = edit.defining_op(value)
    block = edit.defining_block(value)
    with edit.at_start(block) if op is None else ir.InsertionPoint.after(op):
        shape = ir.RankedTensorType(value.type).shape
        for_each_element(shape, lambda at: emit("dsl.push", [extract(value, at)], **where) and None)


def pop(type_: ir.RankedTensorType, where: dict) -> ir.Value:
    """The array that was pushed last, at the insertion point."""
    shape = type_.shape

    def body(indices, carried):
        at = [(_last(n) - Expr(i)).value for n, i in zip(shape, indices, strict=True)]
        popped = emit("dsl.pop", [], [type_.element_type], **where).result
        return insert(popped, carried, at)

    return over_elements(shape, empty(type_), body)


def _last(length: int) -> Expr:
    return Expr(constant(length - 1, ir.IndexType.get())) if length >= 0 else Expr(extent(length)) - 1
