"""The stacks of a kernel while it is lowered: what a push or pop moves where, and the cells that count."""

from __future__ import annotations

from iree.compiler import ir
from iree.compiler.dialects import arith

from dsl.passes.kernel.layout import Layout, Stack, stack_type
from dsl.passes.kernel.op_builder import get_cell


def pointer(stack: Stack) -> str:
    """The cell for how much lies on a stack."""
    return f"{stack.key}.pointer"


def peak(stack: Stack) -> str:
    """The cell for the highest pointer at which anything was popped."""
    return f"{stack.key}.peak"


def moved(layout: Layout, op) -> list[tuple[Stack, list]]:
    """The stacks that a dsl.push or dsl.pop moves values on, each with those values in order."""
    return by_stack(layout, ir.StringAttr(op.attributes["tape"]).value, op.operands or op.results)


def by_stack(layout: Layout, tape: str, values) -> list[tuple[Stack, list]]:
    groups: dict = {}
    for value in values:
        groups.setdefault((tape, stack_type(value.type)), []).append(value)
    return [(layout.stacks[key], members) for key, members in groups.items()]


def unless_overflowed(stack: Stack, value):
    """A popped value; of integers and booleans, which may count iterations, zero if it is garbage."""
    if not isinstance(value.type, ir.IntegerType):
        return value
    overflowed = arith.cmpi(arith.CmpIPredicate.sgt, get_cell(peak(stack), ir.IndexType.get()), stack.capacity)
    return arith.select(overflowed, arith.constant(value.type, 0), value)
