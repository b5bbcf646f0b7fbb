"""The text of each stage between the Python source and the machine's code."""

from __future__ import annotations

from typing import Any

from .program import Program, finish


def text(program: Program, args: tuple, kwargs: dict, stage: str, target: str | None, locations: bool) -> str:
    """The text of one stage of a program for the types of these arguments.

    Stages of derivatives that the program does not take itself ("adjoint" and "tangent" of a kernel) are those with
    respect to all its floats. Raises ValueError where there is no such stage."""
    found: dict[str, str] = {}

    def observe(name: str, what: Any) -> None:
        found[name] = what if isinstance(what, str) else printed(what, locations)

    lowered = program.lower(args, kwargs, observe)
    if stage not in found and stage in program.front_stages:
        return derivative(lowered, stage, locations)
    if stage in found:
        return found[stage]
    return _later(program, lowered, found, stage, target, locations)


def printed(what: Any, locations: bool) -> str:
    """A module, or one function of it given as (module, name), as text."""
    from dsl.passes.ir import edit

    if isinstance(what, tuple):
        module, name = what
        operation = edit.function(module, name)
    else:
        operation = what.operation
    return operation.get_asm(enable_debug_info=locations, use_local_scope=locations)


def derivative(lowered, stage: str, locations: bool) -> str:
    from dsl.passes.autodiff import forward, reverse

    wrt = [k for k, leaf in enumerate(lowered.in_leaves) if leaf.dtype.kind == "float"]
    name = (reverse if stage == "adjoint" else forward)(lowered.module, lowered.entry, wrt)
    finish(lowered.replace(name))
    return printed((lowered.module, name), locations)


def _later(program: Program, lowered, found: dict[str, str], stage: str, target: str | None, locations: bool) -> str:
    from dsl import runtime

    finish(lowered, program.debug_nans)
    found["clean"] = printed(lowered.module, locations)
    if stage == "clean":
        return found[stage]
    where = runtime.resolve(target)
    observe = lambda name, module: found.__setitem__(name, printed(module, locations))
    kernel = runtime.lower(lowered.module, lowered.entry, where, observe=observe)
    if stage not in found:
        found.update(runtime.later_stages(kernel, where))
        found["iree"] = "\n\n".join(f"// {name}\n{text}" for name, text in found.items() if name.startswith("iree."))
    if stage not in found:
        raise ValueError(f"there is no stage {stage!r}; the stages are {', '.join(found)}")
    return found[stage]
