"""Arithmetic as IEEE 754 and CPython have it, where the compiler or the runtime would have it otherwise.

Contraction: IREE's CPU back end marks sums, products and negations as contractible, so that `a * b + c` would round
once, and no flag turns that off. It does not mark `fma`, and LLVM makes of `fma(a, b, -0.0)` a product without the mark
and of `fma(a, 1.0, b)` a sum without it, which are the same numbers. All of them have to be written so: one mark is
enough for LLVM to mark what it makes of several operations. Unlike `llvm.arithmetic.fence` this leaves loops to be
vectorised. Measured for `x * x + y` on AVX-512: vfmadd213sd without, vmulsd and vaddsd with it. A `math.fma` of the
program stays what it is.

Subnormals: IREE's CPU devices run kernels with subnormal numbers flushed to zero. The kernel sets the processor's mode
itself and restores it at its end. Sound although LLVM does not know what the mode means: the kernel's numbers are
loaded from memory after the mode is set, and stored before it is restored, and neither moves past such an intrinsic.
"""

from iree.compiler import ir
from iree.compiler.dialects import arith, memref

from dsl.passes.ir import edit, ops

# Flush-to-zero and denormals-are-zero in x86's MXCSR; flush-to-zero (all precisions) in Arm's FPCR.
_X86_FLUSH = 0x8040
_ARM_FLUSH = (1 << 24) | (1 << 19)

visits = ops.Visitors()  # how each is written without the mark


def keep_rounding(func) -> None:
    """Write sums, differences, products and negations of floats so that none is contracted with another."""
    for op in list(edit.walk(func)):
        write = visits.get(op.name)
        if write is not None:
            with edit.before(op):
                result = _free(op) if is_free(op) else write(*op.operands)
            op.results[0].replace_all_uses_with(result)
            op.erase()


def _fma(a, b, c):
    return ir.Operation.create("math.fma", results=[a.type], operands=[a, b, c]).results[0]


@visits("arith.mulf")
def _product(a, b):
    return _fma(a, b, arith.constant(a.type, -0.0))


@visits("arith.addf")
def _sum(a, b):
    return _fma(a, arith.constant(a.type, 1.0), b)


@visits("arith.negf")
def _negation(a):
    return _product(a, arith.constant(a.type, -1.0))


@visits("arith.subf")
def _difference(a, b):
    return _sum(a, _negation(b))


def is_free(op) -> bool:
    """Whether a sum or difference may be added up in any order (memory_loops/unordered_sums.py)."""
    return "fastmath" in op.attributes and "reassoc" in str(op.attributes["fastmath"])


def _free(op):
    """Such a sum with this mark and no other. What LLVM makes of the fused operation keeps it; it would lose the mark
    of a sum, which IREE replaces."""
    a, b = op.operands
    total, more, factor = (b, a, 1.0) if op.name == "arith.addf" else (a, b, -1.0)
    sum_ = _fma(more, arith.constant(more.type, factor), total)
    sum_.owner.attributes["fastmath"] = ir.Attribute.parse("#arith.fastmath<reassoc>")
    return sum_


def keep_subnormals(func, machine: str) -> None:
    """Let the kernel run with subnormal numbers; `machine` is as platform.machine() has it, unknown ones are left."""
    if machine not in _MODES:
        return
    save, restore = _MODES[machine]
    blocks = list(func.regions[0].blocks)
    first = blocks[0].operations[0].operation
    with edit.before(first):
        saved = save(first)
    for last in map(edit.terminator, blocks):
        if last.name == "func.return":
            with edit.before(last):
                restore(saved, last)


def _save_x86(op):
    i32 = ir.IntegerType.get_signless(32)
    cells = [memref.alloca(ir.MemRefType.get([1], i32), [], []) for _ in range(2)]
    old, new = (_pointer(cell) for cell in cells)
    _call("llvm.x86.sse.stmxcsr", [old], [], op)
    zero = arith.constant(ir.IndexType.get(), 0)
    mode = arith.andi(memref.load(cells[0], [zero]), arith.constant(i32, ~_X86_FLUSH))
    memref.store(mode, cells[1], [zero])
    _call("llvm.x86.sse.ldmxcsr", [new], [], op)
    return old


def _restore_x86(old, op):
    _call("llvm.x86.sse.ldmxcsr", [old], [], op)


def _save_arm(op):
    i64 = ir.IntegerType.get_signless(64)
    old = _call("llvm.aarch64.get.fpcr", [], [i64], op).results[0]
    _call("llvm.aarch64.set.fpcr", [arith.andi(old, arith.constant(i64, ~_ARM_FLUSH))], [], op)
    return old


def _restore_arm(old, op):
    _call("llvm.aarch64.set.fpcr", [old], [], op)


_MODES = {
    "x86_64": (_save_x86, _restore_x86),
    "AMD64": (_save_x86, _restore_x86),
    "aarch64": (_save_arm, _restore_arm),
    "arm64": (_save_arm, _restore_arm),
}


def _pointer(cell):
    index = memref.extract_aligned_pointer_as_index(cell)
    address = arith.index_cast(ir.IntegerType.get_signless(64), index)
    return ir.Operation.create("llvm.inttoptr", results=[ir.Type.parse("!llvm.ptr")], operands=[address]).results[0]


def _call(intrinsic: str, operands, results, op):
    """Call an LLVM intrinsic before `op`."""
    attributes = {
        "intrin": ir.StringAttr.get(intrinsic),
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([len(operands), 0]),
        "op_bundle_sizes": ir.DenseI32ArrayAttr.get([]),
    }
    with edit.before(op):
        return ir.Operation.create("llvm.call_intrinsic", results=results, operands=operands, attributes=attributes)
