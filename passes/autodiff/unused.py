"""Which operations may meet the cotangent of a value that was not used, where their own derivative may not be finite.

`t = sqrt(x); return t if x > 0 else 0.0` gives t the cotangent zero at 0, where the derivative of the square root is
infinite. Such operations are differentiated with strong products (passes/rules/strong_zero.py); all others with plain
ones, which cost less.

A value is *used* when on every path that computes it something differentiates it: it is returned, or an operand of an
operation whose result is used and which passes a cotangent on always (not one that chooses between its operands); in
a branch both arms must use it, a loop counts only if it runs for certain, and what a loop carries must be used both
by the next iteration and behind the loop. This is the greatest solution of those conditions, found by taking away.
The elements of an array count as not used: each may be overwritten, or never read.

Where its own result is finite, as that of a root, an operation takes strong products wherever it is not used. Where it
is not, as that of a quotient, CPython mostly raises, and NumPy warns: such operations take them where not used by
choice only; for what is merely carried by a loop beyond its last use, or stored in an array, they would cost every
loop more than they are worth. What comes from the first kind takes them where it is not used by choice, as its own
derivatives hold infinite values; what comes from the second does not. A derivative that has strong products itself
holds infinite values by its nature: there both kinds are treated as the first.

An operation whose operands are for certain away from where its derivatives are not finite (float_bounds.py: the root of
x * x + 1, a quotient by 9.81) is of neither kind.

What does not come from the second kind has finite values itself. Only derivatives of derivatives meet infinite ones:
strong products with such factors are marked `finite`, and are plain ones when nothing more is differentiated.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import is_tensor
from dsl.passes.prepare.float_bounds import Bounds, is_regular
from dsl.passes.rules import RULES

from .activity import Flow, reachable

visits = ops.Visitors()
STRONG, SINGULAR, CUSP = (ops.having(fact) for fact in ("strong", "singular", "cusp"))
_EXPONENTIALS = ops.having("exponential")
_LINEAR = ops.having("linear")

Key = ir.Value | tuple[ir.Value, int]  # with the number of an arm: what happens in it to a value from outside


def strongly(block: ir.Block, live: set[ir.Value], flow: Flow, used_results: Sequence[int]) -> Strength:
    """What to differentiate with strong products in a block whose returned values at `used_results` have cotangents
    other than zero."""
    used = Uses(live).of(block, used_results)
    bounds = Bounds(block)
    ruled = [op for op in edit.walk(block) if op.name in RULES and op.name not in _LINEAR]
    ruled = [op for op in ruled if not is_regular(op, bounds)]
    unused = [op for op in ruled if op.results[0] in live and op.results[0] not in used]
    holds_strong = any(op.name in STRONG for op in ruled)
    sources = SINGULAR if holds_strong else CUSP
    strong = {op.results[0] for op in unused if op.name in sources}
    if len(strong) < len(unused):
        used_by_choice = LenientUses(live).of(block, used_results)
        left_out = [op for op in unused if op.results[0] not in used_by_choice]
        steep = reachable(flow.forward, (op.results[0] for op in ruled if op.name in sources))
        strong |= {
            op.results[0]
            for op in left_out
            if op.name in SINGULAR or any(v in steep for v in (*op.operands, *op.results))
        }
    infinite = None if holds_strong else reachable(_outside_arrays(flow), _infinite(block, ruled))
    return Strength(strong, infinite, used)


def _infinite(block: ir.Block, ruled: Iterable[ir.Operation]) -> Iterator[ir.Value]:
    """The values that may be infinite though what they are made of is not: those of operations of the second kind, and
    infinite constants. Overflow is not counted, that of an exponential as little as that of a product."""
    for op in ruled:
        if op.name in SINGULAR and op.name not in CUSP and not _is_exponential(op):
            yield op.results[0]
    for op in edit.walk(block):
        if op.name == "arith.constant" and math.isinf(edit.constant_float(op.results[0]) or 0.0):
            yield op.results[0]


def _outside_arrays(flow: Flow) -> dict[ir.Value, list[ir.Value]]:
    """Where values go but into arrays: what is stored there counts as finite."""
    return {v: [x for x in following if not is_tensor(x)] for v, following in flow.forward.items()}


def _is_exponential(op: ir.Operation) -> bool:
    """Whether an operation is an exponential, or a quotient by one, which is another."""
    if op.name == "arith.divf":
        divisor = edit.defining_op(op.operands[1])
        return divisor is not None and divisor.name in _EXPONENTIALS
    return op.name in _EXPONENTIALS


def moved_by_products(block: ir.Block, varied: set[ir.Value], flow: Flow) -> set[ir.Value]:
    """The values whose tangents may be zero by accident, as that of x * x at 0, because products with other values lead
    to them. Where nothing moves a value its tangent is zero by all ways; for these the two are not told apart."""
    sources, strong = [], set()
    for op in edit.walk(block):
        if op.name in STRONG:
            strong.add(op.results[0])
        elif op.name == "linalg.generic":
            if op.results[0] in varied and all(x in varied for x in list(op.operands)[:-1]):
                sources.append(op.results[0])
        elif op.name in RULES and op.name not in _LINEAR and op.name not in SINGULAR and op.results[0] in varied:
            if op.name not in ops.POLYNOMIAL or all(x in varied for x in op.operands):
                sources.append(op.results[0])
    forward = {v: [x for x in following if x not in strong] for v, following in flow.forward.items()}
    return reachable(forward, sources)


class Strength(NamedTuple):
    """The results of the operations whose derivatives are strong products, the values that may be infinite (None where
    all may), and those that are used."""

    strong: set[ir.Value]
    infinite: set[ir.Value] | None
    used: Container[Key]

    def is_finite(self, op: ir.Operation, value: ir.Value | None) -> bool:
        """Whether a value that the rule of an operation multiplies with is finite; None: one that it computes."""
        if self.infinite is None:
            return False
        singular = op.name in SINGULAR
        if value is None:
            return not singular and all(v not in self.infinite for v in (*op.operands, *op.results))
        return value not in self.infinite and not (singular and value == op.results[0])


class Uses:
    """The conditions under which values are used: for each the ways, and for a way what must be used itself."""

    def __init__(self, live: set[ir.Value]):
        self.live = live
        self.ways: dict[Key, list[tuple[Key, ...]]] = defaultdict(list)
        # around the block that is visited: the arm of a branch (its number, the other's) or a loop (whether it runs)
        self.around: list[tuple[int, int] | bool] = []
        self.depth: dict[ir.Value, int] = {}
        self.numbers = itertools.count()

    def of(self, block: ir.Block, used_results: Sequence[int]) -> set[Key]:
        self.visit(block)
        for k in used_results:
            self.use(edit.terminator(block).operands[k])
        return self.solution()

    def solution(self) -> set[Key]:
        used = set(self.ways)
        changed = True
        while changed:
            lost = [k for k in reversed(self.ways) if k in used and not self._holds(k, used)]
            used.difference_update(lost)
            changed = bool(lost)
        return used

    def _holds(self, key: Key, used: set[Key]) -> bool:
        return any(all(k in used for k in way) for way in self.ways[key])

    def use(self, value: ir.Value, *through: ir.Value) -> None:
        """`value` is used here if all of `through` are."""
        depth = self.depth.get(value)
        if depth is None or value not in self.live:
            return
        key: Key = value
        for around in self.around[depth:]:
            if around is False:
                return
            if around is not True:
                arm, other = (value, around[0]), (value, around[1])
                if arm not in self.ways and other not in self.ways:
                    self.ways[key].append((arm, other))
                key = arm
        self.ways[key].append(through)

    def visit(self, block: ir.Block) -> None:
        depth = len(self.around)
        self.depth.update((argument, depth) for argument in block.arguments)
        for op in edit.operations(block):
            self.depth.update((result, depth) for result in op.results)
            visits.get(op.name, type(self).straight)(self, op)

    def straight(self, op: ir.Operation) -> None:
        rule = RULES.get(op.name, ())[: ops.row(op).passes]
        for contribution, operand in zip(rule, op.operands):
            if contribution is not None:
                self.use(operand, op.results[0])

    def yielded(self, block: ir.Block, around: tuple[int, int] | bool, *targets: Sequence[ir.Value], skip: int = 0):
        """Visits a region; what it yields is used if the targets of its position all are."""
        self.around.append(around)
        self.visit(block)
        for value, *through in zip(list(edit.terminator(block).operands)[skip:], *targets, strict=True):
            self.carried(value, *through)
        self.around.pop()

    def carried(self, value: ir.Value, *through: ir.Value) -> None:
        """`value` goes on as each of `through`, on different paths."""
        self.use(value, *through)

    @visits("scf.if")
    def branch(self, op: ir.Operation) -> None:
        arms = edit.blocks(op)
        first, second = next(self.numbers), next(self.numbers)
        for block, around in zip(arms, ((first, second), (second, first)), strict=False):
            self.yielded(block, around, op.results)

    @visits("scf.for")
    def counted(self, op: ir.Operation) -> None:
        block = edit.entry_block(op)
        arguments, known = list(block.arguments)[1:], edit.constant_range(op)
        for value, argument, result in zip(list(op.operands)[3:], arguments, op.results, strict=True):
            self.carried(value, argument, *([] if known else [result]))
        self.yielded(block, bool(known), op.results, arguments)

    @visits("scf.while")
    def conditional(self, op: ir.Operation) -> None:
        before, after = edit.blocks(op)
        for value, argument in zip(op.operands, before.arguments, strict=True):
            self.use(value, argument)
        self.yielded(before, True, op.results, after.arguments, skip=1)
        self.yielded(after, False, before.arguments)

    @visits("dsl.checkpoint")
    def checkpointed(self, op: ir.Operation) -> None:
        block = edit.entry_block(op)
        for value, argument in zip(op.operands, block.arguments, strict=True):
            self.use(value, argument)
        self.yielded(block, True, op.results)


class LenientUses(Uses):
    """Values that are used somewhere on the paths of a loop, or stored: the least solution."""

    def solution(self) -> set[Key]:
        used: set[Key] = set()
        changed = True
        while changed:
            found = [k for k in reversed(self.ways) if k not in used and self._holds(k, used)]
            used.update(found)
            changed = bool(found)
        return used

    def carried(self, value: ir.Value, *through: ir.Value) -> None:
        for target in through:
            self.use(value, target)

    def straight(self, op: ir.Operation) -> None:
        super().straight(op)
        if (ops.row(op).moves or op.name == "linalg.generic") and isinstance(op.results[0].type, ir.RankedTensorType):
            for value in op.operands:
                self.use(value)
