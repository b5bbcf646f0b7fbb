"""Derivatives that the user gives.

    %z... = "dsl.custom_vjp"(%x...) ({primal}, {fwd}, {bwd})      %z... = "dsl.custom_jvp"(%x...) ({primal}, {tangent})

primal: x... -> z...; fwd: x... -> z..., residuals...; bwd: residuals..., cotangents of the float results -> cotangents
of the float operands; tangent: x..., tangents of the float operands -> z..., tangents of the float results. All regions
end in `dsl.yield`. Where nothing is differentiated the primal region is what runs.

Reverse mode runs `fwd` in the place of a `dsl.custom_vjp` and leaves a `dsl.adjoint`, the identity that carries `bwd`
until it is reversed; for a `dsl.custom_jvp` it reverses the tangent region with respect to the tangents, in which the
region is linear. A value from outside that would have a derivative must be an operand: the rule could not know of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import emit, is_float
from dsl.passes.ir.refusals import refusal


def floats(values) -> list[int]:
    """The positions of the values that have derivatives."""
    return [k for k, v in enumerate(values) if is_float(v.type)]


def inline_primals(block: ir.Block) -> None:
    """Run the primal regions in place, once nothing is left to differentiate."""
    for op in ruled(block):
        inline_primals(edit.entry_block(op))
        leave_out(op)


def ruled(block: ir.Block) -> list[ir.Operation]:
    """The operations that have a rule of their own, in program order; not those inside of others."""
    return [op for op in edit.walk(block, into=lambda op: op.name not in ops.CUSTOM) if op.name in ops.CUSTOM]


def leave_out(op: ir.Operation) -> None:
    """Forget an operation's rule: what its primal region does is done in its place."""
    for extra in range(len(op.regions) - 1, 0, -1):
        for step in reversed(edit.operations(edit.entry_block(op, extra))):
            edit.erase(step)
    edit.splice(op, edit.entry_block(op))


def begin_adjoints(block: ir.Block, live: set[ir.Value]) -> bool:
    """Replace each active `dsl.custom_vjp` by its `fwd` region and a `dsl.adjoint`; whether there was any."""
    found = [op for op in edit.walk(block) if op.name == "dsl.custom_vjp" and any(r in live for r in op.results)]
    for op in found:
        refuse_captures(op, live)
        with ir.InsertionPoint(op), op.location:
            _begin(op)
    return bool(found)


def _begin(op: ir.Operation) -> None:
    forward, backward = edit.entry_block(op, 1), edit.entry_block(op, 2)
    count, operands = len(op.results), list(op.operands)
    produced = [v.type for v in edit.terminator(forward).operands]
    run = ir.Operation.create("dsl.detached", results=produced, operands=operands, regions=1)
    forward.append_to(run.regions[0])
    attributes = {"results": edit.number(count), "residuals": edit.number(len(produced) - count)}
    carrier = ir.Operation.create(
        "dsl.adjoint", results=[r.type for r in op.results], operands=[*run.results, *operands],
        attributes=attributes, regions=1,
    )  # fmt: skip
    backward.append_to(carrier.regions[0])
    for old, new in zip(op.results, carrier.results, strict=True):
        old.replace_all_uses_with(new)
    edit.erase(op)
    edit.splice(run, edit.entry_block(run))


def end_adjoints(block: ir.Block) -> None:
    """The carriers have served: their results are what `fwd` returned."""
    # inner ones first: a handle of an operation that vanished with the one around it must not be touched
    for op in reversed([op for op in edit.walk(block) if op.name == "dsl.adjoint"]):
        for result, value in zip(op.results, op.operands, strict=False):
            result.replace_all_uses_with(value)
        edit.erase(op)


def adjoint_parts(op: ir.Operation) -> tuple[list[ir.Value], list[ir.Value]]:
    """The residuals and the primal operands of a `dsl.adjoint`."""
    values = list(op.operands)
    start = len(op.results)
    middle = start + ir.IntegerAttr(op.attributes["residuals"]).value
    return values[start:middle], values[middle:]


def run_region(block: ir.Block, operands: list[ir.Value]) -> list[ir.Value]:
    """Copy a region's operations to the insertion point, its arguments standing for `operands`."""
    return edit.clone_into(edit.operations(block), dict(zip(block.arguments, operands, strict=True)))


def captures(op: ir.Operation) -> Iterator[tuple[ir.Operation, ir.Value]]:
    """The values from outside that the regions of an operation use, each with the operation that does."""
    steps = [step for b in edit.blocks(op) for step in edit.walk(b)]
    inside = {v for b in edit.blocks(op) for v in b.arguments}
    for step in steps:
        inside.update(step.results)
        inside.update(v for inner in edit.blocks(step) for v in inner.arguments)
    for step in steps:
        for value in step.operands:
            if value not in inside:
                yield step, value


def refuse_captures(op: ir.Operation, live: set[ir.Value]) -> None:
    """A rule cannot give a derivative with respect to what it is not told of."""
    for step, value in captures(op):
        if value in live:
            raise refusal(
                step,
                "a function with a custom derivative uses a value from around it that is being differentiated",
                "pass it to the function as an argument",
            )


def spliced_tangent(op: ir.Operation, tangents: list[ir.Value]) -> tuple[list[ir.Value], list[ir.Value]]:
    """Run the tangent region of a `dsl.custom_jvp` in its place: its results and their tangents."""
    values = run_region(edit.entry_block(op, 1), [*op.operands, *tangents])
    return values[: len(op.results)], values[len(op.results) :]


def detached_copy(op: ir.Operation, region: int) -> ir.Operation:
    """A placeholder operation at the insertion point with a copy of one of the regions."""
    holder = ir.Operation.create("dsl.detached", regions=1)
    source = edit.entry_block(op, region)
    types = [a.type for a in source.arguments]
    block = ir.Block.create_at_start(holder.regions[0], types, [op.location] * len(types))
    with ir.InsertionPoint(block):
        emit("dsl.yield", run_region(source, list(block.arguments)))
    return holder
