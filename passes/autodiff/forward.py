"""Forward mode: from `@f` to its tangent `@f_jvp`.

Every operation that depends on an input of interest is followed by the operation on tangents; branches return and
loops carry the tangents beside the primals. Nothing is stored, so loops of any kind stay what they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import Expr, Result, emit, is_float
from dsl.passes.ir.locations import derived
from dsl.passes.ir.refusals import refusal
from dsl.passes.ir.tape import tape_site
from dsl.passes.rules import RULES
from dsl.passes.rules.strong_zero import Strong

from . import array_maps, checkpoint, cotangent_sums, implicit, unused, user_rules
from .activity import flow_of, reachable, tape_positions

visits = ops.Visitors()


def forward(module: ir.Module, name: str, wrt: Sequence[int], suffix: str = "_jvp") -> str:
    """Add the tangent of `@name` to the module and return its name.

    The tangent takes the primals, then a tangent for each argument at the positions `wrt` (of float type); it returns
    the results, then the tangents of the results of float type.
    """
    with module.context, ir.Location.unknown():
        func = edit.clone_function(edit.function(module, name), name + suffix)
        forward_block(edit.entry_block(func), wrt)
        edit.reset_signature(func)
    return name + suffix


def forward_block(block: ir.Block, wrt: Sequence[int]) -> None:
    """Turn a block, in place, into its tangent: arguments and returned values grow as `forward` says.

    The block may use values from outside; they count as constants."""
    inputs = [block.arguments[k] for k in wrt]
    cotangent_sums.settle(block)
    checkpoint.inline_checkpoints(block)
    flow = flow_of(block)
    moving = reachable(flow.forward, inputs)
    driver = Forward(moving, tape_positions(block, moving), unused.moved_by_products(block, moving, flow))
    location = edit.terminator(block).location
    for x in inputs:
        driver.tangents[x] = block.add_argument(x.type, location)
    driver.block(block)
    driver.finish(block)


@dataclass
class Forward:
    """One run over one function: the values that vary and the tangents made so far."""

    varied: set[ir.Value]
    taped: dict[tuple[str, int], list[int]]
    by_products: set[ir.Value]
    tangents: dict[ir.Value, ir.Value] = field(default_factory=dict)

    def block(self, block: ir.Block) -> None:
        for op, behind in edit.with_followers(block):
            with behind, derived("tangent", op.location):
                visits.get(op.name, Forward.straight)(self, op)

    def tangent(self, value: ir.Value) -> ir.Value:
        """The tangent of a value, a zero made here when it has none."""
        found = self.tangents.get(value)
        return edit.zero(value.type) if found is None else found

    def finish(self, block: ir.Block) -> None:
        final = edit.terminator(block)
        with ir.InsertionPoint(final), final.location:
            extra = [self.tangent(v) for v in final.operands if is_float(v.type)]
        edit.append_operands(final, extra)

    def straight(self, op: ir.Operation) -> None:
        if not len(op.results) or op.results[0] not in self.varied:
            return
        result = self._moved(op) if ops.row(op).moves else self._by_rule(op)
        if result is not None:
            self.tangents[op.results[0]] = result

    def _by_rule(self, op: ir.Operation) -> ir.Value | None:
        z, operands = Result(op), [Expr(x) for x in op.operands]
        total = None
        for contribution, operand in zip(RULES[op.name], op.operands, strict=True):
            if contribution is not None and operand in self.tangents:
                term = contribution(self._dot(op, operand), z, *operands)
                total = term if total is None else total + term
        return None if total is None else total.value

    def _moved(self, op: ir.Operation) -> ir.Value:
        """The same operation on tangents; indices and conditions stay what they are."""
        operands = [self.tangent(x) if is_float(x.type) else x for x in op.operands]
        return emit(op.name, operands, [op.result.type], **edit.dict_attributes(op)).result

    def _dot(self, op: ir.Operation, operand: ir.Value) -> Expr:
        """The tangent of an operand for the rule; strong where it may be zero because nothing moves the operand."""
        is_strong = op.name in unused.STRONG or (op.name in unused.SINGULAR and operand not in self.by_products)
        return (Strong if is_strong else Expr)(self.tangents[operand])

    @visits("linalg.generic")
    def whole_arrays(self, op: ir.Operation) -> None:
        if op.results[0] in self.varied:
            result = array_maps.tangent(op, self.tangents.get)
            if result is not None:
                self.tangents[op.results[0]] = result

    # control flow: the tangents of what varies travel behind the primals

    @visits("scf.if")
    def branch(self, op: ir.Operation) -> None:
        moving = [k for k, r in enumerate(op.results) if r in self.varied]
        for block in edit.blocks(op):
            self.block(block)
            final = edit.terminator(block)
            with ir.InsertionPoint(final):
                extra = [self.tangent(final.operands[k]) for k in moving]
            if extra:
                edit.append_operands(final, extra)
        if moving:
            self._grow(op, moving, list(op.operands))

    def _grow(self, op: ir.Operation, moving: list[int], operands: list[ir.Value]) -> None:
        """Rebuild the operation with a tangent result behind the primal ones for each position in `moving`."""
        old = [op.results[k] for k in moving]
        types = [*(r.type for r in op.results), *(r.type for r in old)]
        count, varying = len(op.results), [k for k, r in enumerate(op.results) if r in self.varied]
        self.varied.difference_update(op.results)
        new = edit.rebuild(op, operands, types)
        self.varied.update(new.results[k] for k in varying)
        for position, k in enumerate(moving):
            self.tangents[new.results[k]] = new.results[count + position]

    @visits("scf.for")
    def counted(self, op: ir.Operation) -> None:
        block = edit.entry_block(op)
        arguments = list(block.arguments)[1:]
        moving = [k for k, a in enumerate(arguments) if a in self.varied or op.results[k] in self.varied]
        for k in moving:
            self.tangents[arguments[k]] = block.add_argument(arguments[k].type, op.location)
        self.block(block)
        self._extend(edit.terminator(block), moving, offset=0)
        if moving:
            self._grow(op, moving, self._operands(op, moving, offset=3))

    def _extend(self, final: ir.Operation, moving: list[int], offset: int) -> None:
        """Append to a terminator the tangents of its operands at `moving`."""
        with ir.InsertionPoint(final):
            extra = [self.tangent(final.operands[offset + k]) for k in moving]
        if extra:
            edit.append_operands(final, extra)

    def _operands(self, op: ir.Operation, moving: list[int], offset: int) -> list[ir.Value]:
        with ir.InsertionPoint(op), op.location:
            return [*op.operands, *(self.tangent(op.operands[offset + k]) for k in moving)]

    @visits("scf.while")
    def conditional(self, op: ir.Operation) -> None:
        before, after = edit.blocks(op)
        entering = [k for k, a in enumerate(before.arguments) if a in self.varied]
        leaving = [k for k, r in enumerate(op.results) if r in self.varied or after.arguments[k] in self.varied]
        for block, moving in ((before, entering), (after, leaving)):
            for k in moving:
                argument = block.arguments[k]
                self.tangents[argument] = block.add_argument(argument.type, op.location)
            self.block(block)
        self._extend(edit.terminator(before), leaving, offset=1)
        self._extend(edit.terminator(after), entering, offset=0)
        operands = self._operands(op, entering, offset=0)
        if leaving or entering:
            self._grow(op, leaving, operands)

    @visits("dsl.custom_vjp")
    def custom_vjp(self, op: ir.Operation) -> None:
        if any(r in self.varied for r in op.results):
            raise refusal(
                op, "a function with custom_vjp has no forward derivative", "give it a rule with custom_jvp"
            )

    @visits("dsl.custom_jvp")
    def custom_jvp(self, op: ir.Operation) -> None:
        if not any(r in self.varied for r in op.results):
            return
        user_rules.refuse_captures(op, self.varied)
        with ir.InsertionPoint(op):
            tangents = [self.tangent(op.operands[k]) for k in user_rules.floats(op.operands)]
            values, dots = user_rules.spliced_tangent(op, tangents)
        moving = dict(zip(user_rules.floats(op.results), dots, strict=True))
        for k, (old, new) in enumerate(zip(list(op.results), values, strict=True)):
            old.replace_all_uses_with(new)
            if k in moving:
                self.varied.add(new)
                self.tangents[new] = moving[k]
        self.varied.difference_update(op.results)
        edit.erase(op)

    @visits("dsl.custom_root")
    def custom_root(self, op: ir.Operation) -> None:
        if any(r in self.varied for r in op.results):
            user_rules.refuse_captures(op, self.varied)
            dots = [self.tangent(op.operands[k]) for k in user_rules.floats(op.operands)]
            self.tangents.update(zip(op.results, implicit.tangents(op, dots, forward_block), strict=True))

    # the tape: tangents are stored beside the primals

    @visits("dsl.push")
    def push(self, op: ir.Operation) -> None:
        values = list(op.operands)
        moving = self.taped[tape_site(op)]
        with ir.InsertionPoint(op), op.location:
            emit("dsl.push", [*values, *(self.tangent(values[k]) for k in moving)], **edit.dict_attributes(op))
        op.erase()

    @visits("dsl.pop")
    def pop(self, op: ir.Operation) -> None:
        moving = self.taped[tape_site(op)]
        if moving:
            self._grow(op, moving, [])
