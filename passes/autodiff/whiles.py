"""Bring `scf.while` into the form that the adjoint reverses.

Before: the condition region may compute what it passes on, and pass on any subset of its arguments. After: it only
computes the condition and passes its arguments on unchanged, and the last value carried counts the iterations:

    %r:3 = scf.while (%a = %x, %b = %y, %n = %c0) { %c = ...; scf.condition(%c) %a, %b, %n } do {
    ^bb0(%a, %b, %n): ...; scf.yield %a2, %b2, %n1 }

Sound because a condition region that computes something is moved into the body under a carried flag (the body then
runs once more, with nothing in it but the condition), and one that only permutes its arguments passes all of them.
"""

from __future__ import annotations

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.edit import zero
from dsl.passes.ir.expr import constant, emit

COUNTER = "dsl.counter"


def normalize(op: ir.Operation) -> ir.Operation:
    """Rewrite one `scf.while`; returns the operation that replaces it (its first results replace the old ones)."""
    before, after = edit.blocks(op)
    passed = list(edit.terminator(before).operands)[1:]
    arguments = list(before.arguments)
    with op.location:
        if passed != arguments:
            if all(value in arguments for value in passed):
                op = _pass_all(op, [arguments.index(value) for value in passed])
            else:
                op = _carry_flag(op)
        return _count(op)


def is_normal(op: ir.Operation) -> bool:
    """Whether a loop already has the form that `normalize` gives it."""
    before, after = edit.blocks(op)
    if list(edit.terminator(before).operands)[1:] != list(before.arguments) or not len(after.arguments):
        return False
    step = edit.defining_op(list(edit.terminator(after).operands)[-1])
    counter = after.arguments[len(after.arguments) - 1]
    return COUNTER in step.attributes and step.operands[0] == counter if step is not None else False


def _pass_all(op: ir.Operation, positions: list[int]) -> ir.Operation:
    """Pass every argument of the condition region, where it passed those at `positions`."""
    before, after = edit.blocks(op)
    condition = edit.terminator(before)
    for argument in before.arguments:
        after.add_argument(argument.type, op.location)
    count = len(positions)
    for k, position in enumerate(positions):
        after.arguments[k].replace_all_uses_with(after.arguments[count + position])
    for _ in range(count):
        after.erase_argument(0)
    flag = condition.operands[0]
    with ir.InsertionPoint(condition):
        emit("scf.condition", [flag, *before.arguments])
    condition.erase()
    return _replace(op, [a.type for a in before.arguments], positions)


def _replace(op: ir.Operation, types: list[ir.Type], positions: list[int], operands=None) -> ir.Operation:
    """Recreate the loop with results of `types`; old result k becomes new result `positions[k]`."""
    new = edit.transplant(op, list(op.operands if operands is None else operands), types)
    for k, position in enumerate(positions):
        op.results[k].replace_all_uses_with(new.results[position])
    op.erase()
    return new


def _carry_flag(op: ir.Operation) -> ir.Operation:
    """Move a condition region that computes values into the body, under a flag that says whether to go on."""
    before, after = edit.blocks(op)
    condition, final = edit.terminator(before), edit.terminator(after)
    state = [a.type for a in before.arguments]
    passed = [value.type for value in list(condition.operands)[1:]]
    i1 = ir.IntegerType.get_signless(1)
    types = [*state, *passed, i1]
    with ir.InsertionPoint(op):
        initial = [*op.operands, *(zero(t) for t in passed), constant(True, i1)]
        new = ir.Operation.create("scf.while", results=types, operands=initial, regions=2,
                                  attributes=edit.dict_attributes(op))  # fmt: skip
    test = ir.Block.create_at_start(new.regions[0], types, [op.location] * len(types))
    with ir.InsertionPoint(test):
        emit("scf.condition", [test.arguments[len(types) - 1], *test.arguments])
    # the old condition region becomes the body, the old body a branch of it
    go, values = condition.operands[0], list(condition.operands)[1:]
    for argument, value in zip(list(after.arguments), values, strict=True):
        argument.replace_all_uses_with(value)
    with ir.InsertionPoint(condition):
        branch = ir.Operation.create("scf.if", results=state, operands=[go], regions=2)
        emit("scf.yield", [*branch.results, *values, go])
    inner = ir.Block.create_at_start(branch.regions[0], [])
    for step in edit.operations(after):
        if step != final:
            _append(step, inner)
    with ir.InsertionPoint(inner):
        emit("scf.yield", final.operands)
    with ir.InsertionPoint(ir.Block.create_at_start(branch.regions[1], [])):
        emit("scf.yield", list(before.arguments))
    condition.erase()
    for type_ in types[len(state):]:
        before.add_argument(type_, op.location)
    before.append_to(new.regions[1])
    for k, result in enumerate(op.results):
        result.replace_all_uses_with(new.results[len(state) + k])
    op.erase()
    return new


def _append(op: ir.Operation, block: ir.Block) -> None:
    """Move an operation to the end of a block that has no terminator yet."""
    with ir.InsertionPoint(block):
        marker = emit("dsl.marker", [])
    op.move_before(marker)
    marker.erase()


def _count(op: ir.Operation) -> ir.Operation:
    """Carry the number of iterations as the last value."""
    before, after = edit.blocks(op)
    i64 = ir.IntegerType.get_signless(64)
    with ir.InsertionPoint(op):
        start = constant(0, i64)
    types = [*(r.type for r in op.results), i64]
    passed = before.add_argument(i64, op.location)
    edit.append_operands(edit.terminator(before), [passed])
    counter = after.add_argument(i64, op.location)
    final = edit.terminator(after)
    with ir.InsertionPoint(final):
        following = emit("arith.addi", [counter, constant(1, i64)], [i64], **{COUNTER: ir.UnitAttr.get()}).result
    edit.append_operands(final, [following])
    return _replace(op, types, list(range(len(types) - 1)), [*op.operands, start])
