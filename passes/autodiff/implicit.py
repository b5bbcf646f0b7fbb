"""Derivatives of what an equation defines, whatever program solved it.

    %x... = "dsl.custom_root"(%p...) ({solve}, {residual}, {linear})

solve: p... -> x...; residual: x..., p... -> r..., which solve makes zero; linear: the elements of a square matrix row
by row, then a right-hand side -> the solution of that system. x, r and the system are scalars of one float type. All
regions end in `dsl.yield`. Where nothing is differentiated the first region is what runs.

By the implicit function theorem r_x dx + r_p dp = 0, so a tangent is the solution of r_x x_dot = -r_p p_dot and a
cotangent is p_bar = -r_p' w with r_x' w = x_bar. Only the residual is differentiated, once, at the solution: the steps
that led there leave no tape. Sound to every order, because the operation stays in the tangent and the adjoint, where
the next derivative meets it again as the maker of x.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import Expr, constant

from . import user_rules

Derive = Callable[[ir.Block, Sequence[int]], None]


def tangents(op: ir.Operation, dots: Sequence[ir.Value], forward: Derive) -> list[ir.Value]:
    """x_dot for the tangents of the float operands, at the insertion point (behind the operation)."""
    unknowns, count = list(op.results), len(op.results)
    wrt = [count + k for k in user_rules.floats(op.operands)]
    moved = _residual(op, lambda block: forward(block, wrt), [*unknowns, *op.operands, *dots])[count:]
    rows = _matrix(op, unknowns, list(op.operands), forward)
    return _solved(op, rows, moved)


def cotangents(
    op: ir.Operation, values: tuple[list, list], cts: Sequence[ir.Value], forward: Derive, reverse: Derive
) -> list[ir.Value]:
    """p_bar of the float operands for the cotangents of x, at the insertion point; `values`: (x..., p...) there."""
    unknowns, parameters = values
    inputs, count = user_rules.floats(op.operands), len(unknowns)
    rows = _matrix(op, unknowns, parameters, forward)
    weights = _solved(op, [list(column) for column in zip(*rows)], list(cts))
    derive = lambda block: reverse(block, [count + k for k in inputs])
    return _residual(op, derive, [*unknowns, *parameters, *weights])[count:]


def _residual(op: ir.Operation, derive: Callable[[ir.Block], None], values: list[ir.Value]) -> list[ir.Value]:
    """Run what `derive` makes of the residual; it prints nothing."""
    holder = user_rules.detached_copy(op, 1)
    block = edit.entry_block(holder)
    for step in list(edit.walk(block)):
        if step.name == "dsl.record":
            step.erase()
    derive(block)
    found = user_rules.run_region(block, values)
    edit.erase(holder)
    return found


def _matrix(op: ir.Operation, unknowns: list, parameters: list, forward: Derive) -> list[list[ir.Value]]:
    """The rows of the derivative of the residual with respect to the unknowns."""
    count, columns = len(unknowns), []
    for k in range(count):
        unit = [constant(float(j == k), x.type) for j, x in enumerate(unknowns)]
        derive = lambda block: forward(block, range(count))
        columns.append(_residual(op, derive, [*unknowns, *parameters, *unit])[count:])
    return [list(row) for row in zip(*columns)]


def _solved(op: ir.Operation, rows: list[list[ir.Value]], right: list[ir.Value]) -> list[ir.Value]:
    """The solution of rows * y = -right."""
    negated = [(-Expr(value)).value for value in right]
    return user_rules.run_region(edit.entry_block(op, 2), [*(v for row in rows for v in row), *negated])
