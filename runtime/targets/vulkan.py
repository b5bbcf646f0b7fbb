"""GPUs of any maker through Vulkan, phones among them."""

from dataclasses import dataclass
from typing import ClassVar

from dsl.passes.options import MathOptions

from .target import Target

# Phones, as far as kernels need them. IREE's own baseline lacks 64-bit integers, which they have.
_MOBILE = (
    '#iree_gpu.target<arch = "mobile", features = "spirv:v1.3,cap:Shader", wgp = <'
    "compute = fp32|fp16|int64|int32|int16|int8, storage = b64|b32|b16|b8, "
    "subgroup = none, subgroup_size_choices = [64], max_workgroup_sizes = [128, 128, 64], "
    "max_thread_count_per_workgroup = 128, max_workgroup_memory_bytes = 16384, "
    "max_workgroup_counts = [65535, 65535, 65535]>>"
)
# Chips that the compiler does not know by name.
_DESCRIBED = {"mobile": _MOBILE}
_DEVICE = (
    '[#hal.device.target<"vulkan", [#hal.executable.target<"vulkan-spirv", "vulkan-spirv-fb", '
    "{{iree_codegen.target_info = {0}}}>]> : !hal.device]"
)


@dataclass(frozen=True)
class Vulkan(Target):
    """SPIR-V. It has no stack: IREE's local memory is the workgroup's."""

    name: ClassVar[str] = "vulkan"
    driver: ClassVar[str] = "vulkan"
    # Only what has 64-bit integers: a kernel's scalars travel in 8-byte slots. Mesa's software driver takes `ampere`;
    # `mobile` is what phones have in common, without 64-bit floats.
    chips: ClassVar[tuple[str, ...]] = ("ampere", "turing", "ada", "rdna1", "rdna2", "rdna3", "mobile")
    without_f64: ClassVar[tuple[str, ...]] = ("mobile",)
    code_stages: ClassVar[dict[str, str]] = {".spirv.mlir": "spirv"}

    def device_flags(self) -> list[str]:
        if self.chip in _DESCRIBED:
            return []
        return ["--iree-hal-target-device=vulkan", f"--iree-vulkan-target={self.chip}"]

    def module_attributes(self) -> dict[str, str]:
        described = _DESCRIBED.get(self.chip)
        return {"hal.device.targets": _DEVICE.format(described)} if described else {}

    def math_options(self) -> MathOptions:
        return MathOptions(exact_fma=False, native_rounding=True, cheap_f64=False, no_contraction=True)
