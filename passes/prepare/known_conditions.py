"""Floats that are known to fit where they become integers, and integers known for where they come from.

Before: `%fits = %x < 2**63 and %x >= -2**63; dsl.fail(not %fits); %i = arith.fptosi (select %fits, %x, 0.0)`, of an %x
that is `min(max(y, 0.0), 9.0)`, and behind it the checks of an index %i.
After: `%fits` is that %x is not NaN, which was asked before, and %i is known to lie in 0 … 9: comparisons of it that
always give the same are constants.

The bounds of floats are in float_bounds.py. They say nothing of NaN: an integer is only taken to have them where what
is converted is chosen by an ordered comparison with the float, which does not hold of NaN. Intervals are those of
integer_ranges.py, `certain` ones: what is made a constant here guards memory also in a run that has failed. So the
comparisons of every index are settled that is known to be inside, as that of the nearest of k centres.
"""

from __future__ import annotations

import math

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import constant, emit
from dsl.passes.ir.ops import WITHIN

from .float_bounds import Bounds, Interval
from .integer_ranges import Ranges

_EQ, _GT, _GE, _LT, _LE, _ORDERED, _UNORDERED = 1, 2, 3, 4, 5, 7, 14  # predicates of arith.cmpf


def settle_known(func: ir.Operation) -> bool:
    """Mark the conversions of bounded floats with the interval of what they give, and make constants of what is so
    known; gives whether there are checks, some of which may be impossible now."""
    body = edit.entry_block(func)
    names = {op.name for op in edit.walk(body)}
    if "arith.fptosi" in names:
        bounds = Bounds(body)
        marked = [_mark(op, bounds) for op in edit.walk(body) if op.name == "arith.fptosi"]
        if any(marked):
            _settle_floats(body, bounds)
    if "dsl.fail" in names:
        _settle_integers(body, Ranges(func, certain=True))
    return "dsl.fail" in names


def _mark(op: ir.Operation, bounds: Bounds) -> bool:
    choice = edit.defining_op(op.operands[0])
    if choice is None or choice.name != "arith.select" or not isinstance(op.results[0].type, ir.IntegerType):
        return False
    condition, real, other = choice.operands
    otherwise = edit.constant_float(other)
    if otherwise is None or not _is_ordered(condition, real):
        return False
    low, high = bounds.of(real)
    low, high = min(low, otherwise), max(high, otherwise)
    most = 2.0 ** (op.results[0].type.width - 1)
    if not -most < low <= high < most:
        return False
    op.attributes[WITHIN] = ir.DenseI64ArrayAttr.get([math.trunc(low), math.trunc(high)], op.context)
    return True


def _is_ordered(condition: ir.Value, real: ir.Value) -> bool:
    """Whether a condition holds of no `real` that is NaN."""
    test = edit.defining_op(condition)
    if test is None or test.name not in ("arith.andi", "arith.cmpf"):
        return False
    if test.name == "arith.andi":
        return any(_is_ordered(part, real) for part in test.operands)
    return _EQ <= _predicate(test) <= _ORDERED and real in list(test.operands)


def _predicate(test: ir.Operation) -> int:
    return ir.IntegerAttr(test.attributes["predicate"]).value


def _settle_floats(body: ir.Block, bounds: Bounds) -> None:
    """Comparisons with numbers that hold never, or of all that is not NaN."""
    is_nan: dict[ir.Value, ir.Value] = {}
    for op in [op for op in edit.walk(body) if op.name == "arith.cmpf"]:
        a, b = op.operands
        if _predicate(op) == _UNORDERED and a == b:
            is_nan.setdefault(a, op.results[0])
            continue
        known = _outcome(_predicate(op), bounds.of(a), bounds.of(b))
        asked = _asked(op, is_nan) if known else None
        with edit.before(op):
            if known is False:
                op.results[0].replace_all_uses_with(constant(False, op.results[0].type))
            elif asked is not None:
                true = constant(True, asked.type)
                op.results[0].replace_all_uses_with(emit("arith.xori", [asked, true], [true.type]).result)


def _asked(op: ir.Operation, is_nan: dict[ir.Value, ir.Value]) -> ir.Value | None:
    """Whether the one of two operands that may be NaN is, where that is known before a comparison."""
    unknown = [value for value in op.operands if edit.constant_float(value) is None]
    asked = is_nan.get(unknown[0]) if len(unknown) == 1 else None
    return asked if asked is not None and edit.defining_block(asked) == op.block else None


def _outcome(predicate: int, a: Interval, b: Interval) -> bool | None:
    """What an ordered comparison gives of all that is not NaN; None where it depends."""
    if predicate in (_LT, _LE):
        predicate, a, b = {_LT: _GT, _LE: _GE}[predicate], b, a
    if predicate == _EQ:
        return False if a[1] < b[0] or b[1] < a[0] else None
    if predicate == _GT:
        return True if a[0] > b[1] else False if a[1] <= b[0] else None
    if predicate == _GE:
        return True if a[0] >= b[1] else False if a[1] < b[0] else None
    return None


def _settle_integers(body: ir.Block, ranges: Ranges) -> None:
    """Conditions that always have the same outcome."""
    bit = ir.IntegerType.get_signless(1, body.owner.context)
    for op in list(edit.walk(body)):
        if op.name == "arith.constant" or len(op.results) != 1 or op.results[0].type != bit:
            continue
        low, high = ranges.interval(op.results[0])
        if low == high:
            with edit.before(op):
                op.results[0].replace_all_uses_with(constant(low, bit))
