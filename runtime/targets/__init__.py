"""The table of targets, and how a user's word for one is understood.

A target is one object (target.py says what it must answer), and everything that differs from target to target is asked
of it: no other module compares its name. To add one, write a module beside this one with a subclass of `Target`, whose
fields are its row, and put an object of it into TARGETS: compilation, stages, artifacts, devices and the lists that
users see follow from that. Chips are added to the `chips` of their target.
"""

from dataclasses import replace

from dsl.passes.ir.diagnostics import Error
from dsl.runtime import environment

from .cpu import Cpu
from .cuda import Cuda
from .target import DUMP_FLAGS, PHASE, PROCESS_FLAGS, Target
from .vulkan import Vulkan

__all__ = ["DUMP_FLAGS", "PHASE", "PROCESS_FLAGS", "TARGETS", "Target", "resolve"]

DEFAULT = "cpu"  # where neither the program nor the environment names one: every machine has it

TARGETS: dict[str, Target] = {target.name: target for target in (Cpu("host"), Vulkan("ampere"), Cuda("sm_80"))}


def resolve(target: "str | Target | None" = None) -> Target:
    """The target a name means: `cpu`, or with a chip `cuda:sm_89`; None means DSL_TARGET, else the CPU.

    Raises dsl.Error for a name or chip that is not in the table; the compiler itself never sees one.
    """
    if isinstance(target, Target):
        return target
    text = target or environment.text("DSL_TARGET") or DEFAULT
    name, _, chip = text.partition(":")
    if name not in TARGETS:
        raise Error(f"unknown target {text!r}; the targets are {', '.join(TARGETS)}")
    found = TARGETS[name]
    if chip and chip not in found.chips:
        raise Error(f"target {name!r} has no chip {chip!r}; choose one of {', '.join(found.chips)}")
    return replace(found, chip=chip or found.chip)
