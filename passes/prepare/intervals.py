"""Intervals of integers, and what each operation makes of those of its operands, without regard to its width.

A rule is `(operation, intervals of the operands)`; None where it knows nothing. integer_ranges.py applies them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from iree.compiler import ir

from dsl.passes.ir import ops
from dsl.passes.ir.ops import CHECKED, FLAGS, WITHIN, no_overflow

Interval = tuple[int, int]

LEAST, MOST = -(2**63), 2**63 - 1
ALL = (LEAST, MOST)
UNKNOWN = -1  # a predicate that nothing is known of


@dataclass(eq=False, slots=True)
class Node:
    """An operation, read once: values are numbers, `blocks` the contents of its regions, `number` its attribute."""

    op: ir.Operation
    name: str
    operands: list[int]
    results: list[int]
    width: int  # of its first result in bits; 0 where that is no integer
    of_bits: bool  # its first operand is one bit, of which the set one is -1 to what looks at signs
    blocks: list[Block] = field(default_factory=list)
    number: int | None = None
    fits: bool = False  # it has a check, or needs none
    cells: list[int] = field(default_factory=list)  # of a push or pop: what stands for all that is pushed there
    within: Interval | None = None  # what a mark says of its result


@dataclass(eq=False, slots=True)
class Block:
    """The operations of a region."""

    arguments: list[int]
    nodes: list[Node] = field(default_factory=list)

    @property
    def end(self) -> list[int]:
        """What it hands on."""
        return self.nodes[-1].operands


def take_attributes(node: Node) -> None:
    """Read what a node's operation has besides operands."""
    attributes = node.op.attributes
    if node.name == "arith.constant":
        value = attributes["value"]
        if isinstance(value, ir.BoolAttr | ir.IntegerAttr):
            node.number = int(value.value)
    elif node.name == "arith.cmpi":
        node.number = ir.IntegerAttr(attributes["predicate"]).value
    elif node.name.startswith("arith.") and len(attributes):
        if WITHIN in attributes:
            low, high = ir.DenseI64ArrayAttr(attributes[WITHIN])
            node.within = low, high
        node.fits = CHECKED in attributes or (FLAGS in attributes and attributes[FLAGS] == no_overflow(node.op.context))


def whole(width: int) -> Interval:
    """All integers of a width; of another value, which nobody asks for, whatever."""
    return (0, 1) if width == 1 else (-(1 << (width - 1)), (1 << (width - 1)) - 1) if width else ALL


def both(a: Interval, b: Interval) -> Interval:
    """What is in both; the first end is above the second where nothing is."""
    return max(a[0], b[0]), min(a[1], b[1])


def is_empty(a: Interval) -> bool:
    return a[0] > a[1]


def hull(a: Interval | None, b: Interval | None) -> Interval | None:
    """The smallest interval that holds both, of which None holds nothing."""
    return b if a is None else a if b is None else (min(a[0], b[0]), max(a[1], b[1]))


def hull_of_known(parts: list[Interval | None]) -> Interval | None:
    """The hull of all, where all are known."""
    return None if None in parts or not parts else span([end for part in parts if part is not None for end in part])


def without(a: Interval, b: Interval) -> Interval:
    """`a`, less a single number at one of its ends."""
    if b[0] != b[1]:
        return a
    return a[0] + (a[0] == b[0]), a[1] - (a[1] == b[0])


def span(numbers: list[int]) -> Interval:
    return min(numbers), max(numbers)


makes = ops.Visitors()


makes("arith.constant")(lambda node, x: None if node.number is None else (node.number, node.number))
makes("arith.addi")(lambda node, x: (x[0][0] + x[1][0], x[0][1] + x[1][1]))
makes("arith.subi")(lambda node, x: (x[0][0] - x[1][1], x[0][1] - x[1][0]))
makes("arith.maxsi")(lambda node, x: (max(x[0][0], x[1][0]), max(x[0][1], x[1][1])))
makes("arith.minsi")(lambda node, x: (min(x[0][0], x[1][0]), min(x[0][1], x[1][1])))
makes("arith.index_cast", "arith.extsi")(lambda node, x: None if node.of_bits else x[0])
makes("arith.extui")(lambda node, x: x[0] if x[0][0] >= 0 else None)
makes("dsl.failed")(lambda node, x: (0, 0))


