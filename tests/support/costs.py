"""What a program costs, by counting: the operations it executes, and copies of whole arrays inside its loops."""

import sys

from iree.compiler import ir

from dsl.calling import trees
from dsl.passes.ir import edit
from dsl.passes.ir.locations import frames
from dsl.program.compilation import finished
from tests.support.interpret import Run, operations, translate
from tests.support.kernels import parsed

LOOPS = ("scf.for", "scf.while")


def executed(program, *args) -> int:
    """How many operations of the cleaned IR run for these arguments (each is a line of what the interpreter makes)."""
    lowered = finished(program, args, {})
    function, count = translate(lowered.module)[lowered.entry], 0

    def local(frame, event, _):
        nonlocal count
        count += event == "line"
        return local

    traced = lambda frame, event, _: local if frame.f_code is function.__code__ else None
    with operations.quiet():
        sys.settrace(traced)
        try:
            function(Run(), *trees.leaf_values(args))
        finally:
            sys.settrace(None)
    return count


def copies_in_loops(program, *args) -> list[list]:
    """The places of copies of whole arrays that happen inside loops of the program, as the kernel runs it."""
    with parsed(program.ir(*args, stage="tensors", locations=True)) as module:
        found = []
        for func in module.body.operations:
            if func.operation.name == "func.func":
                _search(edit.entry_block(func.operation), False, found)
        return found


def _search(block: ir.Block, inside: bool, found: list) -> None:
    for op in edit.operations(block):
        if _is_copy(op):
            if inside:
                found.append(frames(op.location))
            continue
        for inner in edit.blocks(op):
            _search(inner, inside or op.name in LOOPS, found)


def _is_copy(op: ir.Operation) -> bool:
    """A nest of loops over `index` values around one load and one store: what kernel formation makes of a copy.
    (A loop of the program counts in i64.)"""
    if op.name != "scf.for" or not isinstance(op.operands[0].type, ir.IndexType):
        return False
    steps = [step for step in edit.operations(edit.entry_block(op)) if step.name != "arith.constant"]
    names = [step.name for step in steps]
    return names == ["memref.load", "memref.store", "scf.yield"] or (names[0] == "scf.for" and _is_copy(steps[0]))
