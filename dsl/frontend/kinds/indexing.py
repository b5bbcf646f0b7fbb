"""Indices: negative ones count from the end, ones outside fail, slices are clamped. Checks that hold are left out."""

from __future__ import annotations

from dsl import types
from dsl.frontend.emit.arithmetic import binary
from dsl.frontend.emit.scalar_ops import cast, compare_scalars
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.values.ranges import of_binary, union
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, Slice, Static, Value, weak


def as_int(m: Interpreter, k: Scalar, what: str) -> Scalar:
    """An index as a Python int."""
    if k.dtype.kind != "int":
        raise Refused(f"{what} has to be an int, found {k.describe()}", "convert it with int()")
    return cast(m.builder, k, types.i64, True)


def checked(m: Interpreter, k: Scalar, size: Scalar, axis: int) -> Scalar:
    """The index from the front, inside [0, size); out of bounds is an IndexError."""
    k = as_int(m, k, "an index")
    if k.is_constant and size.is_constant:
        if not -size.constant <= k.constant < size.constant:
            m.raise_now("IndexError",
                        f"index {k.constant} is out of bounds for axis {axis} with size {size.constant}")
        return weak(k.constant % size.constant)
    key = ("checked", k.ssa, k.constant if k.is_constant else None, size.ssa, size.constant)
    found = m.builder.recall(key)
    if found is None:
        found = check_index(m, k, size, axis)
        if not m.tries:  # after a check that has failed there the handler may come to the same one
            m.builder.note(key, found)
    return found


def check_index(m: Interpreter, k: Scalar, size: Scalar, axis: int) -> Scalar:
    b = m.builder
    low, high = k.extent or (-(2**63), 2**63 - 1)
    zero, original = b.constant(types.i64, 0), b.ssa(k)
    value = original
    smallest, largest = size.extent or (0, None)
    if low < 0:
        negative = b.compare("lt", value, zero, False)
        value = b.select(negative, b.apply("arith.addi", value, b.ssa(size)), value)
    extent = (0, largest - 1) if largest is not None else None
    unchecked = not m.options.get("bounds_check", True)
    if unchecked or (low >= -smallest and high < smallest):
        return Scalar(types.i64, True, value, range=extent)
    outside = b.compare("ge", value, b.ssa(size), False)
    if low < -smallest:
        outside = b.apply("arith.ori", b.compare("lt", value, zero, False), outside)
    b.fail(outside, "IndexError", f"index {{0}} is out of bounds for axis {axis} with size {{1}}",
           [original, b.ssa(size)])
    return Scalar(types.i64, True, b.select(outside, zero, value), range=extent)


def slice_extent(m: Interpreter, part: Slice, size: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """(start, step, length) of a slice of an axis, by Python's clamping."""
    step = known_step(part.step)
    if step == 0:
        m.raise_now("ValueError", "slice step cannot be zero")
    if step > 0:
        start = clamp(m, part.start, size, weak(0), weak(0), size)
        stop = clamp(m, part.stop, size, size, weak(0), size)
        gap = arithmetic(m, "-", stop, start)
    else:
        last = arithmetic(m, "-", size, weak(1))
        start = clamp(m, part.start, size, last, weak(-1), last)
        stop = clamp(m, part.stop, size, weak(-1), weak(-1), last)
        gap = arithmetic(m, "-", start, stop)
    length = gap if abs(step) == 1 else arithmetic(m, "//", arithmetic(m, "+", gap, weak(abs(step) - 1)),
                                                   weak(abs(step)))
    length = pick_greatest(m, [length, weak(0)])
    if not length.is_constant and size.extent is not None:
        length.range = (0, size.extent[1] if length.extent is None else min(length.extent[1], size.extent[1]))
    return start, weak(step), length


def known_step(step: Value) -> int:
    if isinstance(step, Static) and step.value is None:
        return 1
    if isinstance(step, Scalar) and step.is_constant and step.dtype.kind == "int":
        return step.constant
    raise Refused("a slice's step has to be known at compile time", "write it as a constant")


def clamp(m: Interpreter, given: Value, size: Scalar, default: Scalar, low: Scalar, high: Scalar) -> Scalar:
    if isinstance(given, Static) and given.value is None:
        return default
    if not isinstance(given, Scalar):
        raise Refused(f"a slice needs ints, found {given.describe()}")
    k = as_int(m, given, "a slice's end")
    if k.extent is None or k.extent[0] < 0:
        wrapped = arithmetic(m, "+", k, size)
        k = choose(m, "lt", k, weak(0), wrapped, k)
    return pick_least(m, [pick_greatest(m, [k, low]), high])


def arithmetic(m: Interpreter, symbol: str, x: Scalar, y: Scalar) -> Scalar:
    result = binary(m.builder, symbol, x, y)
    if not result.is_constant:
        result.range = of_binary(symbol, x.extent, y.extent)
    return result


def choose(m: Interpreter, predicate: str, a: Scalar, b: Scalar, yes: Scalar, no: Scalar) -> Scalar:
    """`yes if a predicate b else no` of ints."""
    condition = compare_scalars(m.builder, predicate, a, b)
    if condition.is_constant:
        return yes if condition.constant else no
    ssa = m.builder.select(m.builder.ssa(condition), m.builder.ssa(yes), m.builder.ssa(no))
    return Scalar(types.i64, True, ssa, range=union(yes.extent, no.extent))


def pick_least(m: Interpreter, numbers: list[Scalar]) -> Scalar:
    result = numbers[0]
    for x in numbers[1:]:
        if known_below(result, x):
            continue
        ends = [n.extent for n in (result, x)]
        result = x if known_below(x, result) else choose(m, "lt", x, result, x, result)
        if not result.is_constant and (tops := [e[1] for e in ends if e is not None]):
            lows = [e[0] for e in ends if e is not None]
            result.range = (min(lows) if len(lows) == 2 else -(2**63), min(tops))
    return result


def pick_greatest(m: Interpreter, numbers: list[Scalar]) -> Scalar:
    result = numbers[0]
    for x in numbers[1:]:
        if known_below(x, result):
            continue
        ends = [n.extent for n in (result, x)]
        result = x if known_below(result, x) else choose(m, "gt", x, result, x, result)
        if not result.is_constant and (lows := [e[0] for e in ends if e is not None]):
            tops = [e[1] for e in ends if e is not None]
            result.range = (max(lows), max(tops) if len(tops) == 2 else 2**63 - 1)
    return result


def known_below(x: Scalar, y: Scalar) -> bool:
    """Whether x <= y for certain."""
    if x is y or (x.ssa is not None and x.ssa is y.ssa):
        return True
    return x.extent is not None and y.extent is not None and x.extent[1] <= y.extent[0]
