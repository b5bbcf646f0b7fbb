"""Reverse mode: from `@f` to its adjoint `@f_vjp`.

The adjoint is the primal, extended to save what is needed, followed by its operations' reverses in opposite order:
a branch is reversed under the same condition, a loop by a loop that runs as many times. Each loop iteration pushes the
values that its reverse reads on a tape as its last act, and the reverse iteration pops them as its first; nested loops
make this a stack. What is pushed is chosen afterwards (`saving`), when all that is needed is known.

Sound because SSA values are the only state, and every path through the adjoint retraces one through the primal.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import Expr, constant, emit, is_float
from dsl.passes.ir.locations import derived
from dsl.passes.ir.ops import TURNS
from dsl.passes.ir.tape import tape_site
from dsl.passes.prepare.before_reverse import prepare
from dsl.passes.rules import RULES
from dsl.passes.rules.strong_zero import Strong

from . import array_cotangents, array_maps, checkpoint, cotangent_sums, implicit, unused, user_rules, whiles
from .activity import flow_of, holds_active_tape, tape_positions
from .forward import forward_block
from .scopes import Branch, Loop, Primal, Scope
from .storage import storage_plan


def reverse(module: ir.Module, name: str, wrt: Sequence[int], suffix="_vjp", used: Sequence[int] = ()) -> str:
    """Add the adjoint of `@name` to the module and return its name.

    The adjoint takes the primals, then a cotangent for each result of float type; it returns the results, then the
    cotangents of the arguments at the positions `wrt` (which must be of float type). `used` are results whose
    cotangents will not be zero: their adjoint needs less care (`unused`).
    """
    with module.context, ir.Location.unknown():
        func = edit.clone_function(edit.function(module, name), name + suffix)
        prepare(func)
        reverse_block(edit.entry_block(func), wrt, fresh_tape(module), used)
        edit.reset_signature(func)
    return name + suffix


def reverse_block(block: ir.Block, wrt: Sequence[int], tape: str, used: Sequence[int] = ()) -> None:
    """Turn a block, in place, into its adjoint: arguments and returned values grow as `reverse` says.

    The block may use values from outside; they count as constants."""
    inputs = [block.arguments[k] for k in wrt]
    cotangent_sums.settle(block)
    checkpoint.split_loops(block)
    checkpoint.isolate(block)
    _normalize_whiles(block, inputs)
    if user_rules.begin_adjoints(block, _active(block, inputs)):
        _normalize_whiles(block, inputs)
    flow = flow_of(block)
    live = flow.between(inputs, edit.terminator(block).operands)
    strength = unused.strongly(block, live, flow, used)
    Reverse(live, tape, tape_positions(block, live), strength).run(block, inputs)
    checkpoint.inline_checkpoints(block)
    user_rules.end_adjoints(block)


def _active(block: ir.Block, inputs: Sequence[ir.Value]) -> set[ir.Value]:
    return flow_of(block).between(inputs, edit.terminator(block).operands)


def _normalize_whiles(block: ir.Block, inputs: Sequence[ir.Value]) -> None:
    """Of the loops that are reversed: what they carry is active, or what they push and pop."""
    live = _active(block, inputs)
    taped = tape_positions(block, live)
    for op in reversed(list(edit.walk(block))):
        if op.name == "scf.while" and not whiles.is_normal(op):
            carried = (v for inner in edit.blocks(op) for v in (*inner.arguments, *op.results))
            if any(v in live for v in carried) or holds_active_tape(op, taped):
                whiles.normalize(op)


def fresh_tape(module: ir.Module) -> str:
    """A tape name that no operation of the module uses yet."""
    used = set()
    for func in module.body.operations:
        for op in edit.walk(edit.entry_block(func.operation)):
            if "tape" in op.attributes:
                used.update(ir.StringAttr(op.attributes["tape"]).value.split("."))
    return next(name for name in (f"t{k}" for k in itertools.count()) if name not in used)


visits = ops.Visitors()


@dataclass
class Reverse:
    """One run over one function."""

    active: set[ir.Value]
    tape: str
    taped: dict[tuple[str, int], list[int]]
    strength: unused.Strength
    loops: list[tuple[Loop, ir.Operation]] = field(default_factory=list)
    copies: int = 0

    def run(self, block: ir.Block, inputs: Sequence[ir.Value]) -> None:
        final = edit.terminator(block)
        name, location, values = final.name, final.location, list(final.operands)
        primal_ops = edit.operations(block)[:-1]
        final.erase()
        top = Scope(None, block, block)
        top.add_tensors = array_cotangents.add_tensors
        seeds = [(v, block.add_argument(v.type, location)) for v in values if is_float(v.type)]
        with ir.InsertionPoint(block):
            for value, seed in seeds:
                if value in self.active:
                    top.add(value, seed)
        self.block(top, primal_ops)
        with ir.InsertionPoint(block), location:
            emit(name, [*values, *(top.peek_or_zero(x) for x in inputs)])
        storage_plan.resolve(top, self.loops, self.tape)

    def block(self, scope: Scope, ops: Sequence[ir.Operation]) -> None:
        """Reverse the operations of the scope's primal block, last first."""
        for op in reversed(ops):
            with ir.InsertionPoint(scope.block), derived("adjoint", op.location):
                visits.get(op.name, Reverse.straight)(self, scope, op)

    def straight(self, scope: Scope, op: ir.Operation) -> None:
        if not len(op.results) or op.results[0] not in self.active:
            return
        g = scope.cts.pop(op.results[0], None)
        if g is None:
            return
        visit = array_cotangents.visits.get(op.name)
        if visit is not None:
            visit(scope, op, g, self.active)
            return
        z, operands = Primal(scope, op.results[0]), [Primal(scope, x) for x in op.operands]
        ct = self._strong(op, g) if op.results[0] in self.strength.strong else Expr(g)
        for contribution, operand in zip(RULES[op.name], op.operands, strict=True):
            if contribution is not None and operand in self.active:
                scope.add(operand, contribution(ct, z, *operands).value)

    def _strong(self, op: ir.Operation, g: ir.Value) -> Strong:
        def is_finite(factor: Expr) -> bool:
            return self.strength.is_finite(op, factor.original if isinstance(factor, Primal) else None)

        return Strong(g, is_finite)

    def seeds(self, scope: Scope, op: ir.Operation) -> dict[int, ir.Value]:
        """The cotangents of an operation's results, by position; they are consumed."""
        return {k: scope.cts.pop(r) for k, r in enumerate(op.results) if r in scope.cts}

    @visits("linalg.generic")
    def whole_arrays(self, scope: Scope, op: ir.Operation) -> None:
        array_maps.reverse_map(scope, op, self.seeds(scope, op).get(0), self.active)

    @visits("scf.if")
    def branch(self, scope: Scope, op: ir.Operation) -> None:
        seeds = self.seeds(scope, op)
        if not seeds and not holds_active_tape(op, self.taped):
            return
        condition = scope.primal(op.operands[0])
        edit.ensure_else(op)
        arms = [self._arm(scope, block, seeds) for block in edit.blocks(op)]
        touched = list(dict.fromkeys(v for arm in arms for v in arm.captured()))
        result = ir.Operation.create("scf.if", results=[v.type for v in touched], operands=[condition], regions=2)
        for arm, region in zip(arms, result.regions, strict=True):
            with ir.InsertionPoint(arm.block):
                emit("scf.yield", [_or_zero(arm.cts.get(v, scope.peek(v)), v) for v in touched])
            arm.block.append_to(region)
        for value, ct in zip(touched, result.results, strict=True):
            scope.cts[value] = ct

    def _arm(self, scope: Scope, forward: ir.Block, seeds: dict[int, ir.Value]) -> Branch:
        arm = Branch(scope, forward)
        final = edit.terminator(forward)
        with ir.InsertionPoint(arm.block):
            for k, seed in seeds.items():
                if final.operands[k] in self.active:
                    arm.add(final.operands[k], seed)
        self.block(arm, edit.operations(forward)[:-1])
        return arm

    @visits("scf.for")
    def counted(self, scope: Scope, op: ir.Operation) -> None:
        """Reverse an `scf.for`: a loop over the same range, with lower + last - k for the induction variable."""
        block = edit.entry_block(op)
        arguments = list(block.arguments)[1:]
        initial = list(op.operands)[3:]
        plan = self._plan(scope, op, [list(op.results), arguments])
        if plan is None:
            return
        bounds = [scope.primal(v) for v in list(op.operands)[:3]]
        loop = Loop(scope, block, bounds[0].type, [op.results[k].type for k in plan])
        loop.formulas[block.arguments[0]] = lambda: _mirrored(bounds, loop)
        self._body(scope, op, loop, plan, bounds, arguments, initial)

    @visits("scf.while")
    def conditional(self, scope: Scope, op: ir.Operation) -> None:
        """Reverse a normalised `scf.while`: a loop that runs as often as the primal counted."""
        before, after = edit.blocks(op)
        arguments = list(after.arguments)
        plan = self._plan(scope, op, [list(op.results), arguments, list(before.arguments)])
        if plan is None:
            return
        assert whiles.is_normal(op), "a loop that is reversed has not counted its iterations"
        count = scope.primal(op.results[len(op.results) - 1])
        bounds = [constant(0, count.type), count, constant(1, count.type)]
        loop = Loop(scope, after, count.type, [op.results[k].type for k in plan])
        loop.formulas = self._inductions(scope, loop, arguments, list(op.operands), lambda: _mirrored(bounds, loop))
        self._body(scope, op, loop, plan, bounds, arguments, list(op.operands))

    def _plan(self, scope: Scope, op: ir.Operation, related: list[list[ir.Value]]) -> list[int] | None:
        """The positions of the carried values with cotangents, None when there is nothing to reverse."""
        has_ct = any(r in scope.cts for r in op.results)
        if not has_ct and not holds_active_tape(op, self.taped):
            return None
        return [k for k, values in enumerate(zip(*related, strict=True)) if any(v in self.active for v in values)]

    def _body(self, scope, op, loop, plan, bounds, arguments, initial) -> None:
        seeds = self.seeds(scope, op)
        final = edit.terminator(loop.forward)
        carried = list(loop.block.arguments)[1:]
        with ir.InsertionPoint(loop.block):
            for k, ct in zip(plan, carried, strict=True):
                if final.operands[k] in self.active:
                    loop.add(final.operands[k], ct)
        self.block(loop, edit.operations(loop.forward)[:-1])
        captured = loop.accumulators
        with ir.InsertionPoint(loop.block):
            emit("scf.yield", [loop.peek_or_zero(v) for v in [*(arguments[k] for k in plan), *captured]])
        starts = [seeds[k] if k in seeds else edit.zero(op.results[k].type) for k in plan]
        starts += [scope.peek_or_zero(v) for v in captured]
        types = [s.type for s in starts]
        known = {TURNS: op.attributes[TURNS]} if TURNS in op.attributes else {}
        result = ir.Operation.create("scf.for", results=types, operands=[*bounds, *starts], regions=1, attributes=known)
        loop.block.append_to(result.regions[0])
        self.loops.append((loop, op))
        for value, ct in zip(captured, list(result.results)[len(plan):], strict=True):
            scope.cts[value] = ct
        for k, ct in zip(plan, list(result.results), strict=False):
            if initial[k] in self.active:
                scope.add(initial[k], ct)

    def _inductions(self, scope, loop, arguments, initial, index) -> dict[ir.Value, Callable[[], ir.Value]]:
        """Formulas for the carried integers that advance by an invariant step: start + index * step."""
        formulas = {}
        for argument, start, following in zip(arguments, initial, edit.terminator(loop.forward).operands, strict=True):
            steps = _advance(argument, following, loop)
            if steps:
                formulas[argument] = partial(_progression, scope, start, steps, index)
        return formulas

    @visits("dsl.pop")
    def pop(self, scope: Scope, op: ir.Operation) -> None:
        """The reverse of a pop pushes the cotangents, which the reverse of the push then finds in its order."""
        positions = self.taped.get(tape_site(op))
        if positions:
            cts = [_or_zero(scope.cts.pop(op.results[k], None), op.results[k]) for k in positions]
            emit("dsl.push", cts, **_ct_tape(op, self.tape))

    @visits("dsl.push")
    def push(self, scope: Scope, op: ir.Operation) -> None:
        positions = self.taped.get(tape_site(op))
        if positions:
            popped = emit("dsl.pop", [], [op.operands[k].type for k in positions], **_ct_tape(op, self.tape))
            for k, ct in zip(positions, popped.results, strict=True):
                scope.add(op.operands[k], ct)

    @visits("dsl.checkpoint")
    def checkpointed(self, scope: Scope, op: ir.Operation) -> None:
        """Run the region again, with a tape of its own, and reverse that."""
        seeds = self.seeds(scope, op)
        if not seeds:
            return
        wrt = [k for k, x in enumerate(op.operands) if x in self.active]
        primals = [scope.primal(x) for x in op.operands]
        cts = [seeds.get(k, None) for k, r in enumerate(op.results) if is_float(r.type)]
        floats = [r for r in op.results if is_float(r.type)]
        cts = [_or_zero(ct, r) for ct, r in zip(cts, floats, strict=True)]
        with ir.InsertionPoint(op):
            copy = op.clone()
        types = [*(r.type for r in op.results), *(primals[k].type for k in wrt)]
        again = ir.Operation.create("dsl.vjp", results=types, operands=[*primals, *cts], regions=1)
        edit.entry_block(copy).append_to(again.regions[0])
        copy.erase()
        self.copies += 1
        block = edit.entry_block(again)
        checkpoint.guard_loops(block)
        used = [k for k, r in enumerate(op.results) if r in self.strength.used]
        reverse_block(block, wrt, f"{self.tape}.c{self.copies}", used)
        found = list(zip(wrt, again.results[len(op.results) :]))
        marker = emit("dsl.detached", [ct for _, ct in found])
        edit.splice(again, block)
        for (k, _), ct in zip(found, list(marker.operands), strict=True):
            scope.add(op.operands[k], ct)
        marker.erase()

    @visits("dsl.adjoint")
    def adjoint(self, scope: Scope, op: ir.Operation) -> None:
        """The rule that `custom_vjp` was given."""
        seeds = self.seeds(scope, op)
        if not seeds:
            return
        residuals, primals = user_rules.adjoint_parts(op)
        cts = [_or_zero(seeds.get(k), op.results[k]) for k in user_rules.floats(op.results)]
        found = user_rules.run_region(edit.entry_block(op), [*(scope.primal(r) for r in residuals), *cts])
        for k, ct in zip(user_rules.floats(primals), found, strict=True):
            if primals[k] in self.active:
                scope.add(primals[k], ct)

    @visits("dsl.custom_jvp")
    def custom_jvp(self, scope: Scope, op: ir.Operation) -> None:
        """Reverse the tangent region with respect to the tangents, in which it is linear."""
        seeds = self.seeds(scope, op)
        if not seeds:
            return
        user_rules.refuse_captures(op, self.active)
        inputs, outputs, count = user_rules.floats(op.operands), user_rules.floats(op.results), len(op.operands)
        primals = [scope.primal(x) for x in op.operands]
        again = user_rules.detached_copy(op, 1)
        block = edit.entry_block(again)
        self.copies += 1
        used = [len(op.results) + j for j, k in enumerate(outputs) if op.results[k] in self.strength.used]
        reverse_block(block, range(count, count + len(inputs)), f"{self.tape}.c{self.copies}", used)
        zeros = [edit.zero(op.operands[k].type) for k in inputs] + [edit.zero(op.results[k].type) for k in outputs]
        cts = [_or_zero(seeds.get(k), op.results[k]) for k in outputs]
        found = user_rules.run_region(block, [*primals, *zeros, *cts])[-len(inputs) :]
        edit.erase(again)
        for k, ct in zip(inputs, found, strict=True):
            if op.operands[k] in self.active:
                scope.add(op.operands[k], ct)

    @visits("dsl.custom_root")
    def custom_root(self, scope: Scope, op: ir.Operation) -> None:
        """Solve the transposed linear system at the solution, and reverse the residual once."""
        seeds = self.seeds(scope, op)
        if not seeds:
            return
        user_rules.refuse_captures(op, self.active)
        values = [scope.primal(r) for r in op.results], [scope.primal(x) for x in op.operands]
        cts = [_or_zero(seeds.get(k), r) for k, r in enumerate(op.results)]
        self.copies += 1
        again = partial(reverse_block, tape=f"{self.tape}.c{self.copies}")
        found = implicit.cotangents(op, values, cts, forward_block, again)
        for k, ct in zip(user_rules.floats(op.operands), found, strict=True):
            if op.operands[k] in self.active:
                scope.add(op.operands[k], ct)


