"""The CPU of a machine: its own, or one of a level of instructions that many have."""

import platform
from dataclasses import dataclass
from typing import ClassVar

from dsl.passes.ir.limits import STACK_BYTES
from dsl.passes.options import MathOptions
from dsl.runtime import host

from .target import Target

# What an optimising C compiler does to loops, which IREE leaves out. None of it changes a result. Not the vectorisation
# of straight-line code (SLP): it made a loop of two coupled scalar equations slower by a third, and none faster.
_LOOPS = (
    "--iree-llvmcpu-loop-vectorization",
    "--iree-llvmcpu-loop-unrolling",
    "--iree-llvmcpu-loop-interleaving",
)


@dataclass(frozen=True)
class Cpu(Target):
    """Code that runs in the caller's thread, on the caller's memory."""

    name: ClassVar[str] = "cpu"
    driver: ClassVar[str] = "local-sync"
    chips: ClassVar[tuple[str, ...]] = ("host", "generic", "x86-64-v2", "x86-64-v3", "x86-64-v4")
    with_fma: ClassVar[tuple[str, ...]] = ("x86-64-v3", "x86-64-v4")
    wide: ClassVar[dict[str, int]] = {"x86-64-v3": 32, "x86-64-v4": 64}
    stack_bytes: ClassVar[int] = STACK_BYTES
    workgroup: ClassVar[str] = ""
    sized_call: ClassVar[bool] = False
    host_memory: ClassVar[bool] = True
    code_stages: ClassVar[dict[str, str]] = {".optimized.ll": "llvm", ".s": "asm"}

    def device_flags(self) -> list[str]:
        return [
            "--iree-hal-target-device=local",
            "--iree-hal-local-target-device-backends=llvm-cpu",
            f"--iree-llvmcpu-target-cpu={self.chip}",
            *_LOOPS,
        ]

    def math_options(self) -> MathOptions:
        fused = host.has_fma() if self.chip == "host" else self.chip in self.with_fma
        return MathOptions(
            exact_fma=fused,
            native_rounding=fused,  # x86-64 has had both since about the same time
            cheap_f64=True,
            no_contraction=False,
        )

    def machine(self) -> str:
        return platform.machine()

    def vector_bytes(self) -> int:
        return host.vector_bytes() if self.chip == "host" else self.wide.get(self.chip, 16)

    def host_needs(self) -> dict:
        """Code for its own CPU records what that CPU can do."""
        here = host.describe()
        return here if self.chip == "host" else here | {"features": []}

    def device_name(self, found: list[str]) -> str:
        return host.describe()["machine"]
