"""Python ints that do not fit in 64 bits are failures.

Before: `%r = arith.addi %a, %b {dsl.checked} : i64`, an operation on Python ints (Builder.exact).
After: the operation, and behind it, unless its operands are known to be small enough, a `dsl.fail` with the condition
that its result is not what it would be without a limit.

What is known is in integer_ranges.py. Loops of a length that nothing bounds are taken to have at most LONG_LOOP turns
where that spares a check inside of them, and a `dsl.fail` before each makes it so.

The condition is the cheapest that the ranges allow: where one operand is a constant, or has a known sign, one
comparison of the other operand or of the result; else the signs of operands and result, and for products their upper
halves.

This is the first pass: what is differentiated has its checks, once, and what derivatives add computes integers that
were checked. Operations of which nothing depends on the result are removed before, as CPython would not mind them. A
loop that may run after a failure looks whether there was one, as the front end's do (`dsl.failed`), so that it ends.

What a loop tests is also computed once more when `break` has set the flag that ends it. CPython would not have tested
again, and nothing depends on the result: so a check among it counts only where no flag is set.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.cleanup import dead_code
from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import Expr, constant, emit
from dsl.passes.ir.limits import LONG_LOOP, STATED_TURNS
from dsl.passes.ir.ops import CHECKED, FLAGS, TOO_LARGE, TURNS, WITHIN, no_overflow

from .integer_ranges import Ranges
from .intervals import LEAST, MOST, Interval
from .known_conditions import settle_known

# of each operation the condition `(a, b, range of a, range of b, result)` that its result does not fit
overflows = ops.Visitors()


def check_overflow(module: ir.Module) -> None:
    """Give every operation of the module that is marked its check, where it needs one."""
    for view in module.body.operations:
        func = view.operation
        if len(func.regions[0].blocks) and (
            settle_known(func) or any(map(_marks, edit.walk(edit.entry_block(func))))
        ):
            _check_function(func)


def _marks(op: ir.Operation) -> list[str]:
    """What says of an operation that its result fits, or has to, or where it lies."""
    found = [mark for mark in (CHECKED, WITHIN) if mark in op.attributes]
    return [*found, FLAGS] if FLAGS in op.attributes and op.attributes[FLAGS] == no_overflow(op.context) else found


def _check_function(func: ir.Operation) -> None:
    dead_code.eliminate(func)
    ranges = Ranges(func)
    loops: list[ir.Operation] = []
    if ranges.overflowing and ranges.unbounded:
        bounded = Ranges(func, LONG_LOOP)
        if len(bounded.overflowing) < len(ranges.overflowing):
            ranges, loops = bounded, bounded.unbounded
    for op in ranges.impossible:
        op.erase()
    for loop in loops:
        _check_length(loop, ranges)
    for op in ranges.overflowing:
        _check(op, ranges)
    for node, turns in ranges.turns.items():
        if turns <= STATED_TURNS:
            node.op.attributes[TURNS] = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), turns)
    for op in edit.walk(edit.entry_block(func)):
        for mark in _marks(op):
            if mark == FLAGS:
                op.attributes[FLAGS] = ir.Attribute.parse("#arith.overflow<none>")
            else:
                del op.attributes[mark]
    if loops or ranges.overflowing:
        _end_loops(edit.entry_block(func), False)


def _fail(condition: Expr, message: str) -> None:
    """At the insertion point."""
    for flag in _exits(ir.InsertionPoint.current.block):
        condition = condition & _not(Expr(flag))
    text = {"exception": ir.StringAttr.get("OverflowError"), "message": ir.StringAttr.get(message)}
    emit("dsl.fail", [condition.value], **text)


def _exits(block: ir.Block) -> list[ir.Value]:
    """The flags that end the loops in whose tests a block is."""
    around, found = block.owner.operation, []
    while around.name != "func.func":
        if around.name == "scf.while" and block == edit.entry_block(around):
            negated = [_negated(test) for test in _conjuncts(edit.terminator(block).operands[0])]
            found += [value for value in negated if value is not None and value.owner == block]
        block = around.block
        around = block.owner.operation
    return found


def _conjuncts(condition: ir.Value) -> list[ir.Value]:
    """The conditions of which all must hold."""
    maker = edit.defining_op(condition)
    if maker is None or maker.name != "arith.andi":
        return [condition]
    return [found for operand in maker.operands for found in _conjuncts(operand)]


def _negated(condition: ir.Value) -> ir.Value | None:
    """Of which condition this is the opposite."""
    maker = edit.defining_op(condition)
    if maker is None or maker.name != "arith.xori":
        return None
    mask = edit.defining_op(maker.operands[1])
    is_true = mask is not None and mask.name == "arith.constant" and ir.BoolAttr(mask.attributes["value"]).value
    return maker.operands[0] if is_true else None


# -- the checks


def _check(op: ir.Operation, ranges: Ranges) -> None:
    """A check behind an operation."""
    following = edit.operations(op.block)
    behind = following[following.index(op) + 1]
    with ir.InsertionPoint(behind), op.location:
        a, b = (Expr(value) for value in op.operands)
        x, y = (ranges.interval(value) for value in op.operands)
        _fail(overflows[op.name](a, b, x, y, Expr(op.results[0])), TOO_LARGE)


@overflows("arith.addi")
def _sum(a: Expr, b: Expr, x: Interval, y: Interval, r: Expr) -> Expr:
    for mine, known in ((a, y), (b, x)):
        if known[0] == known[1]:
            return mine > MOST - known[0] if known[0] > 0 else mine < LEAST - known[0]
        if known[0] >= 0:
            return r < mine
        if known[1] <= 0:
            return r > mine
    return _negative(_and(_xor(a, r), _xor(b, r)))


@overflows("arith.subi")
def _difference(a: Expr, b: Expr, x: Interval, y: Interval, r: Expr) -> Expr:
    if x == (0, 0):
        return b.equals(LEAST)
    if y[0] == y[1]:
        return a < LEAST + y[0] if y[0] > 0 else a > MOST + y[0]
    if y[0] >= 0:
        return r > a
    if y[1] <= 0:
        return r < a
    return _negative(_and(_xor(a, b), _xor(a, r)))


@overflows("arith.muli")
def _product(a: Expr, b: Expr, x: Interval, y: Interval, r: Expr) -> Expr:
    if x[0] == x[1]:
        a, b, x, y = b, a, y, x
    if y[0] == y[1]:
        return _multiple(a, x, y[0])
    if a.value == b.value:
        return _outside(a, x, -_ROOT, _ROOT)
    low, high = emit("arith.mulsi_extended", [a.value, b.value], [a.type, a.type]).results
    sign = Expr(emit("arith.shrsi", [low, constant(63, a.type)], [a.type]).result)
    return Expr(high).compare("ne", sign)


_ROOT = 3037000499  # the largest number whose square has 63 bits


def _multiple(a: Expr, x: Interval, factor: int) -> Expr:
    """Of a product with a constant that is neither 0 nor 1: these never overflow."""
    size = abs(factor)
    low, high = (LEAST, MOST) if factor > 0 else (-MOST, -LEAST)
    return _outside(a, x, -(-low // size), min(high // size, MOST))


def _outside(a: Expr, x: Interval, low: int, high: int) -> Expr:
    """Whether a number in `x` is not in [low, high], where it can be."""
    if x[0] >= low:
        return a > high
    if x[1] <= high:
        return a < low
    return Expr(emit("arith.ori", [(a < low).value, (a > high).value], [(a > high).type]).result)


@overflows("arith.shli")
def _shift(a: Expr, b: Expr, x: Interval, y: Interval, r: Expr) -> Expr:
    if y[0] == y[1]:
        return _outside(a, x, LEAST >> y[0], MOST >> y[0])
    return Expr(emit("arith.shrsi", [r.value, b.value], [r.type]).result).compare("ne", a)


def _xor(a: Expr, b: Expr) -> Expr:
    return Expr(emit("arith.xori", [a.value, b.value], [a.type]).result)


def _not(a: Expr) -> Expr:
    return _xor(a, Expr(constant(True, a.type)))


def _and(a: Expr, b: Expr) -> Expr:
    return Expr(emit("arith.andi", [a.value, b.value], [a.type]).result)


def _negative(a: Expr) -> Expr:
    return a < 0


# -- loops


def _check_length(loop: ir.Operation, ranges: Ranges) -> None:
    """An `scf.for` of more than LONG_LOOP turns fails."""
    low, high = Expr(loop.operands[0]), Expr(loop.operands[1])
    first = ranges.interval(low.value)
    with edit.before(loop):
        if first[0] == first[1] and first[1] <= MOST - LONG_LOOP:
            too_long = high > first[0] + LONG_LOOP
        else:
            turns = emit("arith.subi", [high.value, low.value], [high.type]).result
            unsigned = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 8)  # ugt
            many = emit("arith.cmpi", [turns, constant(LONG_LOOP, high.type)], [(high > low).type], predicate=unsigned)
            too_long = (high > low) & Expr(many.result)
        _fail(too_long, "a loop of more than 2**56 turns")


def _end_loops(block: ir.Block, may_have_failed: bool) -> bool:
    """Loops of a block that run where something may have failed end soon. Gives whether something may have at the
    end."""
    for op in edit.operations(block):
        if op.name == "scf.for" and may_have_failed and not _is_guarded(op):
            _skip_if_failed(op)
        may_have_failed |= op.name == "dsl.fail"
        inside = [_end_loops(inner, may_have_failed) for inner in edit.blocks(op)]
        may_have_failed |= any(inside)
        if op.name == "scf.while" and may_have_failed and not _looks(edit.entry_block(op)):
            _stop_if_failed(op)
    return may_have_failed


def _is_guarded(loop: ir.Operation) -> bool:
    """Whether a loop has constant bounds, or none of its turns where something has failed."""
    makers = [edit.defining_op(value) for value in loop.operands[:2]]
    if all(maker is not None and maker.name == "arith.constant" for maker in makers):
        return True
    choice = makers[1]
    asked = edit.defining_op(choice.operands[0]) if choice is not None and choice.name == "arith.select" else None
    return asked is not None and asked.name == "dsl.failed"


def _looks(block: ir.Block) -> bool:
    return any(op.name == "dsl.failed" for op in edit.operations(block))


def _failed() -> Expr:
    return Expr(emit("dsl.failed", [], [ir.IntegerType.get_signless(1)]).result)


def _skip_if_failed(loop: ir.Operation) -> None:
    with edit.before(loop):
        low, high = Expr(loop.operands[0]), Expr(loop.operands[1])
        loop.operands[1] = _failed().select(low, high).value


def _stop_if_failed(loop: ir.Operation) -> None:
    condition = edit.terminator(edit.entry_block(loop))
    with edit.before(condition):
        condition.operands[0] = (Expr(condition.operands[0]) & _not(_failed())).value
