"""Bounds of floats, told from the operations that made them: `x * x + 1e-3` is at least 1e-3.

`Bounds.of(value)` is an interval that holds the value wherever it is not NaN, its own roundings included: rounding is
monotone, so that what holds between bounds holds between the values. Only what the operations alone tell is known;
arguments, elements of arrays and what a loop carries may be anything. It is what tells derivatives that are finite for
certain, as that of a root away from 0, from those that may not be (`is_regular`; unused.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from iree.compiler import ir

from dsl.passes.ir import edit, ops

Interval = tuple[float, float]
ANYTHING: Interval = (-math.inf, math.inf)
# A bound nearer to 0 counts as 0, so that products of two are no subnormal numbers of f32.
SMALLEST = 2.0**-60
# Bounds are computed in f64 and widened by more than what f32 may round them by.
SLACK = 2.0**-20

bounded = ops.Visitors()


class Bounds:
    """The intervals of all scalars of a block and its regions."""

    def __init__(self, block: ir.Block):
        self.found: dict[ir.Value, Interval] = {}
        for op in edit.walk(block):
            rule = bounded.get(op.name)
            if rule is not None and str(op.results[0].type) in ("f64", "f32"):
                self.found[op.results[0]] = _outwards(rule(self, op, *map(self.of, op.operands)))

    def of(self, value: ir.Value) -> Interval:
        return self.found.get(value, ANYTHING)


def _outwards(interval: Interval) -> Interval:
    low, high = (0.0 if abs(bound) < SMALLEST else bound for bound in interval)
    return low if low == math.inf else low - SLACK * abs(low), high if high == -math.inf else high + SLACK * abs(high)


def _monotone(function: Callable[[float], float]) -> Callable[..., Interval]:
    return lambda bounds, op, x: (function(x[0]), function(x[1]))


def _always(low: float, high: float) -> Callable[..., Interval]:
    return lambda bounds, op, *operands: (low, high)


@bounded("arith.constant")
def _constant(bounds, op) -> Interval:
    known = edit.constant_float(op.results[0])
    return ANYTHING if known is None or math.isnan(known) else (known, known)


@bounded("arith.addf")
def _sum(bounds, op, a, b) -> Interval:
    return _or(a[0] + b[0], -math.inf), _or(a[1] + b[1], math.inf)


@bounded("arith.subf")
def _difference(bounds, op, a, b) -> Interval:
    return _or(a[0] - b[1], -math.inf), _or(a[1] - b[0], math.inf)


def _or(bound: float, otherwise: float) -> float:
    """Opposite infinities add to NaN: nothing is known then."""
    return otherwise if math.isnan(bound) else bound


@bounded("arith.mulf")
def _product(bounds, op, a, b) -> Interval:
    products = [_times(x, y) for x in a for y in b]
    if op.operands[0] == op.operands[1]:
        nearest = 0.0 if a[0] <= 0.0 <= a[1] else min(products)
        return nearest, max(products)
    return min(products), max(products)


def _times(x: float, y: float) -> float:
    # a bound that is infinite stands for numbers without end: 0 times any of them is 0
    return 0.0 if x == 0.0 or y == 0.0 else x * y


@bounded("arith.divf")
def _quotient(bounds, op, a, b) -> Interval:
    if b[0] <= 0.0 <= b[1]:
        return ANYTHING
    quotients = [x / y if math.isfinite(x) or math.isfinite(y) else math.copysign(0.0, x * y) for x in a for y in b]
    return min(quotients), max(quotients)


@bounded("arith.select")
def _choice(bounds, op, _condition, a, b) -> Interval:
    """Either of the two. The greater of a number and something else is no less than the number, also where that other
    is NaN; of two unknown ones it may be the smaller, if that is the one that is not NaN."""
    low, high = min(a[0], b[0]), max(a[1], b[1])
    numbers = [x for x in map(edit.constant_float, list(op.operands)[1:]) if x is not None]
    extremum = _extremum(op)
    if extremum is max:
        return max([low, *numbers]), high
    return low, high if extremum is None else min([high, *numbers])


def _extremum(op: ir.Operation) -> Callable | None:
    """Whether a choice is that of the greater or the smaller one of what its condition compares."""
    test = edit.defining_op(op.operands[0])
    if test is None or test.name != "arith.cmpf":
        return None
    compared, arms = [_known(value) for value in test.operands], [_known(value) for value in list(op.operands)[1:]]
    if compared not in (arms, arms[::-1]):
        return None
    first_is_greater = _ORDER.get(ir.IntegerAttr(test.attributes["predicate"]).value)
    if first_is_greater is None:
        return None
    return max if first_is_greater == (compared == arms) else min


def _known(value: ir.Value) -> ir.Value | float:
    """A value, or the number that it is."""
    number = edit.constant_float(value)
    return value if number is None else number


_ORDER = {2: True, 3: True, 4: False, 5: False}  # ogt, oge, olt, ole


@bounded("math.absf")
def _absolute(bounds, op, x) -> Interval:
    return max(0.0, x[0], -x[1]), max(-x[0], x[1])


@bounded("dsl.hypot")
def _hypotenuse(bounds, op, x, y) -> Interval:
    return max(_absolute(bounds, op, x)[0], _absolute(bounds, op, y)[0]), math.inf


@bounded("math.exp")
def _exponential(bounds, op, x) -> Interval:
    return _exp(x[0]), _exp(x[1])


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


bounded("math.sqrt")(_monotone(lambda x: math.sqrt(max(x, 0.0))))
bounded("arith.negf")(lambda bounds, op, x: (-x[1], -x[0]))
bounded("arith.extf", "arith.truncf")(lambda bounds, op, x: x)
bounded("arith.maximumf")(lambda bounds, op, a, b: (max(a[0], b[0]), max(a[1], b[1])))
bounded("arith.minimumf")(lambda bounds, op, a, b: (min(a[0], b[0]), min(a[1], b[1])))
bounded("math.sin", "math.cos", "math.tanh", "math.erf")(_always(-1.0, 1.0))
bounded("math.erfc")(_always(0.0, 2.0))
bounded("math.atan", "math.asin")(_always(-2.0, 2.0))
bounded("math.acos")(_always(0.0, 4.0))
bounded("math.cosh")(_always(1.0, math.inf))
bounded("math.exp2")(_always(0.0, math.inf))


# --- where derivatives are finite -------------------------------------------------------------------------------------


regular = ops.Visitors()


def is_regular(op: ir.Operation, bounds: Bounds) -> bool:
    """Whether the operands of an operation are for certain away from where its derivatives, of any order, are not
    finite."""
    rule = regular.get(op.name)
    return rule is not None and rule(op, bounds)


def _positive(k: int) -> Callable[[ir.Operation, Bounds], bool]:
    return lambda op, bounds: bounds.of(op.operands[k])[0] > 0.0


def _between(low: float, high: float) -> Callable[[ir.Operation, Bounds], bool]:
    def holds(op: ir.Operation, bounds: Bounds) -> bool:
        found = bounds.of(op.operands[0])
        return low < found[0] and found[1] < high

    return holds


def _divides(op: ir.Operation, bounds: Bounds) -> bool:
    low, high = bounds.of(op.operands[1])
    return low > 0.0 or high < 0.0


def _does_not_overflow(op: ir.Operation, bounds: Bounds) -> bool:
    low, high = bounds.of(op.operands[0])
    end = {"f64": 700.0, "f32": 80.0}[str(op.results[0].type)]  # the exponential is finite up to there and beyond
    return high < end and (ops.row(op).exponential or low > -end)


regular("arith.divf")(_divides)
regular("math.sqrt", "math.rsqrt", "math.log", "math.log2", "math.log10", "math.powf", "math.cbrt")(_positive(0))
regular("math.asin", "math.acos", "math.atanh")(_between(-1.0, 1.0))
regular("math.acosh")(_between(1.0, math.inf))
regular("math.log1p")(_between(-1.0, math.inf))
regular("math.exp", "math.exp2", "math.expm1", "math.sinh", "math.cosh")(_does_not_overflow)
