"""What every target answers. This folder holds every IREE flag and dialect attribute text of the project."""

from dataclasses import dataclass
from typing import ClassVar

from dsl.passes.options import KernelOptions, MathOptions

# LLVM's own options, one set for a process: sums are added up in their order also where what is summed is computed
# in vectors (on x86 LLVM would otherwise leave loops with sums alone). Whether a loop's accesses overlap is looked up
# before that loop: before the loops around it all their accesses would be looked at, and rows of one array overlap.
PROCESS_FLAGS = ("--force-ordered-reductions", "--hoist-runtime-checks=false")

# Kernel modules are what IREE's phase of this name leaves; the phases up to it have nothing to do on them.
PHASE = "flow"

# Ask for the later stages as files: compilation phases, and what the back end makes (.ll, .s, .ptx, .spv).
DUMP_FLAGS = ("--dump-compilation-phases-to={0}", "--iree-hal-dump-executable-files-to={0}")

# f64 stays f64.
_COMMON = ("--iree-input-demote-f64-to-f32=false",)

# The body of a kernel is lowered as it stands: no tiling, no distribution, no vectorisation on IREE's part.
_KERNEL = "{{translation_info = #iree_codegen.translation_info<pipeline = #iree_codegen.no_pipeline{0}>}}"


@dataclass(frozen=True)
class Target:
    """What code is made for: the row of a kind of target, and the chip of it that is meant.

    name, driver: what users call it, and the driver of IREE that runs it.
    chips: every chip that may be asked for (the compiler crashes on some unknown ones).
    without_f64: those of them that have no 64-bit floats.
    stack_bytes: how much of the stack small local arrays may take; 0 where the target has no stack.
    workgroup: text of how many invocations a workgroup has, as GPUs must be told.
    sized_call: whether the device must be told how much of a stack to bind.
    host_memory: whether the device's memory is the host's, so that it can use a caller's array where it lies.
    code_stages: endings of the files that the back end dumps, and what the stage is called (dumps.py).
    """

    chip: str

    name: ClassVar[str]
    driver: ClassVar[str]
    chips: ClassVar[tuple[str, ...]]
    without_f64: ClassVar[tuple[str, ...]] = ()
    stack_bytes: ClassVar[int] = 0
    workgroup: ClassVar[str] = " workgroup_size = [1, 1, 1]"
    sized_call: ClassVar[bool] = True
    host_memory: ClassVar[bool] = False
    code_stages: ClassVar[dict[str, str]]

    @property
    def f64(self) -> bool:
        """Whether it has 64-bit floats."""
        return self.chip not in self.without_f64

    def device_flags(self) -> list[str]:
        """What names the device to the compiler; nothing where `module_attributes` does."""
        raise NotImplementedError

    def module_attributes(self) -> dict[str, str]:
        """Attributes of the whole module, as text: for a device that no flag can name."""
        return {}

    def math_options(self) -> MathOptions:
        """What mathematical functions are written for."""
        raise NotImplementedError

    def machine(self) -> str:
        """The architecture of a CPU whose floating-point mode the kernel has to set; empty where there is none."""
        return ""

    def vector_bytes(self) -> int:
        """How many bytes a vector register holds; 0 where code does not name vectors."""
        return 0

    def host_needs(self) -> dict | None:
        """What the machine that runs the code must be able to do (host.py); None where the device's driver knows."""
        return None

    def device_name(self, found: list[str]) -> str:
        """What to call the device, where IREE's driver calls those it has found so."""
        return next(iter(found), self.name)

    # The same for all targets

    def compile_flags(self) -> list[str]:
        """What the compiler is told for this target."""
        return [*_COMMON, *self.device_flags()]

    def kernel_options(self) -> KernelOptions:
        """What kernels are formed for."""
        return KernelOptions(
            attributes=_KERNEL.format(self.workgroup),
            stack_bytes=self.stack_bytes,
            target=str(self),
            f64=self.f64,
            machine=self.machine(),
            vector_bytes=self.vector_bytes(),
            fused=self.math_options().exact_fma,
            sized_call=self.sized_call,
        )

    def __str__(self):
        return f"{self.name}:{self.chip}"