def _or_zero(ct: ir.Value | None, like: ir.Value) -> ir.Value:
    return edit.zero(like.type) if ct is None else ct


def _mirrored(bounds: list[ir.Value], loop: Loop) -> ir.Value:
    """The forward induction variable in the reverse loop: lower + last - k."""
    lower, upper, step = (Expr(v) for v in bounds)
    last = lower + ((upper - 1 - lower) / step) * step
    return (lower + last - Expr(loop.block.arguments[0])).value


def _advance(argument: ir.Value, following: ir.Value, loop: Loop) -> list[ir.Value]:
    """The invariant steps whose sum a carried integer advances by, none where it does otherwise."""
    steps = []
    while following != argument:
        op = edit.defining_op(following)
        if op is None or op.name != "arith.addi" or not loop.owns(following):
            return []
        first, second = op.operands
        following, step = (second, first) if _is_invariant(first, loop) else (first, second)
        if not _is_invariant(step, loop):
            return []
        steps.append(step)
    return steps


def _is_invariant(value: ir.Value, loop: Loop) -> bool:
    maker = edit.defining_op(value)
    return (maker is not None and maker.name == "arith.constant") or loop.owner(value) is not loop


def _progression(scope: Scope, start: ir.Value, steps: list[ir.Value], index: Callable[[], ir.Value]) -> ir.Value:
    total = Expr(scope.primal(steps[0]))
    for step in steps[1:]:
        total = total + Expr(scope.primal(step))
    return (Expr(scope.primal(start)) + Expr(index()) * total).value


def _ct_tape(op: ir.Operation, tape: str) -> dict[str, ir.Attribute]:
    """Where the cotangents of a push or pop go. The name holds the tape of this run: the function may already have
    cotangents of the same push from an earlier one."""
    name, _ = tape_site(op)
    return {"tape": ir.StringAttr.get(f"{name}.{tape}"), "site": op.attributes["site"]}

