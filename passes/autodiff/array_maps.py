"""Derivatives of whole-array operations (passes/ir/maps.py): one rule for all, and whole-array operations again.

With the terms f(x, y, ...) summed into `r`, and h = g * df/dx, which the scalar rules make of the region:

    reverse   x_bar += sum of h(x, y, ..., r_bar)     indexed as x is: what does not index x is summed over
    forward   r_dot  = init_dot + sum of h(x, y, ..., x_dot) + the same for y, ...

So of `c = a @ b` come `a_bar += c_bar @ b.T`, `b_bar += a.T @ c_bar` and `c_dot = a_dot @ b + a @ b_dot`. The reverse
of a map (nothing is summed) may read its result instead of computing it again.

Where derivatives may not be finite, strong products are taken as for elements that loops store in arrays (unused.py):
for cusps, and in what holds strong products itself for all that is singular.

Sound because the sum is linear in its terms, and each element of an operand adds to the result at just those indices of
the space that its dimensions leave open. An operand that is given twice is two operands, whose cotangents add up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import Expr, Result, element_type, emit, is_float
from dsl.passes.ir.maps import Dims, SumOfTerms, map_of, sum_of_terms
from dsl.passes.ir.refusals import refusal
from dsl.passes.rules import RULES
from dsl.passes.rules.strong_zero import Strong

from .cotangent_sums import summed
from .scopes import Scope


def reverse_map(scope: Scope, op: ir.Operation, g: ir.Value | None, active: set[ir.Value]) -> None:
    """Add to the cotangents of the operands in `active` what follows from the result's, `g` (None: zero)."""
    if g is None:
        return
    m = SumOfTerms(op)
    if m.init in active:
        scope.add(m.init, g)
    given = [*m.inputs, op.results[0]] if m.is_map else m.inputs
    dims = [*m.maps, m.result_map] if m.is_map else m.maps
    for k, operand in enumerate(m.inputs):
        if operand in active:
            total = scope.peek(operand)
            pulled = partial(_pulled_back, m, k)
            added = _with_term(m, given, g, dims, total, operand.type, m.maps[k], pulled, scope.primal)
            if added is not None:
                scope.cts[operand] = added


def tangent(op: ir.Operation, tangent_of: Callable[[ir.Value], ir.Value | None]) -> ir.Value | None:
    """The tangent of the result, from those of the operands (None: zero); None where none of them moves it."""
    m = SumOfTerms(op)
    total = tangent_of(m.init)
    for k, operand in enumerate(m.inputs):
        moved = tangent_of(operand)
        if moved is not None:
            dims = [*m.maps[:-1], m.maps[k]]
            pushed = partial(_pushed_forward, m, k)
            added = _with_term(m, m.inputs, moved, dims, total, op.result.type, m.result_map, pushed)
            total = total if added is None else added
    return total


def _with_term(
    m: SumOfTerms, inputs: Sequence[ir.Value], seed: ir.Value, dims: Sequence[Dims], total: ir.Value | None,
    made: ir.Type, result_map: Dims, derivative: Callable, fetch: Callable = lambda x: x,
) -> ir.Value | None:  # fmt: skip
    """`total` (None: zero), which is of type `made`, plus the terms that `derivative(elements, element of the seed)`
    makes, of the inputs that it uses."""
    trial = edit.detached_block([element_type(v.type) for v in (*inputs, seed)])
    with ir.InsertionPoint(trial):
        *elements, last = trial.arguments
        found = derivative(elements, last)
        if found is None:
            return None
        emit("dsl.yield", [found])
    _without_branches(trial)
    edit.erase_unused(trial)
    used = [k for k, x in enumerate(trial.arguments) if next(iter(x.uses), None) is not None]
    if {d for k in used for d in dims[k]} | set(result_map) != set(range(len(m.extents))):
        used.append(len(inputs))  # an input that is not read still tells how often a term is added
        used += [k for k in range(len(m.inputs)) if k not in used]
    given = [seed if k == len(inputs) else fetch(inputs[k]) for k in used]
    mapped = [trial.arguments[k] for k in used]

    def term(arguments: list[ir.Value]) -> ir.Value:
        return edit.clone_into(edit.operations(trial), dict(zip(mapped, arguments, strict=True)))[0]

    result = _summed_into(total, made, given, [*(dims[k] for k in used), result_map], term)
    edit.erase(trial.owner.operation)
    return result


