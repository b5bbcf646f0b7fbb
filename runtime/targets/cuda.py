"""GPUs of NVIDIA."""

from dataclasses import dataclass
from typing import ClassVar

from dsl.passes.ir.limits import STACK_BYTES
from dsl.passes.options import MathOptions

from .target import Target


@dataclass(frozen=True)
class Cuda(Target):
    """PTX, which the driver makes into the GPU's own code; the compiler fuses nothing in it (`mul.rn`, `add.rn`)."""

    name: ClassVar[str] = "cuda"
    driver: ClassVar[str] = "cuda"
    # PTX is forward compatible, and newer chips than sm_89 do not compile.
    chips: ClassVar[tuple[str, ...]] = ("sm_80", "sm_86", "sm_89")
    stack_bytes: ClassVar[int] = STACK_BYTES
    code_stages: ClassVar[dict[str, str]] = {".optimized.ll": "llvm", ".ptx": "ptx"}

    def device_flags(self) -> list[str]:
        return ["--iree-hal-target-device=cuda", f"--iree-cuda-target={self.chip}"]

    def math_options(self) -> MathOptions:
        return MathOptions(exact_fma=True, native_rounding=True, cheap_f64=False, no_contraction=False)
