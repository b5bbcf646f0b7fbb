"""Remove what no result, message or error depends on: also values that loops and branches carry in vain, and tape
slots that are never read.

Before: `%r:2 = scf.for ... iter_args(%a, %n)` where `%n` only feeds itself. After: `%r = scf.for ... iter_args(%a)`.
MLIR's canonicalizer leaves such cycles, and does not know that a `dsl.push` is of use only through its `dsl.pop`.

Sound because liveness is propagated backwards from everything observable (returned values, `dsl.record`, `dsl.fail`,
and the control flow around them) through every way a value can reach another; the rest cannot be observed. A loop that
nothing depends on is removed even where it would not have ended.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.tape import tape_site

visits = ops.Visitors()  # prunes what an operation that stays has in vain


def eliminate(func: ir.Operation) -> None:
    """Clean one function in place."""
    live = Liveness()
    body = edit.entry_block(func)
    for op in edit.walk(body):
        if op.name in ops.TAPED:
            live.sites[tape_site(op)].append(op)
    for traffic in live.sites.values():
        _share_slots(traffic)
    for op in edit.walk(body):
        if ops.row(op).observed:
            live.need(op)
            for operand in op.operands:
                live.mark(operand)
    live.spread()
    _sweep(body, live)


def _share_slots(ops: list[ir.Operation]) -> None:
    """Let what was pushed twice be popped once: of slots that every push gives one value only the first is read."""
    pushes = [list(op.operands) for op in ops if op.name == "dsl.push"]
    for j in range(1, len(pushes[0]) if pushes else 0):
        first = next((i for i in range(j) if all(values[i] == values[j] for values in pushes)), None)
        if first is not None:
            for op in ops:
                if op.name == "dsl.pop":
                    op.results[j].replace_all_uses_with(op.results[first])


# Needed operations are marked by an attribute: the bindings' hash of an operation changes with its operands, so that
# a set of operations would lose them.
_LIVE = "dsl.live"


@dataclass
class Liveness:
    """The values that something observable depends on; the operations are marked."""

    values: set[ir.Value] = field(default_factory=set)
    sites: dict[tuple[str, int], list[ir.Operation]] = field(default_factory=lambda: defaultdict(list))
    slots: dict[tuple[str, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    todo: list[ir.Value] = field(default_factory=list)

    def mark(self, value: ir.Value) -> None:
        if value not in self.values:
            self.values.add(value)
            self.todo.append(value)

    def need(self, op: ir.Operation) -> None:
        """The operation runs, hence all control flow around it."""
        while op.name != "func.func" and _LIVE not in op.attributes:
            op.attributes[_LIVE] = ir.UnitAttr.get(op.context)
            if op.name == "scf.while":
                self.mark(edit.terminator(edit.entry_block(op)).operands[0])
            elif op.name in ops.CONTROL:
                for operand in list(op.operands)[: 1 if op.name == "scf.if" else 3]:
                    self.mark(operand)
            elif len(op.regions):
                self._opaque(op)
            op = op.parent.operation

    def _opaque(self, op: ir.Operation) -> None:
        """All that a derivative, a checkpoint or a custom rule is given and gives; what rules do is kept as it is."""
        for operand in op.operands:
            self.mark(operand)
        for block in edit.blocks(op):
            for operand in edit.terminator(block).operands:
                self.mark(operand)
            for inner in [] if ops.row(op).inline else edit.walk(block):
                self.need(inner)
                for operand in inner.operands:
                    self.mark(operand)

    def spread(self) -> None:
        while self.todo:
            value = self.todo.pop()
            owner = value.owner
            if isinstance(owner, ir.Block):
                self._argument(ir.BlockArgument(value), owner.owner.operation)
            else:
                self._result(ir.OpResult(value), owner.operation)

    def _argument(self, argument: ir.BlockArgument, op: ir.Operation) -> None:
        if op.name == "func.func":
            return
        self.need(op)
        if op.name not in ops.CONTROL:
            return
        k = argument.arg_number
        if op.name == "scf.for":
            if k:
                self._carried(op, k - 1)
        elif argument.owner == edit.entry_block(op, 0):
            self.mark(op.operands[k])
            self.mark(edit.terminator(edit.entry_block(op, 1)).operands[k])
        else:
            self.mark(edit.terminator(edit.entry_block(op, 0)).operands[k + 1])

    def _carried(self, op: ir.Operation, k: int) -> None:
        self.mark(op.operands[3 + k])
        self.mark(edit.terminator(edit.entry_block(op)).operands[k])

    def _result(self, result: ir.OpResult, op: ir.Operation) -> None:
        self.need(op)
        k = result.result_number
        if op.name == "scf.if":
            for block in edit.blocks(op):
                self.mark(edit.terminator(block).operands[k])
        elif op.name == "scf.for":
            self._carried(op, k)
        elif op.name == "scf.while":
            self.mark(edit.terminator(edit.entry_block(op)).operands[k + 1])
        elif op.name == "dsl.pop":
            self._slot(tape_site(op), k)
        else:
            for operand in op.operands:
                self.mark(operand)

    def _slot(self, site: tuple[str, int], k: int) -> None:
        """A slot that one pop reads is pushed, and popped, by all copies of the site: traffic stays balanced."""
        self.slots[site].add(k)
        for op in self.sites[site]:
            self.need(op)
            if op.name == "dsl.push":
                self.mark(op.operands[k])


def _sweep(block: ir.Block, live: Liveness) -> None:
    """Prune the needed operations and erase the others, last first so that uses go before definitions."""
    for op in reversed(edit.operations(block)):
        needed = _LIVE in op.attributes
        if needed:
            del op.attributes[_LIVE]
        if op.name in ops.ENDS:
            continue
        if not needed:
            _erase(op)
            continue
        for inner in edit.blocks(op):
            _sweep(inner, live)
        if op.name in visits:
            visits[op.name](op, live)


def _erase(op: ir.Operation) -> None:
    """Erase an operation whose results are unused, but for uses by operations that a later step prunes."""
    for result in op.results:
        if next(iter(result.uses), None) is not None:
            with ir.InsertionPoint(op), op.location:
                result.replace_all_uses_with(_dead(result.type))
    edit.erase(op)


def _dead(type_: ir.Type) -> ir.Value:
    """A stand-in for a value that is never looked at."""
    return edit.zero(type_)


def _keep(op: ir.Operation, kept: list[int]) -> list[ir.Value]:
    return [op.operands[k] for k in kept]


def _replace(op: ir.Operation, operands: list[ir.Value], kept: list[int]) -> None:
    """Recreate the operation with the results at `kept` only."""
    new = edit.transplant(op, operands, [op.results[k].type for k in kept])
    for position, k in enumerate(kept):
        op.results[k].replace_all_uses_with(new.results[position])
    _erase(op)


def _drop_arguments(block: ir.Block, kept: list[int], offset: int = 0) -> None:
    for k in reversed(range(offset, len(block.arguments))):
        if k - offset not in kept:
            argument = block.arguments[k]
            if next(iter(argument.uses), None) is not None:
                with edit.at_start(block), ir.Location.unknown():
                    argument.replace_all_uses_with(_dead(argument.type))
            block.erase_argument(k)


@visits("scf.if")
def _prune_if(op: ir.Operation, live: Liveness) -> None:
    kept = [k for k, r in enumerate(op.results) if r in live.values]
    if len(kept) < len(op.results):
        for block in edit.blocks(op):
            final = edit.terminator(block)
            edit.replace_operands(final, _keep(final, kept))
        _replace(op, list(op.operands), kept)


@visits("scf.for")
def _prune_for(op: ir.Operation, live: Liveness) -> None:
    block = edit.entry_block(op)
    arguments = list(block.arguments)[1:]
    kept = [k for k, r in enumerate(op.results) if r in live.values or arguments[k] in live.values]
    if len(kept) < len(op.results):
        final = edit.terminator(block)
        edit.replace_operands(final, _keep(final, kept))
        _drop_arguments(block, kept, offset=1)
        _replace(op, [*list(op.operands)[:3], *_keep(op, [3 + k for k in kept])], kept)


@visits("scf.while")
def _prune_while(op: ir.Operation, live: Liveness) -> None:
    before, after = edit.blocks(op)
    entering = [k for k, a in enumerate(before.arguments) if a in live.values]
    leaving = [k for k, r in enumerate(op.results) if r in live.values or after.arguments[k] in live.values]
    if len(entering) == len(before.arguments) and len(leaving) == len(op.results):
        return
    condition, final = edit.terminator(before), edit.terminator(after)
    edit.replace_operands(condition, [condition.operands[0], *_keep(condition, [k + 1 for k in leaving])])
    edit.replace_operands(final, _keep(final, entering))
    _drop_arguments(before, entering)
    _drop_arguments(after, leaving)
    _replace(op, _keep(op, entering), leaving)


@visits("dsl.push")
def _prune_push(op: ir.Operation, live: Liveness) -> None:
    _replace(op, _keep(op, sorted(live.slots[tape_site(op)])), [])


@visits("dsl.pop")
def _prune_pop(op: ir.Operation, live: Liveness) -> None:
    _replace(op, [], sorted(live.slots[tape_site(op)]))

