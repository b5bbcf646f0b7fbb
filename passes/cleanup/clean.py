"""Cleaning between the named stages: MLIR's canonicalizer and CSE, and what they cannot know."""

from __future__ import annotations

from iree.compiler import ir, passmanager

from dsl.passes.ir import edit
from dsl.passes.ir.maps import keep_sums

from . import dead_code


def clean(module: ir.Module) -> None:
    """Fold, merge and remove in every function of the module."""
    with module.context, ir.Location.unknown():
        # twice: what dead-code elimination unties the canonicalizer folds, and what it folds may then be dead
        for _ in range(2):
            passmanager.PassManager.parse("builtin.module(canonicalize,cse)").run(module.operation)
            for func in module.body.operations:
                if len(func.operation.regions[0].blocks):
                    _drop_impossible_failures(func.operation)
                    dead_code.eliminate(func.operation)
        passmanager.PassManager.parse("builtin.module(canonicalize,cse)").run(module.operation)
        for func in module.body.operations:
            if len(func.operation.regions[0].blocks):
                place_constants(func.operation)
                keep_sums(func.operation)


def place_constants(func: ir.Operation) -> None:
    """MLIR forgets where a constant comes from when it moves it; it gets the place of its first use."""
    unknown = ir.Location.unknown()
    for op in edit.walk(edit.entry_block(func)):
        if op.name == "arith.constant" and op.location == unknown:
            for use in op.results[0].uses:
                op.location = use.owner.location


def resolve_stop_gradients(module: ir.Module) -> None:
    """`dsl.stop_gradient` is the identity once everything is differentiated."""
    for func in module.body.operations:
        for op in list(edit.walk(edit.entry_block(func.operation))):
            if op.name == "dsl.stop_gradient":
                op.results[0].replace_all_uses_with(op.operands[0])
                op.erase()


def _drop_impossible_failures(func: ir.Operation) -> None:
    """A `dsl.fail` whose condition folded to false never fires."""
    for op in list(edit.walk(edit.entry_block(func))):
        if op.name == "dsl.fail":
            maker = edit.defining_op(op.operands[0])
            if maker is not None and maker.name == "arith.constant" and str(maker.attributes["value"]) == "false":
                op.erase()
