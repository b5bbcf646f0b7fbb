"""Fix arguments of a function and choose among its results: how a derivative gets the signature the user asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import constant


def specialize(
    module: ir.Module, name: str, fixed: Mapping[int, float], results: Sequence[int], new_name: str | None = None
) -> str:
    """Give the arguments of `@name` at the positions `fixed` those values (every element, for an array), return only
    the results at `results`, in that order, and rename the function. In place; returns the name."""
    with module.context, ir.Location.unknown():
        func = edit.function(module, name)
        block = edit.entry_block(func)
        with edit.at_start(block), func.location:
            for k, value in fixed.items():
                argument = block.arguments[k]
                argument.replace_all_uses_with(constant(value, argument.type))
        for k in sorted(fixed, reverse=True):
            block.erase_argument(k)
        final = edit.terminator(block)
        with ir.InsertionPoint(final), final.location:
            ir.Operation.create(final.name, operands=[final.operands[k] for k in results])
        final.erase()
        if new_name is not None:
            func.attributes["sym_name"] = ir.StringAttr.get(new_name)
        edit.reset_signature(func)
    return new_name or name


def remove_others(module: ir.Module, name: str) -> None:
    """Erase every function but one."""
    for view in list(module.body.operations):
        op = view.operation
        if op.name == "func.func" and ir.StringAttr(op.attributes["sym_name"]).value != name:
            edit.erase(op)


def silence(module: ir.Module, name: str) -> None:
    """Remove the prints of a function."""
    for op in list(edit.walk(edit.entry_block(edit.function(module, name)))):
        if op.name == "dsl.record":
            op.erase()
