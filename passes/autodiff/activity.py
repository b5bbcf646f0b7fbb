"""Which values must be differentiated.

A value is *varied* when it depends on the inputs of interest through differentiable operations, *useful* when the
results depend on it so, *active* when both. Dependence is reachability in one graph over the SSA values, whose edges
follow operands to results and, through control flow, initial values and yields to block arguments and results
(Hascoet, Naumann, Pascual, "To be recorded analysis in reverse-mode automatic differentiation", 2005, calls these
analyses varied and useful).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import is_float
from dsl.passes.ir.refusals import refusal
from dsl.passes.ir.tape import tape_site, taped_values
from dsl.passes.rules import RULES

from . import user_rules

visits = ops.Visitors()


@dataclass
class Flow:
    """The graph: for each value those that depend on it directly, and those it depends on."""

    forward: dict[ir.Value, list[ir.Value]] = field(default_factory=lambda: defaultdict(list))
    backward: dict[ir.Value, list[ir.Value]] = field(default_factory=lambda: defaultdict(list))
    pushed: dict[tuple[str, int], list[ir.Operation]] = field(default_factory=lambda: defaultdict(list))
    popped: list[ir.Operation] = field(default_factory=list)

    def edge(self, source: ir.Value, target: ir.Value) -> None:
        if is_float(source.type) and is_float(target.type):
            self.forward[source].append(target)
            self.backward[target].append(source)

    def edges(self, sources: Iterable[ir.Value], targets: Iterable[ir.Value]) -> None:
        for source, target in zip(sources, targets, strict=True):
            self.edge(source, target)

    def between(self, inputs: Iterable[ir.Value], outputs: Iterable[ir.Value]) -> set[ir.Value]:
        """The values on a differentiable path from `inputs` to `outputs`."""
        return reachable(self.forward, inputs) & reachable(self.backward, outputs)


def flow_of(block: ir.Block) -> Flow:
    """The dependence graph of a block with all that is inside."""
    flow = Flow()
    for op in edit.walk(block, into=lambda op: op.name not in ops.CUSTOM):
        visits.get(op.name, _straight)(flow, op)
    # in a loop a pop may stand before the push that it reads
    for op in flow.popped:
        for push in flow.pushed[tape_site(op)]:
            flow.edges(push.operands, op.results)
    return flow


def _straight(flow: Flow, op: ir.Operation) -> None:
    known = ops.row(op)
    if known.end or not any(is_float(r.type) for r in op.results):
        return  # what a terminator hands on is told by the operation that it ends a block of
    if known.moves:
        for operand in op.operands:
            flow.edge(operand, op.results[0])
    elif known.rule:
        for contribution, operand in zip(RULES[known.name], op.operands, strict=True):
            if contribution is not None:
                flow.edge(operand, op.results[0])
    elif any(is_float(operand.type) for operand in op.operands):
        raise refusal(op, f"the operation {known.name} has no derivative rule")


@visits("linalg.generic")
def _whole_arrays(flow: Flow, op: ir.Operation) -> None:
    """An element of the result depends on all operands; how, the rules of what is in the region tell."""
    for operand in op.operands:
        flow.edge(operand, op.results[0])


@visits("scf.if")
def _if(flow: Flow, op: ir.Operation) -> None:
    for block in edit.blocks(op):
        flow.edges(edit.terminator(block).operands, op.results)


@visits("scf.for")
def _for(flow: Flow, op: ir.Operation) -> None:
    block = edit.entry_block(op)
    arguments, initial = list(block.arguments)[1:], list(op.operands)[3:]
    flow.edges(initial, arguments)
    flow.edges(initial, op.results)
    flow.edges(edit.terminator(block).operands, arguments)
    flow.edges(edit.terminator(block).operands, op.results)


@visits("scf.while")
def _while(flow: Flow, op: ir.Operation) -> None:
    before, after = edit.blocks(op)
    passed = list(edit.terminator(before).operands)[1:]
    flow.edges(op.operands, before.arguments)
    flow.edges(passed, after.arguments)
    flow.edges(passed, op.results)
    flow.edges(edit.terminator(after).operands, before.arguments)


@visits("dsl.push")
def _push(flow: Flow, op: ir.Operation) -> None:
    flow.pushed[tape_site(op)].append(op)


@visits("dsl.pop")
def _pop(flow: Flow, op: ir.Operation) -> None:
    flow.popped.append(op)


@visits("dsl.checkpoint")
def _checkpoint(flow: Flow, op: ir.Operation) -> None:
    block = edit.entry_block(op)
    flow.edges(op.operands, block.arguments)
    flow.edges(edit.terminator(block).operands, op.results)


@visits(*ops.CUSTOM)
def _custom(flow: Flow, op: ir.Operation) -> None:
    """The result of a function with a rule of its own depends on all its operands; its regions are not looked into,
    but for what they use from around them: where that has a derivative, it will be refused."""
    for operand in [*op.operands, *(value for _, value in user_rules.captures(op))]:
        for result in op.results:
            flow.edge(operand, result)


def reachable(edges: dict[ir.Value, list[ir.Value]], start: Iterable[ir.Value]) -> set[ir.Value]:
    """All values reached from `start` along the edges, those of `start` included."""
    seen, todo = set(), list(start)
    while todo:
        value = todo.pop()
        if value not in seen:
            seen.add(value)
            todo.extend(edges.get(value, ()))
    return seen


def tape_positions(block: ir.Block, live: set[ir.Value]) -> dict[tuple[str, int], list[int]]:
    """For each tape site the positions through which derivatives flow, the same for its pushes and pops."""
    positions: dict[tuple[str, int], set[int]] = {}
    for op in edit.walk(block):
        if op.name in ops.TAPED:
            values = taped_values(op)
            positions.setdefault(tape_site(op), set()).update(k for k, v in enumerate(values) if v in live)
    return {site: sorted(found) for site, found in positions.items()}


def holds_active_tape(op: ir.Operation, taped: dict[tuple[str, int], list[int]]) -> bool:
    """Whether the regions of an operation hold tape traffic that is differentiated: its reverse must not be skipped."""
    inner = (step for block in edit.blocks(op) for step in edit.walk(block))
    return any(taped.get(tape_site(step)) for step in inner if step.name in ops.TAPED)
