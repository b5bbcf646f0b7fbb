"""The pass: every mathematical operation becomes arithmetic that each of IREE's back ends compiles, and compiles right.

Before: `%y = math.sin %x : f64` (llvm-cpu refuses it). After: some forty `arith` operations at the same location.
Left alone are operations that compile everywhere and are exact or rounded once: absf, sqrt, roundeven and, on machines
with instructions for them, floor, ceil, trunc and fma. On IREE's CPU executors these read a subnormal as zero, as all
arithmetic there does.
"""
from iree.compiler import ir

from dsl.passes.options import MathOptions

from .emit import Emitter
from .expansions import EXPANSIONS


def expand_math(module_op, options: MathOptions) -> None:
    """Rewrite in place, for a target that `options` describe."""
    for op in list(nested_operations(getattr(module_op, "operation", module_op))):
        if op.name in EXPANSIONS and has_float_operand(op):
            expand_one(op, options)


def nested_operations(op):
    """All operations inside `op`, in order."""
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                yield inner.operation
                yield from nested_operations(inner.operation)


def has_float_operand(op):
    kind = op.operands[0].type
    kind = kind.element_type if isinstance(kind, ir.VectorType) else kind
    return isinstance(kind, ir.FloatType)


def expand_one(op, options):
    e = Emitter(op, options)
    operands = [e.widen(v) for v in op.operands]
    results = EXPANSIONS[op.name](op, *operands)
    results = results if isinstance(results, tuple) else (results,)
    for old, new in zip(op.results, results):
        old.replace_all_uses_with(e.narrow(new, old.type).value)
    op.erase()
