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

from dsl.passes.ir import edit
from dsl.passes.ir.expr import is_float
from dsl.passes.ir.refusals import refusal
from dsl.passes.ir.tape import tape_site
from dsl.passes.rules import RULES

from . import user_rules

# Operations between float values that need no rule in the table: structure, memory and the tape.
_TENSOR_OPS = {"tensor.extract", "tensor.insert", "tensor.splat", "tensor.cast"}
_OPAQUE = (*user_rules.CUSTOM, "dsl.adjoint")
_NO_FLOW = {"tensor.empty", "arith.constant", "dsl.record", "dsl.fail", "tensor.dim", "dsl.failed"}


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


def flow_of(block: ir.Block) -> Flow:
    """The dependence graph of a block with all that is inside."""
    flow = Flow()
    for op in edit.walk(block, into=lambda op: op.name not in _OPAQUE):
        visit = _CONTROL.get(op.name, _straight)
        visit(flow, op)
    # in a loop a pop may stand before the push that it reads
    for op in flow.popped:
        for push in flow.pushed[tape_site(op)]:
            flow.edges(push.operands, op.results)
    return flow


def _straight(flow: Flow, op: ir.Operation) -> None:
    if op.name in _NO_FLOW or not any(is_float(r.type) for r in op.results):
        return
    if op.name in _TENSOR_OPS:
        for operand in op.operands:
            flow.edge(operand, op.results[0])
        return
    rule = RULES.get(op.name)
    if rule is None:
        if any(is_float(operand.type) for operand in op.operands):
            raise refusal(op, f"the operation {op.name} has no derivative rule")
        return
    for contribution, operand in zip(rule, op.operands, strict=True):
        if contribution is not None:
            flow.edge(operand, op.results[0])


def _if(flow: Flow, op: ir.Operation) -> None:
    for block in edit.blocks(op):
        flow.edges(edit.terminator(block).operands, op.results)


def _for(flow: Flow, op: ir.Operation) -> None:
    block = edit.entry_block(op)
    arguments, initial = list(block.arguments)[1:], list(op.operands)[3:]
    flow.edges(initial, arguments)
    flow.edges(initial, op.results)
    flow.edges(edit.terminator(block).operands, arguments)
    flow.edges(edit.terminator(block).operands, op.results)


def _while(flow: Flow, op: ir.Operation) -> None:
    before, after = edit.blocks(op)
    passed = list(edit.terminator(before).operands)[1:]
    flow.edges(op.operands, before.arguments)
    flow.edges(passed, after.arguments)
    flow.edges(passed, op.results)
    flow.edges(edit.terminator(after).operands, before.arguments)


def _push(flow: Flow, op: ir.Operation) -> None:
    flow.pushed[tape_site(op)].append(op)


def _pop(flow: Flow, op: ir.Operation) -> None:
    flow.popped.append(op)


def _checkpoint(flow: Flow, op: ir.Operation) -> None:
    block = edit.entry_block(op)
    flow.edges(op.operands, block.arguments)
    flow.edges(edit.terminator(block).operands, op.results)


def _custom(flow: Flow, op: ir.Operation) -> None:
    """The result of a function with a rule of its own depends on all its operands; its regions are not looked into,
    but for what they use from around them: where that has a derivative, it will be refused."""
    for operand in [*op.operands, *(value for _, value in user_rules.captures(op))]:
        for result in op.results:
            flow.edge(operand, result)


def _nothing(flow: Flow, op: ir.Operation) -> None:
    """Terminators: their operands' edges are drawn with the operation they end."""


_CONTROL = {
    "scf.if": _if, "scf.for": _for, "scf.while": _while, "dsl.push": _push, "dsl.pop": _pop,
    "dsl.checkpoint": _checkpoint, **dict.fromkeys(_OPAQUE, _custom),
    "scf.yield": _nothing, "scf.condition": _nothing, "func.return": _nothing, "dsl.yield": _nothing,
}  # fmt: skip


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
        if op.name in ("dsl.push", "dsl.pop"):
            values = op.operands if op.name == "dsl.push" else op.results
            positions.setdefault(tape_site(op), set()).update(k for k, v in enumerate(values) if v in live)
    return {site: sorted(found) for site, found in positions.items()}


def varied(block: ir.Block, inputs: Iterable[ir.Value]) -> set[ir.Value]:
    """The values that depend differentiably on `inputs`."""
    return reachable(flow_of(block).forward, inputs)


def active(block: ir.Block, inputs: Iterable[ir.Value], outputs: Iterable[ir.Value]) -> set[ir.Value]:
    """The values on a differentiable path from `inputs` to `outputs`."""
    flow = flow_of(block)
    return reachable(flow.forward, inputs) & reachable(flow.backward, outputs)
