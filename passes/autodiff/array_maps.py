"""Derivatives of whole-array operations (passes/ir/maps.py): one rule for all, and whole-array operations again.

With the terms f(x, y, ...) summed into `r`, and h = g * df/dx, which the scalar rules make of the region:

    reverse   x_bar += sum of h(x, y, ..., r_bar)     indexed as x is: what does not index x is summed over
    forward   r_dot  = init_dot + sum of h(x, y, ..., x_dot) + the same for y, ...

So of `c = a @ b` come `a_bar += c_bar @ b.T`, `b_bar += a.T @ c_bar` and `c_dot = a_dot @ b + a @ b_dot`.

Sound because the sum is linear in its terms, and each element of an operand adds to the result at just those indices of
the space that its dimensions leave open. An operand that is given twice is two operands, whose cotangents add up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import Expr, Result, emit, is_float
from dsl.passes.ir.maps import Dims, SumOfTerms, sum_of_terms
from dsl.passes.ir.refusals import refusal
from dsl.passes.rules import RULES

from .scopes import Scope


def reverse_map(scope: Scope, op: ir.Operation, g: ir.Value | None, active: set[ir.Value]) -> None:
    """Add to the cotangents of the operands in `active` what follows from the result's, `g` (None: zero)."""
    if g is None:
        return
    m = SumOfTerms(op)
    if m.init in active:
        scope.add(m.init, g)
    for k, operand in enumerate(m.inputs):
        if operand in active:
            dims = [*m.maps[:-1], m.result_map]
            total = scope.peek_or_zero(operand)
            added = _with_term(m, g, dims, total, m.maps[k], partial(_pulled_back, m, k), scope.primal)
            if added is not None:
                scope.cts[operand] = added


def tangent(op: ir.Operation, tangent_of: Callable[[ir.Value], ir.Value | None]) -> ir.Value | None:
    """The tangent of the result, from those of the operands (None: zero); None where none of them moves it."""
    m = SumOfTerms(op)
    total = tangent_of(m.init)
    for k, operand in enumerate(m.inputs):
        moved = tangent_of(operand)
        if moved is not None:
            so_far = edit.zero(op.result.type) if total is None else total
            dims = [*m.maps[:-1], m.maps[k]]
            added = _with_term(m, moved, dims, so_far, m.result_map, partial(_pushed_forward, m, k))
            total = total if added is None else added
    return total


def _with_term(
    m: SumOfTerms, seed: ir.Value, dims: Sequence[Dims], total: ir.Value, result_map: Dims,
    derivative: Callable, fetch: Callable = lambda x: x,
) -> ir.Value | None:  # fmt: skip
    """`total` plus the terms that `derivative(elements, element of the seed)` makes, of the inputs that it uses."""
    inputs = m.inputs
    trial = edit.detached_block([ir.ShapedType(v.type).element_type for v in (*inputs, seed)])
    with ir.InsertionPoint(trial):
        *elements, last = trial.arguments
        made = derivative(elements, last)
        if made is None:
            return None
        emit("dsl.yield", [made])
    edit.erase_unused(trial)
    used = [k for k, x in enumerate(trial.arguments) if next(iter(x.uses), None) is not None]
    if {d for k in used for d in dims[k]} | set(result_map) != set(range(len(m.extents))):
        used = list(range(len(trial.arguments)))  # an input that is not read still tells how often a term is added
    given = [seed if k == len(inputs) else fetch(inputs[k]) for k in used]
    mapped = [trial.arguments[k] for k in used]

    def term(arguments: list[ir.Value]) -> ir.Value:
        return edit.clone_into(edit.operations(trial), dict(zip(mapped, arguments, strict=True)))[0]

    result = sum_of_terms(given, total, [*(dims[k] for k in used), result_map], term)
    edit.erase(trial.owner.operation)
    return result


def _pulled_back(m: SumOfTerms, k: int, elements: list[ir.Value], g: ir.Value) -> ir.Value | None:
    """What the cotangent `g` of a term is for the element of input k."""
    term, steps = m.term_of(elements)
    cts: dict[ir.Value, Expr] = {term: Expr(g)}
    for op in reversed(steps):
        ct = cts.pop(op.results[0], None)
        if ct is None:
            continue
        for contribution, operand in zip(_rule(op), op.operands, strict=True):
            if contribution is not None and is_float(operand.type):
                part = contribution(ct, Result(op), *map(Expr, op.operands))
                cts[operand] = cts[operand] + part if operand in cts else part
    found = cts.get(elements[k])
    return None if found is None else found.value


def _pushed_forward(m: SumOfTerms, k: int, elements: list[ir.Value], dot: ir.Value) -> ir.Value | None:
    """The tangent of a term, where only the element of input k moves, by `dot`."""
    term, steps = m.term_of(elements)
    dots: dict[ir.Value, Expr] = {elements[k]: Expr(dot)}
    for op in steps:
        for contribution, operand in zip(_rule(op), op.operands, strict=True):
            if contribution is not None and operand in dots:
                part = contribution(dots[operand], Result(op), *map(Expr, op.operands))
                result = op.results[0]
                dots[result] = dots[result] + part if result in dots else part
    found = dots.get(term)
    return None if found is None else found.value


def _rule(op: ir.Operation):
    known = ops.row(op)
    if known.name not in RULES or known.singular:
        if any(is_float(x.type) for x in op.operands):
            raise refusal(op, f"the operation {known.name} has no derivative rule in a whole-array operation")
        return [None] * len(op.operands)
    return RULES[known.name]
