"""The one table of targets, and how a user's word for one is understood."""

import os
from dataclasses import dataclass, replace

from dsl.passes.ir.diagnostics import Error

DEFAULT_VARIABLE = "DSL_TARGET"


@dataclass(frozen=True)
class Target:
    """What code is made for. `chips`: every chip the compiler may be asked for (it crashes on some unknown ones)."""

    name: str
    driver: str
    chip: str
    chips: tuple
    stack_bytes: int  # for small local arrays; 0 where the target has no stack
    without_f64: tuple = ()

    @property
    def f64(self) -> bool:
        """Whether it has 64-bit floats."""
        return self.chip not in self.without_f64

    def __str__(self):
        return f"{self.name}:{self.chip}"


_CPU_CHIPS = ("host", "generic", "x86-64-v2", "x86-64-v3", "x86-64-v4")
# Only what has 64-bit integers: a kernel's scalars travel in 8-byte slots. Mesa's software driver takes `ampere`;
# `mobile` is what phones have in common, without 64-bit floats.
_VULKAN_CHIPS = ("ampere", "turing", "ada", "rdna1", "rdna2", "rdna3", "mobile")
# PTX is forward compatible, and newer chips than sm_89 do not compile.
_CUDA_CHIPS = ("sm_80", "sm_86", "sm_89")

TARGETS = {
    target.name: target
    for target in (
        Target("cpu", driver="local-sync", chip="host", chips=_CPU_CHIPS, stack_bytes=2048),
        Target("vulkan", "vulkan", chip="ampere", chips=_VULKAN_CHIPS, stack_bytes=0, without_f64=("mobile",)),
        Target("cuda", driver="cuda", chip="sm_80", chips=_CUDA_CHIPS, stack_bytes=2048),
    )
}


def resolve(target: "str | Target | None" = None) -> Target:
    """The target a name means: `cpu`, or with a chip `cuda:sm_89`; None means DSL_TARGET, else the CPU.

    Raises dsl.Error for a name or chip that is not in the table; the compiler itself never sees one.
    """
    if isinstance(target, Target):
        return target
    text = target or os.environ.get(DEFAULT_VARIABLE) or "cpu"
    name, _, chip = text.partition(":")
    if name not in TARGETS:
        raise Error(f"unknown target {text!r}; the targets are {', '.join(TARGETS)}")
    found = TARGETS[name]
    if chip and chip not in found.chips:
        raise Error(f"target {name!r} has no chip {chip!r}; choose one of {', '.join(found.chips)}")
    return replace(found, chip=chip or found.chip)
