"""What the passes ask of a target: plain data, so that no pass knows a target by its name.

`dsl.runtime.targets` fills these in, one target a file; a pass reads the property it depends on. Nothing here imports
the compiler: a target's description is also read where there is none.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class MathOptions:
    """What mathematical functions are written for (passes/math).

    exact_fma: `math.fma` is one instruction, which rounds once.
    native_rounding: floor, ceil and trunc are instructions.
    cheap_f64: an operation on f64 costs about as much as one on f32, so that f32 functions may be computed in it.
    no_contraction: the driver may fuse and reassociate what does not forbid it, so sums, differences and products are
        SPIR-V operations that do (emit.py).
    """

    exact_fma: bool = True
    native_rounding: bool = True
    cheap_f64: bool = True
    no_contraction: bool = False


@dataclass(frozen=True)
class KernelOptions:
    """What kernels are formed for (passes/kernel).

    attributes: text of a dictionary attribute for the kernel function.
    stack_bytes: how much of the stack small local arrays may take; 0 where there is none.
    target: what messages call it.
    f64: whether it has 64-bit floats.
    machine: for CPUs, the architecture as platform.machine() names it.
    vector_bytes: how many bytes a vector register holds, for products of matrices; 0 where these are loops.
    fused: whether a product and a sum of vectors are one instruction.
    sized_call: whether the device must be told how much of a stack to bind (dispatch.py).
    """

    attributes: str = "{}"
    stack_bytes: int = 0
    target: str = ""
    f64: bool = True
    machine: str = ""
    vector_bytes: int = 0
    fused: bool = True
    sized_call: bool = True
