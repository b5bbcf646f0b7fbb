"""Kernel formation: one function, loops and all, becomes one dispatch.

`form` runs the stages below, one a file, on the entry function of a module and leaves a kernel module: an executable,
the host function @call, and the signature (docs/ir.md, "Kernel formation").

    tensors   arrays become memory                 memory/
    effects   tapes, checks, prints become memory  effects/, memory_loops/
    exact     rounding is IEEE's                   memory_loops/fmuladd_sums.py, strict_fp.py
    kernel    the executable and its @call         dispatch.py
"""

from iree.compiler import ir
from iree.compiler.passmanager import PassManager

from dsl.passes.ir.diagnostics import CompileError
from dsl.passes.kernel.effects.tapes_checks_prints import lower_effects, lower_scalars
from dsl.passes.kernel.memory.tensors import lower_tensors
from dsl.passes.kernel.memory_loops.fission import distribute
from dsl.passes.kernel.memory_loops.fmuladd_sums import lessen_by_sums
from dsl.passes.kernel.memory_loops.scalar_replacement import keep_in_registers
from dsl.passes.options import KernelOptions

from .dispatch import sync_type, wrap
from .layout import plan
from .strict_fp import keep_rounding, keep_subnormals
from .target_limits import refuse_f64

STAGES = ("inlined", "tensors", "effects", "exact", "kernel")
SIGNATURE = "dsl.signature"


def form(module, entry: str, options: KernelOptions | None = None, observe=lambda stage, module: None) -> None:
    """Turn `module`, in place, into the kernel module of its public function @entry.

    `observe(stage, module)` is called after each of `STAGES`. The signature, JSON, is left in the module attribute
    `dsl.signature`. Raises CompileError where the function holds something that has no place in a kernel.
    """
    options = options or KernelOptions()
    with module.context, ir.Location.unknown():
        func = _isolate(module, entry)
        observe("inlined", module)
        if not options.f64:
            refuse_f64(func, options.target)
        layout = plan(func, entry)
        layout.sized_call = options.sized_call
        lower_tensors(layout, options.stack_bytes)
        sync_type(func)
        observe("tensors", module)
        lower_effects(layout)
        lower_scalars(layout)
        sync_type(func)
        _run(module, "canonicalize,cse,loop-invariant-code-motion")
        keep_in_registers(func)
        distribute(func)
        _run(module, "canonicalize,cse,canonicalize")
        observe("effects", module)
        if options.machine:
            lessen_by_sums(func)
            keep_rounding(func)
            keep_subnormals(func, options.machine)
        observe("exact", module)
        wrap(module, layout, options.attributes)
        module.operation.attributes[SIGNATURE] = ir.StringAttr.get(layout.signature())
        module.operation.verify()
        observe("kernel", module)


def _isolate(module, entry: str):
    """Inline what @entry calls and drop every other function."""
    for view in module.body.operations:
        if view.operation.name == "func.func":
            name = ir.StringAttr(view.attributes["sym_name"]).value
            view.attributes["sym_visibility"] = ir.StringAttr.get("public" if name == entry else "private")
    _run(module, "inline,symbol-dce,canonicalize,cse")
    for view in module.body.operations:
        if view.operation.name == "func.func" and ir.StringAttr(view.attributes["sym_name"]).value == entry:
            return view.operation
    raise CompileError(f"the module has no function @{entry}")


def _run(module, passes: str) -> None:
    PassManager.parse(f"builtin.module({passes})", module.context).run(module.operation)
