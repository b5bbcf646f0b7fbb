"""The kernel's function alone: what it calls is inlined, every other function goes.

Before: a module of several functions. After: one public function, without calls.
"""

from iree.compiler import ir
from iree.compiler.passmanager import PassManager

from dsl.passes.cleanup.clean import place_constants
from dsl.passes.ir import edit
from dsl.passes.ir.diagnostics import CompileError


def inline_calls(module: ir.Module, entry: str) -> None:
    """Inline what @entry calls and drop every other function. Raises CompileError where there is no @entry."""
    names = []
    for view in module.body.operations:
        if view.operation.name == "func.func":
            name = ir.StringAttr(view.attributes["sym_name"]).value
            names.append(name)
            view.attributes["sym_visibility"] = ir.StringAttr.get("public" if name == entry else "private")
    if entry not in names:
        raise CompileError(f"the module has no function @{entry}")
    PassManager.parse("builtin.module(inline,symbol-dce,canonicalize,cse)").run(module.operation)
    place_constants(edit.function(module, entry))
