"""Every IREE flag and dialect attribute text this project uses. Nowhere else are there any."""

from .targets import Target

# The body of a kernel is lowered as it stands: no tiling, no distribution, no vectorisation on IREE's part.
_KERNEL_ATTRIBUTES = {
    "cpu": "{translation_info = #iree_codegen.translation_info<pipeline = #iree_codegen.no_pipeline>}",
    "gpu": "{translation_info = #iree_codegen.translation_info<pipeline = #iree_codegen.no_pipeline "
    "workgroup_size = [1, 1, 1]>}",
}

# f64 stays f64; a function's checks are ours, so IREE may strip its own.
_COMMON = ["--iree-input-demote-f64-to-f32=false"]


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
        ],
        "vulkan": ["--iree-hal-target-device=vulkan", f"--iree-vulkan-target={target.chip}"],
        "cuda": ["--iree-hal-target-device=cuda", f"--iree-cuda-target={target.chip}"],
    }
    return _COMMON + specific[target.name]


def dump_flags(directory: str) -> list:
    """Ask for the later stages as files: compilation phases, and what the back end makes (.ll, .s, .ptx, .spv)."""
    return [f"--dump-compilation-phases-to={directory}", f"--iree-hal-dump-executable-files-to={directory}"]
