"""The pass: every mathematical operation becomes arithmetic that each of IREE's back ends compiles, and compiles right.

Before: `%y = math.sin %x : f64` (llvm-cpu refuses it). After: some forty `arith` operations at the same location.
Left alone are operations that compile everywhere and are exact or rounded once: absf, sqrt, roundeven and, on machines
with instructions for them, floor, ceil, trunc and fma. On IREE's CPU executors these read a subnormal as zero, as all
arithmetic there does.
"""
import platform

from iree.compiler import ir

from .emit import Emitter
from .expansions import EXPANSIONS


def expand_math(module_op, target_name: str, exact_fma: bool | None = None) -> None:
    """Rewrite in place. `target_name` is "cpu", "cuda" or "vulkan", or one of them with a chip, as in "cpu:x86-64-v2".
    `exact_fma` says whether `math.fma` rounds once there; by default that is known from the name."""
    target, _, chip = target_name.partition(":")
    if exact_fma is None:
        exact_fma = target == "cuda" or target == "cpu" and cpu_has_fma(chip)
    for op in list(operations(getattr(module_op, "operation", module_op))):
        if op.name in EXPANSIONS and has_float_operand(op):
            expand_one(op, target, exact_fma)


def operations(op):
    """All operations inside `op`, in order."""
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                yield inner.operation
                yield from operations(inner.operation)


def has_float_operand(op):
    kind = op.operands[0].type
    kind = kind.element_type if isinstance(kind, ir.VectorType) else kind
    return isinstance(kind, (ir.F16Type, ir.F32Type, ir.F64Type))


def expand_one(op, target, exact_fma):
    e = Emitter(op, target, exact_fma)
    operands = [e.widen(v) for v in op.operands]
    results = EXPANSIONS[op.name](op, *operands)
    results = results if isinstance(results, tuple) else (results,)
    for old, new in zip(op.results, results):
        old.replace_all_uses_with(e.narrow(new, old.type).value)
    op.erase()


def cpu_has_fma(chip):
    """Whether a CPU has fused multiply-add. Unless named otherwise it is this machine's (every 64-bit ARM has)."""
    if chip not in ("", "host"):
        return chip in ("x86-64-v3", "x86-64-v4")
    if platform.machine() not in ("x86_64", "AMD64"):
        return True
    try:
        with open("/proc/cpuinfo") as info:
            return any(line.startswith("flags") and " fma " in line for line in info)
    except OSError:
        return False
