"""Which of several unlike values one is: what is known of tags at a point of the program.

    if best is None or x < best:            in `x < best` the tag is known not to be None's,
        best = x
    else: use(best)                         and here too

What a condition says of tags is read off the operations that compute it, and noted in the block that it guards
(Builder.note); a check that fails otherwise says it for the rest of its block.

Sound: a note holds in its block from there on and in the blocks inside of it, which are all entered only after the
condition or the check; a tag is an SSA value, which does not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iree.compiler import ir

from dsl.frontend.emit import scalar_ops
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.value import FALSE, Scalar, Static, Value, weak
from dsl.passes.ir import edit

from .interpreter import Interpreter

NO_VALUE = 0  # the number of None


def possible(m: Interpreter, value: OneOf) -> list[int]:
    """The numbers that the tag of a value may be here."""
    allowed, excluded = _known(m, value.tag)
    return [k for k in value.alternatives if k not in excluded and (allowed is None or k == allowed)]


def narrowed(m: Interpreter, value: Value) -> Value:
    """The value without the alternatives that it is known not to be here."""
    if not isinstance(value, OneOf):
        return value
    return one_of(value.tag, {k: value.alternatives[k] for k in possible(m, value)})


def one_of(tag: Scalar, alternatives: dict[int, Value]) -> Value:
    if tag.is_constant:
        return alternatives[tag.constant]
    return OneOf(tag, alternatives) if len(alternatives) != 1 else next(iter(alternatives.values()))


def is_among(m: Interpreter, value: OneOf, numbers: Iterable[int]) -> Scalar:
    """Whether a value is one of these alternatives."""
    here = possible(m, value)
    yes, no = [k for k in here if k in numbers], [k for k in here if k not in numbers]
    if not yes or not no:
        return weak(not no)
    if len(no) < len(yes):
        return scalar_ops.logical_not(m.builder, _has_number(m, value, no))
    return _has_number(m, value, yes)


def _has_number(m: Interpreter, value: OneOf, numbers: list[int]) -> Scalar:
    result = FALSE
    for k in numbers:
        found = scalar_ops.compare_scalars(m.builder, "eq", value.tag, weak(k))
        result = scalar_ops.logical_or(m.builder, result, found)
    return result


def without_none(m: Interpreter, value: Value, exception: str, message: str) -> Value:
    """The value, after a check that it is not None."""
    value = narrowed(m, value)
    if is_none(value):
        return m.raise_now(exception, message)
    if not isinstance(value, OneOf) or NO_VALUE not in value.alternatives:
        return value
    missing = is_among(m, value, [NO_VALUE])
    m.builder.fail(m.builder.ssa(missing), exception, message)
    assume_checked(m, missing, False)
    return one_of(value.tag, {k: other for k, other in value.alternatives.items() if k != NO_VALUE})


def is_none(value: Value) -> bool:
    return isinstance(value, Static) and value.value is None


# what is known


def _known(m: Interpreter, tag: Scalar) -> tuple[int | None, frozenset]:
    if tag.is_constant:
        return tag.constant, frozenset()
    return m.builder.recall(("tag", m.builder.ssa(tag))) or (None, frozenset())


def assume(m: Interpreter, condition: Scalar, truth: bool) -> None:
    """From here on in this block the condition is known to be true, or false."""
    if condition.is_constant:
        return
    for tag, number, is_equal in _said_by(m.builder.ssa(condition), truth):
        allowed, excluded = m.builder.recall(("tag", tag)) or (None, frozenset())
        m.builder.note(("tag", tag), (number, excluded) if is_equal else (allowed, excluded | {number}))


def assume_checked(m: Interpreter, condition: Scalar, truth: bool) -> None:
    """`assume` behind a check of it. Where a `try` may catch something, the block goes on after a check has failed."""
    if m.builder.catch is None:
        assume(m, condition, truth)


def _said_by(value: ir.Value, truth: bool) -> Iterator[tuple[ir.Value, int, bool]]:
    """(integer, number, whether they are equal) for what a condition says of integers where it is known."""
    op = edit.defining_op(value)
    name = op.name if op is not None else ""
    if name == "arith.xori" and _constant(op.operands[1]):
        yield from _said_by(op.operands[0], not truth)
    elif name == "arith.andi" and truth or name == "arith.ori" and not truth:
        for operand in op.operands:
            yield from _said_by(operand, truth)
    elif name == "arith.cmpi" and (number := _constant(op.operands[1])) is not None:
        predicate = ir.IntegerAttr(op.attributes["predicate"]).value
        if predicate in (0, 1):
            yield op.operands[0], number, truth == (predicate == 0)
    elif name == "scf.if":
        yield from _said_by_branches(op, ir.OpResult(value).result_number, truth)


def _said_by_branches(op, k: int, truth: bool) -> Iterator[tuple[ir.Value, int, bool]]:
    """`a and b`, `a or b`, computed by a branch on a."""
    ends = [list(region.blocks[0].operations)[-1].operands[k] for region in op.regions]
    short = _constant(ends[1 if truth else 0])
    if short is not None and bool(short) != truth:
        yield from _said_by(op.operands[0], truth)
        yield from _said_by(ends[0 if truth else 1], truth)


def _constant(value: ir.Value) -> int | None:
    op = edit.defining_op(value)
    found = op.attributes["value"] if op is not None and op.name == "arith.constant" else None
    return int(found.value) if isinstance(found, ir.IntegerAttr | ir.BoolAttr) else None
