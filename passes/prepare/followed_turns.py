"""How many turns a loop has whose values decide it in ways that a rate of change does not tell: `n = n // 2`, `length
*= 2`, `bit >>= 1`. It is followed, turn by turn, with intervals in place of numbers, until its condition cannot hold.

Only what the condition depends on is computed, by the rules of intervals.py; what has none, as the results of loops
inside, is taken to be anything that integer_ranges.py knows it to be. Sound, because each turn's intervals hold all
that the values can be in that turn, and where one cannot begin none comes after.
"""

from __future__ import annotations

from dsl.passes.ir.limits import FOLLOWED_TURNS

from .assumptions import Assumptions
from .intervals import MOST, Block, Interval, Node, both, hull, makes, whole


def follow(ranges: Assumptions, loop: Node, start: list[Interval | None]) -> tuple[int, list[Interval | None]]:
    """The most turns of an `scf.while` that starts with such values, and where the carried values of which something
    is seen lie; MOST and nothing where the end is not seen soon."""
    needed = _needed(loop)
    nothing: list[Interval | None] = [None] * len(start)
    if needed.isdisjoint(loop.blocks[0].arguments):
        return MOST, nothing
    outer, state, seen = ranges.narrowed, list(start), list(start)
    try:
        for turn in range(FOLLOWED_TURNS):
            following = _turn(ranges, loop, needed, dict(outer), state)
            if following is None:
                within = [x if v in needed else None for v, x in zip(loop.blocks[0].arguments, seen)]
                return turn, within
            if following == state:
                break
            state, seen = following, [hull(*pair) for pair in zip(seen, following)]
    finally:
        ranges.narrowed = outer
    return MOST, nothing


def _turn(ranges: Assumptions, loop: Node, needed: set[int], narrowed: dict, state: list) -> list | None:
    """What a turn that begins with `state` hands on; None where it cannot begin."""
    (before, after), ranges.narrowed = loop.blocks, narrowed
    carried = [argument in needed and found is not None for argument, found in zip(before.arguments, state)]
    narrowed.update(pair for pair, is_carried in zip(zip(before.arguments, state), carried) if is_carried)
    condition, *passed = before.end
    _run(ranges, before, needed)
    if not ranges.suppose(condition, True):
        return None
    for argument, value in zip(after.arguments, passed):
        _learn(ranges, argument, ranges.of(value) if argument in needed else None)
    _run(ranges, after, needed)
    handed = [ranges.of(value) if is_carried else old for value, old, is_carried in zip(after.end, state, carried)]
    impossible = any(is_carried and (x is None or x[0] > x[1]) for x, is_carried in zip(handed, carried))
    return None if impossible else handed


def _learn(ranges: Assumptions, value: int, found: Interval | None) -> None:
    known = ranges.known.get(value)
    if found is not None and known is not None:
        ranges.narrowed[value] = both(known, found)


def _run(ranges: Assumptions, block: Block, needed: set[int]) -> None:
    for node in block.nodes:
        if needed.isdisjoint(node.results):
            continue
        if node.name == "arith.select":
            _learn(ranges, node.results[0], _either(ranges, node))
        elif node.name == "scf.if":
            _branch(ranges, node, needed)
        elif node.name in makes:
            _learn(ranges, node.results[0], _made(ranges, node))


def _made(ranges: Assumptions, node: Node) -> Interval | None:
    operands = [ranges.of(value) for value in node.operands]
    if not node.width or None in operands or any(x is not None and x[0] > x[1] for x in operands):
        return None
    found = makes[node.name](node, operands)
    low, high = whole(node.width)
    return found if found is None or node.fits or low <= found[0] <= found[1] <= high else None


def _either(ranges: Assumptions, node: Node) -> Interval | None:
    condition, *arms = node.operands
    found = None
    for arm, holds in zip(arms, (True, False)):
        with ranges.where(condition, holds) as possible:
            if possible:
                found = hull(found, ranges.of(arm))
    return found


def _branch(ranges: Assumptions, node: Node, needed: set[int]) -> None:
    found: list[Interval | None] = [None] * len(node.results)
    for block, holds in zip(node.blocks, (True, False)):
        with ranges.where(node.operands[0], holds) as possible:
            if possible:
                _run(ranges, block, needed)
                found = [hull(before, ranges.of(value)) for before, value in zip(found, block.end)]
    for result, interval in zip(node.results, found):
        _learn(ranges, result, interval if result in needed else None)


# -- what a condition depends on


def _needed(loop: Node) -> set[int]:
    before, after = loop.blocks
    condition, *passed = before.end
    needed, size = {condition}, 0
    while len(needed) > size:
        size = len(needed)
        needed.update(after.end[k] for k, value in enumerate(before.arguments) if value in needed)
        _add(after, needed)
        needed.update(value for argument, value in zip(after.arguments, passed) if argument in needed)
        _add(before, needed)
    return needed


def _add(block: Block, needed: set[int]) -> None:
    """What in a block makes what is needed, and what that needs."""
    for node in reversed(block.nodes):
        if needed.isdisjoint(node.results):
            continue
        if node.name == "scf.if":
            needed.add(node.operands[0])
            for inner in node.blocks:
                needed.update(value for value, result in zip(inner.end, node.results) if result in needed)
                _add(inner, needed)
        elif node.name in makes or node.name == "arith.select":
            needed.update(node.operands)
