"""Constant loops are written out where that makes a small local array numbers.

Before: `for %i = 0 to 10 { %a[%i] = ... }; for %i = 0 to 10 { for %j = 0 to %i { ... %a[%j] ... } }`, of 10 elements.
After: 10 elements are made, and used 45 times, at places that are constants (small_arrays.py takes them apart).

An array whose places are known only at run time lies in memory, and each element that a derivative needs goes on a
tape; numbers lie in registers, and the integer arithmetic of indices and bounds (those of a triangle) folds. Where no
array is gained a loop stays: short code in the cache, and elements that follow each other in vectors, are worth more.

Which loops: those whose numbers the places and, in turn, their bounds are made of. What is gained is gained each time
that a loop around them turns, so that there must be one; the arrays in the most loops come first. The price is what the
loops make when they are written out, in operations on floats, and they are taken as long as the price of all stays in
bounds: the code of a function grows by no more than that. Loops that spend their time in functions (`exp`) stay: LLVM
computes several of those at once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from iree.compiler import ir, passmanager

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import is_float
from dsl.passes.ir.limits import DEAR_OPERATION, SMALL_ARRAY, UNROLLED_NEST

from .array_webs import open_accesses
from .unroll import write_iterations

_LEAVES = "dsl.leaves"  # marks a loop, and the copies of it, until it is written out
Numbers = dict[ir.Value, int]


def unroll_nests(module: ir.Module) -> None:
    """Write out such loops in every function."""
    for func in module.body.operations:
        body = edit.entry_block(func.operation)
        loops = _chosen(body)
        if loops:
            for loop in loops:
                loop.attributes[_LEAVES] = ir.UnitAttr.get(loop.context)
            _write_out_marked(func.operation, body)


def _chosen(body: ir.Block) -> list[ir.Operation]:
    """The loops to write out."""
    arrays = [_loops_of(index for indices in accesses for index in indices) for accesses in open_accesses(body)]
    gains = [(_depth(loops), loops) for loops in arrays if loops]
    found: list[ir.Operation] = []
    for depth, loops in sorted(gains, key=lambda gain: -gain[0]):
        wanted = [*found, *(loop for loop in loops if loop not in found)]
        if depth and _price(loops).pays and _price(wanted).is_in_bounds:
            found = wanted
    return found


def _depth(loops: list[ir.Operation]) -> int:
    """In how many other loops the innermost of some loops stands."""
    most = 0
    for loop in loops:
        around, depth = loop.parent, 0
        while around is not None:
            depth += around.operation.name in ops.LOOPS and around.operation not in loops
            around = around.operation.parent
        most = max(most, depth)
    return most


def _loops_of(values: Iterable[ir.Value]) -> list[ir.Operation] | None:
    """The loops by whose numbers alone integers, and the bounds of these loops, are known; None: more is needed."""
    found: list[ir.Operation] = []
    seen: set[ir.Value] = set()
    todo = list(values)
    while todo:
        value = todo.pop()
        if value in seen:
            continue
        seen.add(value)
        op = edit.defining_op(value)
        if op is None:
            loop = value.owner.owner.operation
            if loop.name != "scf.for" or ir.BlockArgument(value).arg_number != 0:
                return None
            found.append(loop)
            todo += list(loop.operands)[:3]
        elif not ops.row(op).pure or is_float(value.type) or any(is_float(v.type) for v in op.operands):
            return None
        else:
            todo += op.operands
    return found


@dataclass
class _Price:
    """What there is of operations on floats and arrays; `dear` are those that take many cycles."""

    plain: int = 0
    dear: int = 0

    @property
    def is_in_bounds(self) -> bool:
        return self.plain + self.dear <= UNROLLED_NEST

    @property
    def pays(self) -> bool:
        return self.is_in_bounds and self.dear * DEAR_OPERATION <= self.plain

    def loop(self, loop: ir.Operation, loops: list[ir.Operation], numbers: Numbers) -> None:
        """Add a loop that is written out, as are others of `loops` inside. What is beyond the bound is not counted."""
        turns = _turns(loop, numbers)
        if turns is None or len(turns) > SMALL_ARRAY:
            self.plain += UNROLLED_NEST + 1
            return
        body = edit.entry_block(loop)
        for turn in turns:
            if self.is_in_bounds:
                self.block(body, loops, {**numbers, body.arguments[0]: turn})

    def block(self, block: ir.Block, loops: list[ir.Operation], numbers: Numbers) -> None:
        for op in edit.operations(block):
            if op in loops:
                self.loop(op, loops, numbers)
            elif len(op.regions):
                self.plain += 1
                for inner in edit.blocks(op):
                    self.block(inner, loops, numbers)
            elif any(is_float(result.type) for result in op.results):
                known = ops.row(op)
                is_dear = known.rule and not (known.cheap or known.moves)
                self.dear += is_dear
                self.plain += not is_dear


def _price(loops: list[ir.Operation]) -> _Price:
    """Of writing out some loops."""
    price = _Price()
    for loop in loops:
        around = loop.parent
        while around is not None and around.operation not in loops:
            around = around.operation.parent
        if around is None:
            price.loop(loop, loops, {})
    return price


def _turns(loop: ir.Operation, numbers: Numbers) -> range | None:
    bounds = [number for v in list(loop.operands)[:3] if (number := _number(v, numbers)) is not None]
    return range(*bounds) if len(bounds) == 3 and bounds[2] > 0 else None


integers = ops.Visitors()
integers("arith.addi")(operator.add)
integers("arith.subi")(operator.sub)
integers("arith.muli")(operator.mul)
integers("arith.minsi")(min)
integers("arith.maxsi")(max)
integers("arith.index_cast")(lambda a: a)
integers("arith.select")(lambda c, a, b: a if c else b)
# as in C: towards zero
integers("arith.divsi")(lambda a, b: (a // b if (a < 0) == (b < 0) else -(-a // b)) if b else 0)
_COMPARISONS: dict[int, Callable[[int, int], bool]] = {
    0: operator.eq, 1: operator.ne, 2: operator.lt, 3: operator.le, 4: operator.gt, 5: operator.ge
}  # fmt: skip


def _number(value: ir.Value, numbers: Numbers) -> int | None:
    """What an integer is, `numbers` being known, and then this one too; None where that takes more arithmetic."""
    if value not in numbers:
        op = edit.defining_op(value)
        found = None if op is None else _computed(op, numbers)
        if found is None:
            return None
        numbers[value] = found
    return numbers[value]


def _computed(op: ir.Operation, numbers: Numbers) -> int | None:
    if op.name == "arith.constant":
        return ir.IntegerAttr(op.attributes["value"]).value
    parts = [number for v in op.operands if (number := _number(v, numbers)) is not None]
    if len(parts) < len(op.operands):
        return None
    if op.name == "arith.cmpi":
        compare = _COMPARISONS.get(ir.IntegerAttr(op.attributes["predicate"]).value)
        return None if compare is None else int(compare(*parts))
    return integers[op.name](*parts) if op.name in integers else None


def _write_out_marked(func: ir.Operation, body: ir.Block) -> None:
    """Write out what is marked, outer loops first: what an outer one is in decides the bounds of an inner one."""
    cleaning = passmanager.PassManager.parse("func.func(canonicalize,cse)")
    while True:
        found = [op for op in _outermost(body) if edit.constant_range(op) is not None]
        for op in found:
            turns = edit.constant_range(op)
            assert turns is not None
            write_iterations(op, turns)
        cleaning.run(func)
        if not found:
            break
    for op in edit.walk(body):
        if _LEAVES in op.attributes:
            del op.attributes[_LEAVES]


def _outermost(body: ir.Block) -> list[ir.Operation]:
    outside = edit.walk(body, into=lambda op: _LEAVES not in op.attributes)
    return [op for op in outside if _LEAVES in op.attributes]
