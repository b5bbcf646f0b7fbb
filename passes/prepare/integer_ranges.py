"""What is known of the integers of a function: for each an interval that it lies in, whatever the arguments.

Intervals are found by running through the function, once and again, until nothing changes: an operation's interval
comes from those of its operands, a loop-carried value's from where it starts and from what an iteration hands on. What
would grow with every round is taken to be as large as 64 bits allow, and then brought back in two rounds that only
narrow (Cousot & Cousot 1977). A condition counts where it holds: `%i < %n` in the body of the loop that it guards, and
the opposite of what a `dsl.fail` has looked for behind it.

A counter is more than its interval: `c += 1` in a loop of at most T iterations stays below its start plus T. So of
each loop-carried value it is also asked by how much an iteration changes it (`Ranges.change`).

Sound for runs in which nothing fails, and of those the results are all that is seen: what is checked to fit in 64 bits
fits, and what a check excludes is excluded. With `long` given, an `scf.for` is taken to have at most so many turns;
whoever relies on that puts a check before each loop in `unbounded`. What is `certain` holds in failed runs as well.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.limits import FOLLOWED_TURNS, LONG_COUNT, LONG_LOOP
from dsl.passes.ir.ops import CHECKED, INNER
from dsl.passes.ir.tape import tape_site, taped_values

from .assumptions import Assumptions
from .followed_turns import follow
from .intervals import (
    LEAST,
    MOST,
    Block,
    Interval,
    Node,
    both,
    hull,
    hull_of_known,
    is_empty,
    makes,
    most_turns,
    moved_by,
    span,
    take_attributes,
    whole,
)

_PLAIN_ROUNDS, _NARROWING_ROUNDS = 2, 2


visits = ops.Visitors()

class Ranges(Assumptions):
    """The intervals of a function. `overflowing`: the operations to be checked whose results may not fit in 64 bits;
    `impossible`: each `dsl.fail` that never fires; `unbounded`: the `scf.for`s of perhaps more than LONG_LOOP turns."""

    def __init__(self, function: ir.Operation, long: int | None = None, certain: bool = False):
        super().__init__()
        self.long, self.certain = long, certain
        self.widths: list[int] = []  # of each value in bits; 0 where it is no integer
        self._numbers: dict[ir.Value, int] = {}
        self.handed: dict[int, Interval | None] = {}  # what an iteration hands on, for each loop-carried value
        self.turns: dict[Node, int] = {}  # the most that a loop can have
        self.changes: dict[tuple[int, int], Interval | None] = {}
        self.cells: dict[tuple[str, int, int], int] = {}  # what is pushed at a site, as if it were a value
        self.pushed: dict[int, Interval | None] = {}  # the same, in one round
        self.grown: dict[int, int] = {}  # how often a loop-carried value got a larger interval
        self.round, self.changed, self.narrowing = 0, False, False
        self.overflowing: list[ir.Operation] = []
        self.impossible: list[ir.Operation] = []
        self.unbounded: list[ir.Operation] = []
        body = self._read(edit.entry_block(function))
        for value in body.arguments:
            self.known[value] = self.all_of(value)
        self._settle(body)

    # -- reading the function

    def _number(self, value: ir.Value) -> int:
        found = self._numbers.get(value)
        if found is None:
            found = self._numbers[value] = self._new(value.type)
        return found

    def _new(self, kind: ir.Type) -> int:
        is_index = isinstance(kind, ir.IndexType)
        self.widths.append(64 if is_index else kind.width if isinstance(kind, ir.IntegerType) else 0)
        return len(self.widths) - 1

    def _cell(self, site: tuple[str, int], k: int, kind: ir.Type) -> int:
        found = self.cells.get((*site, k))
        if found is None:
            found = self.cells[*site, k] = self._new(kind)
        return found

    def _read(self, block: ir.Block) -> Block:
        made = Block([self._number(argument) for argument in block.arguments])
        for op in edit.operations(block):
            operands, results = [self._number(v) for v in op.operands], [self._number(v) for v in op.results]
            width, of_bits = self.widths[results[0]] if results else 0, bool(operands) and self.widths[operands[0]] == 1
            node = Node(op, op.name, operands, results, width, of_bits)
            for inner in edit.blocks(op):
                node.blocks.append(self._read(inner))
            take_attributes(node)
            node.fits &= not self.certain
            if node.name in ("dsl.push", "dsl.pop"):
                site = tape_site(op)
                node.cells = [self._cell(site, k, value.type) for k, value in enumerate(taped_values(op))]
            self.makers.update((value, node) for value in node.results)
            made.nodes.append(node)
        return made

    # -- rounds

    def _settle(self, body: Block) -> None:
        self.changed = True
        while self.changed:
            self.changed = False
            self._go_through(body)
            self.round += 1
        self.narrowing = True
        for _ in range(_NARROWING_ROUNDS):
            self.overflowing, self.impossible, self.unbounded = [], [], []
            self._go_through(body)

    def _go_through(self, body: Block) -> None:
        self.pushed = {}
        self.visit(body)
        for cell, found in self.pushed.items():
            self.carry(cell, found)

    def interval(self, value: ir.Value) -> Interval:
        """What is known of a value wherever it is."""
        number = self._number(value)
        return self.known.get(number, self.all_of(number))

    def most_turns(self, loop: ir.Operation) -> int:
        """The most turns that a loop can have."""
        return next((turns for node, turns in self.turns.items() if node.op == loop), MOST)

    def all_of(self, value: int) -> Interval:
        return whole(self.widths[value])

    def put(self, value: int, found: Interval | None) -> None:
        """A value has this interval, and in earlier rounds had others."""
        if found is None or not self.widths[value]:
            return
        before = self.known.get(value)
        if before is not None and not self.narrowing:
            found = span([*before, *found])
        if found != before:
            self.known[value] = found
            self.changed = True

    def carry(self, value: int, found: Interval | None) -> None:
        """A loop-carried value starts as or becomes this; what grew some times goes as far as it can."""
        before = self.known.get(value)
        if found is not None and before is not None and not self.narrowing and hull(found, before) != before:
            self.grown[value] = self.grown.get(value, 0) + 1
            if self.grown[value] > _PLAIN_ROUNDS:
                low, high = self.all_of(value)
                found = low if found[0] < before[0] else before[0], high if found[1] > before[1] else before[1]
        self.put(value, found)

    # -- walking

    def visit(self, block: Block, then: Callable[[], None] = lambda: None) -> list[Interval | None]:
        """Goes through a block; gives what it hands on, as it is known at its end. `then` is run there."""
        outer = self.narrowed
        self.narrowed = dict(outer)
        for node in block.nodes:
            structure = visits.get(node.name)
            if structure is not None:
                structure(self, node)
            elif node.blocks:
                _opaque(self, node)
            elif node.results:
                self._compute(node)
        found = [self.of(value) for value in block.end]
        then()
        self.narrowed = outer
        return found

    def _compute(self, node: Node) -> None:
        result = node.results[0]
        if len(node.results) > 1 or not self.widths[result]:
            for value in node.results:
                self.put(value, self.all_of(value))
            return
        rule, operands = makes.get(node.name), [self.of(v) for v in node.operands]
        if self.certain and node.name == "dsl.failed":
            rule = None
        if rule is not None and None in operands:
            return
        found = rule(node, operands) if rule is not None else node.within
        low, high = limits = self.all_of(result)
        if found is None:
            found = limits
        elif not low <= found[0] <= found[1] <= high:
            found = both(found, limits) if node.fits else limits
            if node.fits and CHECKED in node.op.attributes:
                self.overflowing.append(node.op)
        self.put(result, found)

    def _stays_in_width(self, node: Node) -> bool:
        operands = [self.of(v) for v in node.operands]
        found = None if None in operands else makes[node.name](node, operands)
        low, high = self.all_of(node.results[0])
        return found is not None and low <= found[0] <= found[1] <= high

    def change(self, value: int, origin: int) -> Interval | None:
        """How much is added to `origin` to make `value`; None where it is made otherwise."""
        if value == origin:
            return 0, 0
        if (value, origin) not in self.changes:
            self.changes[value, origin] = self._change(value, origin)
        return self.changes[value, origin]

    def _change(self, value: int, origin: int) -> Interval | None:
        node = self.makers.get(value)
        if node is None or not self.widths[value]:
            return None
        if node.name in ("arith.addi", "arith.subi") and (node.fits or self._stays_in_width(node)):
            return self._changed_by(node, origin)
        if node.name == "arith.select":
            return hull_of_known([self.change(arm, origin) for arm in node.operands[1:]])
        if node.name in ("scf.if", "scf.for"):
            k = node.results.index(value)
            if node.name == "scf.if":
                return hull_of_known([self.change(block.end[k], origin) for block in node.blocks])
            body, turns = node.blocks[0], self.turns.get(node)
            start, each = self.change(node.operands[3 + k], origin), self.change(body.end[k], body.arguments[1 + k])
            if start is not None and each is not None and turns is not None:
                return start[0] + turns * min(each[0], 0), start[1] + turns * max(each[1], 0)
        return None

    def _changed_by(self, node: Node, origin: int) -> Interval | None:
        """`change` of a sum or difference."""
        for k in range(2 if node.name == "arith.addi" else 1):
            before, by = self.change(node.operands[k], origin), self.known.get(node.operands[1 - k])
            if before is not None and by is not None:
                low, high = by if node.name == "arith.addi" else (-by[1], -by[0])
                return before[0] + low, before[1] + high
        return None


# -- structures


@visits("arith.select")
def _choice(ranges: Ranges, node: Node) -> None:
    condition, *arms = node.operands
    found = None
    for arm, holds in zip(arms, (True, False)):
        with ranges.where(condition, holds) as possible:
            if possible:
                found = hull(found, ranges.of(arm))
    ranges.put(node.results[0], found)


@visits("dsl.fail")
def _failure(ranges: Ranges, node: Node) -> None:
    condition = node.operands[0]
    if ranges.of(condition) == (0, 0):
        ranges.impossible.append(node.op)
    if not ranges.certain:
        ranges.suppose(condition, False)


@visits("dsl.push")
def _push(ranges: Ranges, node: Node) -> None:
    for cell, value in zip(node.cells, node.operands):
        ranges.pushed[cell] = hull(ranges.pushed.get(cell), ranges.of(value))


@visits("dsl.pop")
def _pop(ranges: Ranges, node: Node) -> None:
    """Any of what is pushed at its site."""
    for value, cell in zip(node.results, node.cells):
        ranges.put(value, ranges.known.get(cell))


@visits("scf.if")
def _branch(ranges: Ranges, node: Node) -> None:
    found: list[Interval | None] = [None] * len(node.results)
    for block, holds in zip(node.blocks, (True, False)):
        with ranges.where(node.operands[0], holds) as possible:
            if possible:
                found = [hull(*pair) for pair in zip(found, ranges.visit(block))]
    for result, interval in zip(node.results, found):
        ranges.put(result, interval)


@visits("scf.for")
def _counted_loop(ranges: Ranges, node: Node) -> None:
    low, high, _, *initial = node.operands
    first, last, body = ranges.of(low), ranges.of(high), node.blocks[0]
    if first is None or last is None:
        return
    turns = ranges.turns[node] = max(last[1] - first[0], 0)
    if turns > LONG_LOOP:
        ranges.unbounded.append(node.op)
    if ranges.long is not None and turns > ranges.long:
        turns = ranges.turns[node] = ranges.long
        last = ranges.narrowed[high] = both(last, (LEAST, first[1] + turns))
    ranges.changes.clear()
    start = [ranges.of(value) for value in initial]
    changes = [ranges.change(value, argument) for value, argument in zip(body.end, body.arguments[1:])]
    bounds = [moved_by(turns, *pair) for pair in zip(start, changes)]
    if turns:
        outer, ranges.narrowed = ranges.narrowed, dict(ranges.narrowed)
        ranges.put(body.arguments[0], (first[0], last[1] - 1))
        ranges.narrowed[low] = both(first, (LEAST, last[1] - 1))
        ranges.narrowed[high] = both(last, (first[0] + 1, MOST))
        _carry(ranges, body.arguments[1:], start, bounds)
        ends = ranges.visit(body)
        ranges.handed.update(zip(body.arguments[1:], ends))
        ranges.narrowed = outer
        start = [hull(*pair) for pair in zip(start, ends)]
    for result, found, bound in zip(node.results, start, bounds):
        ranges.put(result, bound or found)


@visits("scf.while")
def _open_loop(ranges: Ranges, node: Node) -> None:
    before, after = node.blocks
    condition, *passed = before.end
    ranges.changes.clear()
    start = [ranges.of(value) for value in node.operands]
    changes = [_change_around(ranges, node, k) for k in range(len(start))]
    turns = most_turns(node, start, changes, ranges.known)
    seen: list[Interval | None] = [None] * len(start)
    if ranges.narrowing and turns > FOLLOWED_TURNS:
        followed, seen = follow(ranges, node, start)
        turns = min(turns, followed)
    ranges.turns[node] = turns
    if turns >= LONG_COUNT:
        changes = [change if change is not None and -1 <= change[0] <= change[1] <= 1 else None for change in changes]
    moved = [moved_by(min(turns, LONG_COUNT), *pair) for pair in zip(start, changes)]
    _carry(ranges, before.arguments, start, [x or y for x, y in zip(seen, moved)])

    def go_on() -> None:
        with ranges.where(condition, True) as possible:
            if possible:
                for argument, value in zip(after.arguments, passed):
                    ranges.put(argument, ranges.of(value))
                ranges.handed.update(zip(before.arguments, ranges.visit(after)))
        with ranges.where(condition, False) as possible:
            if possible and _suppose_handed(ranges, before.arguments, start):
                for result, value in zip(node.results, passed):
                    ranges.put(result, ranges.of(value))

    ranges.visit(before, go_on)


def _suppose_handed(ranges: Ranges, arguments: list[int], start: list[Interval | None]) -> bool:
    """Where one of the values of a loop cannot be what it starts as, each of them is what an iteration has handed on:
    behind a loop that ends by a flag, say, which is not set where it starts. Gives whether that may be."""
    here = [ranges.of(argument) for argument in arguments]
    if any(a is not None and b is not None and is_empty(both(a, b)) for a, b in zip(here, start)):
        for argument, found in zip(arguments, here):
            handed = ranges.handed.get(argument)
            if found is not None and handed is not None:
                ranges.narrowed[argument] = both(found, handed)
                if is_empty(ranges.narrowed[argument]):
                    return False
    return True


def _opaque(ranges: Ranges, node: Node) -> None:
    """A derivative, whose region gets the operands, or an operation of which nothing is known."""
    for block in node.blocks:
        known = [ranges.of(v) for v in node.operands] if node.name in INNER else []
        for argument, found in zip_longest(block.arguments, known[: len(block.arguments)]):
            ranges.put(argument, found or ranges.all_of(argument))
        ranges.visit(block)
    for result in node.results:
        ranges.put(result, ranges.all_of(result))


def _carry(ranges: Ranges, arguments: list[int], start: list, bounds: list) -> None:
    for argument, first, bound in zip(arguments, start, bounds):
        found = hull(first, ranges.handed.get(argument))
        if bound is not None:
            found = both(found, bound) if ranges.narrowing and found is not None else bound
        ranges.carry(argument, found)


def _change_around(ranges: Ranges, node: Node, k: int) -> Interval | None:
    """By how much an iteration of an `scf.while` changes its `k`-th value."""
    before, after = node.blocks
    for argument, value in zip(after.arguments, before.end[1:]):
        first = ranges.change(value, before.arguments[k])
        second = ranges.change(after.end[k], argument) if first is not None else None
        if first is not None and second is not None:
            return first[0] + second[0], first[1] + second[1]
    return None