@makes("arith.muli")
def _product(node: Node, x: list[Interval]) -> Interval:
    if node.operands[0] == node.operands[1]:
        ends = [end * end for end in x[0]]
        return (0 if x[0][0] <= 0 <= x[0][1] else min(ends)), max(ends)
    return span([a * b for a in x[0] for b in x[1]])


@makes("arith.shli")
def _shifted(node: Node, x: list[Interval]) -> Interval | None:
    return span([a << b for a in x[0] for b in x[1]]) if 0 <= x[1][0] and x[1][1] < 64 else None


@makes("arith.shrsi")
def _shifted_down(node: Node, x: list[Interval]) -> Interval:
    low, high = x[1] if 0 <= x[1][0] and x[1][1] < 64 else (0, 63)
    return span([a >> b for a in x[0] for b in (low, high)])


@makes("arith.divsi")
def _quotient(node: Node, x: list[Interval]) -> Interval | None:
    """Towards zero; of divisors above zero."""
    if x[1][0] <= 0:
        return None
    return span([abs(a) // b * (1 if a > 0 else -1) for a in x[0] for b in x[1]])


@makes("arith.remsi")
def _remainder(node: Node, x: list[Interval]) -> Interval:
    """With the sign of the dividend."""
    most = max(abs(x[1][0]), abs(x[1][1]), 1) - 1
    return max(x[0][0], -most) if x[0][0] < 0 else 0, min(x[0][1], most) if x[0][1] > 0 else 0


@makes("arith.andi")
def _common_bits(node: Node, x: list[Interval]) -> Interval | None:
    if node.width == 1:
        return x[0][0] & x[1][0], x[0][1] & x[1][1]
    tops = [high for low, high in x if low >= 0]
    return (0, min(tops)) if tops else None


@makes("arith.ori")
def _united_bits(node: Node, x: list[Interval]) -> Interval | None:
    if node.width == 1:
        return x[0][0] | x[1][0], x[0][1] | x[1][1]
    return _within_bits(x)


@makes("arith.xori")
def _differing_bits(node: Node, x: list[Interval]) -> Interval | None:
    if node.width == 1:
        is_known = x[0][0] == x[0][1] and x[1][0] == x[1][1]
        return (x[0][0] ^ x[1][0], x[0][1] ^ x[1][1]) if is_known else None
    return _within_bits(x)


def _within_bits(x: list[Interval]) -> Interval | None:
    """Of numbers from zero on no bit is set above the highest of both."""
    return None if x[0][0] < 0 or x[1][0] < 0 else (0, (1 << max(x[0][1], x[1][1]).bit_length()) - 1)


@makes("arith.cmpi")
def _comparison(node: Node, x: list[Interval]) -> Interval | None:
    if node.of_bits and node.number not in (0, 1):
        return None
    (a, b), (c, d) = x
    apart, same = b < c or d < a, a == b == c == d
    always, never = {
        0: (same, apart), 1: (apart, same), 2: (b < c, a >= d), 3: (b <= c, a > d), 4: (a > d, b <= c),
        5: (a >= d, b < c),
    }.get(UNKNOWN if node.number is None else node.number, (False, False))  # fmt: skip
    return (1, 1) if always else (0, 0) if never else None


# --- loops ------------------------------------------------------------------------------------------------------------


def moved_by(turns: int, start: Interval | None, change: Interval | None) -> Interval | None:
    """Where a value can be in a loop of so many turns that each change it by so much; None where that is not known, or
    may be more than 64 bits."""
    if start is None or change is None:
        return None
    low, high = start[0] + turns * min(change[0], 0), start[1] + turns * max(change[1], 0)
    return (low, high) if LEAST <= low and high <= MOST else None


def most_turns(loop: Node, start: list, changes: list, known: dict[int, Interval]) -> int:
    """The most turns that an `scf.while` can have: what each turn moves one way is where the condition allows it
    when a turn begins. MOST where nothing tells."""
    before, body = loop.blocks
    found = MOST
    for argument, value in zip(body.arguments, before.end[1:]):
        inside = known.get(argument)
        for origin, first, change in zip(before.arguments, start, changes):
            if value == origin and inside is not None and first is not None and change is not None:
                if change[0] > 0:
                    found = min(found, max(inside[1] - first[0], -1) // change[0] + 1)
                elif change[1] < 0:
                    found = min(found, max(first[1] - inside[0], -1) // -change[1] + 1)
    return found
