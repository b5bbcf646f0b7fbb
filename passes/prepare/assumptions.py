"""What conditions tell of integers where they hold.

A condition is taken apart: `a and b` holds where both do, and a branch of which one arm gives False took the other one;
`%i < %n` bounds %i by what is known of %n, and %n by what is known of %i; and what is so known of `i + n if i < 0 else
i` tells of i. Everything learnt ends where the condition does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .intervals import ALL, LEAST, MOST, UNKNOWN, Interval, Node, both, hull, without

_OPPOSITE = {0: 1, 1: 0, 2: 5, 3: 4, 4: 3, 5: 2}  # of predicates: eq ne slt sle sgt sge
_SWAPPED = {0: 0, 1: 1, 2: 4, 3: 5, 4: 2, 5: 3}


class Assumptions:
    """Intervals of values, and what is assumed of them where the walk is."""

    def __init__(self):
        self.makers: dict[int, Node] = {}
        self.known: dict[int, Interval] = {}
        self.narrowed: dict[int, Interval] = {}  # what conditions add

    def of(self, value: int) -> Interval | None:
        """What is known of a value here; None of one that is made by nothing that runs."""
        found, more = self.known.get(value), self.narrowed.get(value)
        return found if found is None or more is None else both(found, more)

    @contextmanager
    def where(self, condition: int, holds: bool) -> Iterator[bool]:
        """Inside, a condition holds, or does not. Gives whether that may be."""
        outer, self.narrowed = self.narrowed, dict(self.narrowed)
        yield self.suppose(condition, holds)
        self.narrowed = outer

    def suppose(self, condition: int, holds: bool) -> bool:
        """From here on a condition holds, or does not; False if that cannot be."""
        found = self.of(condition)
        if found is None or not found[0] <= holds <= found[1]:
            return False
        self.narrowed[condition] = (int(holds), int(holds))
        node = self.makers.get(condition)
        if node is None:
            return True
        if node.name == "arith.xori" and self.of(node.operands[1]) == (1, 1):
            return self.suppose(node.operands[0], not holds)
        if (node.name, holds) in (("arith.andi", True), ("arith.ori", False)):
            return all([self.suppose(operand, holds) for operand in node.operands])
        if node.name in ("arith.andi", "arith.ori"):
            return self._decided_by_one(node, holds)
        if node.name == "scf.if" and len(node.blocks) == 2:
            return self._chosen_arm(node, node.results.index(condition), holds)
        if node.name == "arith.cmpi" and not node.of_bits:
            predicate = UNKNOWN if node.number is None else node.number
            return self._compared(predicate if holds else _OPPOSITE.get(predicate, UNKNOWN), *node.operands)
        return True

    def _decided_by_one(self, node: Node, holds: bool) -> bool:
        """`a and b` does not hold though a does: then b does not."""
        for one, other in ((0, 1), (1, 0)):
            if self.of(node.operands[one]) == (int(not holds), int(not holds)):
                return self.suppose(node.operands[other], holds)
        return True

    def _chosen_arm(self, node: Node, k: int, holds: bool) -> bool:
        """`a and b` is a branch of which one arm gives False: where it holds, the other arm was taken."""
        given = [arm.end[k] for arm in node.blocks]
        for taken, other in ((0, 1), (1, 0)):
            if self.of(given[other]) == (int(not holds), int(not holds)):
                return self.suppose(node.operands[0], taken == 0) and self.suppose(given[taken], holds)
        return True

    def _compared(self, predicate: int, a: int, b: int) -> bool:
        for order, x, y in ((predicate, a, b), (_SWAPPED.get(predicate, UNKNOWN), b, a)):
            mine, other = self.of(x), self.of(y)
            if mine is None or other is None:
                return False
            bound = {0: other, 2: (LEAST, other[1] - 1), 3: (LEAST, other[1]), 4: (other[0] + 1, MOST),
                     5: (other[0], MOST), 1: without(mine, other)}.get(order, ALL)
            narrower = both(mine, bound)
            if narrower[0] > narrower[1]:
                return False
            self.narrowed[x] = narrower
            self._chosen(x, narrower)
        return True

    def _chosen(self, value: int, found: Interval) -> None:
        """What is known of `i + n if i < 0 else i` tells of i."""
        node = self.makers.get(value)
        if node is None or node.name != "arith.select":
            return
        condition, *arms = node.operands
        (source, _), (other, _) = made = [self._shifted(arm) for arm in arms]
        if source != other:
            return
        parts = None
        for (_, shift), holds in zip(made, (True, False)):
            with self.where(condition, holds) as possible:
                here = self.of(source) if possible else None
            if here is not None:
                if not LEAST <= here[0] + shift <= here[1] + shift <= MOST:
                    return
                part = both(here, (found[0] - shift, found[1] - shift))
                parts = hull(parts, part) if part[0] <= part[1] else parts
        if parts is not None:
            self.narrowed[source] = parts

    def _shifted(self, value: int) -> tuple[int, int]:
        """(x, n) of x + n with a known number n; n is 0 for all else."""
        node = self.makers.get(value)
        number = self.of(node.operands[1]) if node is not None and node.name == "arith.addi" else None
        return (node.operands[0], number[0]) if node and number and number[0] == number[1] else (value, 0)