def _without_branches(block: ir.Block) -> None:
    """Compute both arms of each branch: a region has none, so that it can be differentiated again."""
    for op in [op for op in edit.operations(block) if op.name == "scf.if"]:
        (condition,), arms = op.operands, [edit.terminator(arm) for arm in edit.blocks(op)]
        for arm in edit.blocks(op):
            for step in edit.operations(arm)[:-1]:
                step.move_before(op)
        with edit.before(op):
            for result, yes, no in zip(op.results, *(arm.operands for arm in arms), strict=True):
                result.replace_all_uses_with(Expr(condition).select(Expr(yes), Expr(no)).value)
        edit.erase(op)


def _summed_into(
    total: ir.Value | None, made: ir.Type, given: list[ir.Value], maps: list[Dims], term: Callable
) -> ir.Value:  # fmt: skip
    if not isinstance(made, ir.RankedTensorType):
        kind = ir.RankedTensorType.get([], made)
        found = emit("tensor.extract", [sum_of_terms(given, edit.zero(kind), maps, term)], [made]).result
        return found if total is None else summed(total, found)
    if total is None and set(maps[-1]) == {d for dims in maps for d in dims}:
        return map_of(given, made, maps, term)
    return sum_of_terms(given, edit.zero(made) if total is None else total, maps, term)


def _pulled_back(m: SumOfTerms, k: int, elements: list[ir.Value], g: ir.Value) -> ir.Value | None:
    """What the cotangent `g` of a term is for the element of input k."""
    term, steps = m.term_of(elements[: len(m.inputs)])
    results = {term: elements[-1]} if len(elements) > len(m.inputs) else {}
    cts: dict[ir.Value, Expr] = {term: Expr(g)}
    for op in reversed(steps):
        ct = cts.pop(op.results[0], None)
        if ct is None:
            continue
        z, operands = _Known(op, results.get(op.results[0], op.results[0])), list(map(Expr, op.operands))
        for contribution, operand in zip(_rule(op), op.operands, strict=True):
            if contribution is not None and is_float(operand.type):
                part = Expr(contribution(_strong(op, steps, ct), z, *operands).value)
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
                x_dot, result = dots[operand], op.results[0]
                seed = Strong(x_dot.value) if ops.row(op).singular else x_dot
                part = Expr(contribution(seed, Result(op), *map(Expr, op.operands)).value)
                dots[result] = dots[result] + part if result in dots else part
    found = dots.get(term)
    return None if found is None else found.value


class _Known(Result):
    """The result of an operation, which may be known already."""

    def __init__(self, op: ir.Operation, value: ir.Value):
        super().__init__(op)
        object.__setattr__(self, "value", value)


def _strong(op: ir.Operation, steps: Sequence[ir.Operation], ct: Expr) -> Expr:
    """The cotangent as the rule of an operation gets it."""
    known = ops.row(op)
    is_steep = known.singular if any(ops.row(step).strong for step in steps) else known.cusp
    return Strong(ct.value) if is_steep else ct


def _rule(op: ir.Operation):
    known = ops.row(op)
    if known.name in RULES and not len(op.regions):
        return RULES[known.name]
    if is_float(op.results[0].type) and (len(op.regions) or any(is_float(x.type) for x in op.operands)):
        raise refusal(op, f"the operation {known.name} has no derivative rule")
    return [None] * len(op.operands)
