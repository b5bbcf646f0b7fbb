"""Every IREE flag and dialect attribute text this project uses. Nowhere else are there any."""

from .targets import Target

# The body of a kernel is lowered as it stands: no tiling, no distribution, no vectorisation on IREE's part.
_KERNEL_ATTRIBUTES = {
    "cpu": "{translation_info = #iree_codegen.translation_info<pipeline = #iree_codegen.no_pipeline>}",
    "gpu": "{translation_info = #iree_codegen.translation_info<pipeline = #iree_codegen.no_pipeline "
    "workgroup_size = [1, 1, 1]>}",
}

# What an optimising C compiler does to loops, which IREE leaves out. None of it changes a result. Not the vectorisation
# of straight-line code (SLP): it made a loop of two coupled scalar equations slower by a third, and none faster.
_LOOPS = [
    "--iree-llvmcpu-loop-vectorization",
    "--iree-llvmcpu-loop-unrolling",
    "--iree-llvmcpu-loop-interleaving",
]

# LLVM's own options, one set for a process: sums are added up in their order also where what is summed is computed
# in vectors (on x86 LLVM would otherwise leave loops with sums alone). Whether a loop's accesses overlap is looked up
# before that loop: before the loops around it all their accesses would be looked at, and rows of one array overlap.
PROCESS_FLAGS = ["--force-ordered-reductions", "--hoist-runtime-checks=false"]

# Kernel modules are what IREE's phase of this name leaves; the phases up to it have nothing to do on them.
PHASE = "flow"

# f64 stays f64; a function's checks are ours, so IREE may strip its own.
_COMMON = ["--iree-input-demote-f64-to-f32=false"]

# Phones, as far as kernels need them. IREE's own baseline lacks 64-bit integers, which they have.
_MOBILE = (
    '#iree_gpu.target<arch = "mobile", features = "spirv:v1.3,cap:Shader", wgp = <'
    "compute = fp32|fp16|int64|int32|int16|int8, storage = b64|b32|b16|b8, "
    "subgroup = none, subgroup_size_choices = [64], max_workgroup_sizes = [128, 128, 64], "
    "max_thread_count_per_workgroup = 128, max_workgroup_memory_bytes = 16384, "
    "max_workgroup_counts = [65535, 65535, 65535]>>"
)
_MOBILE_DEVICE = (
    '[#hal.device.target<"vulkan", [#hal.executable.target<"vulkan-spirv", "vulkan-spirv-fb", '
    f"{{iree_codegen.target_info = {_MOBILE}}}>]> : !hal.device]"
)


def module_attributes(target: Target) -> dict:
    """Attributes of the whole module, as text: a device that no flag can name."""
    return {"hal.device.targets": _MOBILE_DEVICE} if str(target) == "vulkan:mobile" else {}


def kernel_attributes(target: Target) -> str:
    """The attributes of a kernel's function."""
    return _KERNEL_ATTRIBUTES["cpu" if target.name == "cpu" else "gpu"]


def compile_flags(target: Target) -> list:
    """What the compiler is told for this target."""
    specific = {
        "cpu": [
            "--iree-hal-target-device=local",
            "--iree-hal-local-target-device-backends=llvm-cpu",
            f"--iree-llvmcpu-target-cpu={target.chip}",
            *_LOOPS,
        ],
        "vulkan": ["--iree-hal-target-device=vulkan", f"--iree-vulkan-target={target.chip}"],
        "cuda": ["--iree-hal-target-device=cuda", f"--iree-cuda-target={target.chip}"],
    }
    return _COMMON + ([] if module_attributes(target) else specific[target.name])


def dump_flags(directory: str) -> list:
    """Ask for the later stages as files: compilation phases, and what the back end makes (.ll, .s, .ptx, .spv)."""
    return [f"--dump-compilation-phases-to={directory}", f"--iree-hal-dump-executable-files-to={directory}"]
