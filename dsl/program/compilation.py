"""One program on its way from Python to an artifact: the front end, the passes and the compiler, in the one order.

This loads all of them; program.py gets it when the first program is lowered.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dsl import runtime
from dsl.calling.bounded_cache import BoundedCache
from dsl.calling.lowered import Lowered
from dsl.calling.trees import GROWN, holds
from dsl.frontend.lower import lower
from dsl.frontend.syntax import source
from dsl.passes import pipeline
from dsl.passes.ir.diagnostics import CompileError
from dsl.passes.ir.limits import CACHED_ARTIFACTS
from dsl.passes.pipeline import Driver, Observer, Work
from dsl.runtime import Artifact, environment
from dsl.runtime.compiler import bytecode

if TYPE_CHECKING:
    from .program import Program


class Compilation(Driver):
    """One run of the pipeline (passes/pipeline.py) from "ast" on. Programs lower themselves by its methods."""

    def __init__(self, observe: Observer | None = None):
        super().__init__(observe, runtime.verifies())

    def primal(self, function: Callable, args: tuple, kwargs: dict, options: dict[str, Any]) -> Lowered:
        """What the front end makes of a Python function, with the derivatives inside of it taken."""
        with self.timed("front end"):
            lowered = lower(function, args, kwargs, options=options)
        self.show("ast", lambda locations=False: ast.dump(source.find(function).node, indent=2))
        work = Work(lowered.module, lowered.entry)
        self.reach("primal", work)
        self.apply(pipeline.PREPARE, work)
        return lowered

    def request(self, name: str, lowered: Lowered, **arguments) -> Lowered:
        """Apply a pass on request: the program has the entry that it leaves, and the trees it had."""
        work = Work(lowered.module, lowered.entry)
        self.run(name, work, **arguments)
        return lowered.replace(entry=work.entry)

    def without_updates(self, lowered: Lowered) -> Lowered:
        """The program as a derivative takes it: without the new contents of arguments, which it does not return."""
        if holds(lowered.out_tree, GROWN):
            raise CompileError(
                "a function that is differentiated returns a list whose length is known only at run time",
                *lowered.place, help="return numbers, such as the sum of the list, or an array",
            )  # fmt: skip
        if not (lowered.mutated or lowered.rebound):
            return lowered
        returned = lowered.returned
        found = self.request("drop-updates", lowered, results=returned)
        return found.as_derivative(out_leaves=found.out_leaves[: len(returned)])

    def finish(self, lowered: Lowered, debug_nans: bool = False) -> None:
        """What remains to be done when nothing more will be differentiated."""
        self.apply(pipeline.FINISH, Work(lowered.module, lowered.entry, debug_nans=debug_nans))


def finished(program: Program, args: tuple, kwargs: dict, run: Compilation | None = None) -> Lowered:
    """The program for these arguments (values or types) up to the stage "clean": all that does not know the target."""
    run = run or Compilation()
    lowered = program.lower(args, kwargs, run)
    run.finish(lowered, program.debug_nans)
    return lowered


def build(program: Program, args: tuple, kwargs: dict, target: str | None, why: str):
    """The program's interface and its artifact for a target. `why` it is made is for the log."""
    run = Compilation(runtime.observer_for(program.__name__))
    run.why = why
    with runtime.shown(f"compiling {program.__name__}", lambda: run.now):
        lowered = finished(program, args, kwargs, run)
        compile = lambda: runtime.compile(lowered.module, lowered.entry, target, run)
        sharing = run.observe is None and environment.flag("DSL_CACHE", default=True)
        artifact = _shared(lowered, target, run, compile) if sharing else compile()
    return lowered.interface(program.__name__), artifact


# By the program that is compiled. A float and a np.float64 differ in what the caller gets back, which the interface
# knows, and where types promote otherwise; mostly their programs are one. So are those of a global that changes back.
_ARTIFACTS: BoundedCache[Artifact] = BoundedCache(CACHED_ARTIFACTS)


def _shared(lowered: Lowered, target: str | None, run: Compilation, compile: Callable[[], Artifact]) -> Artifact:
    """What `compile` makes of a program, or made of the very same one: of equal operations on equal lines."""
    resolved = runtime.resolve(target)
    key = (lowered.entry, str(resolved), hashlib.sha256(bytecode(lowered.module.operation)).digest())
    found = _ARTIFACTS.get(key)
    if found is not None:
        runtime.log(f"took {lowered.entry} for {resolved} from what was compiled before in {run.report()}: {run.why}")
        return found
    made = compile()
    _ARTIFACTS.put(key, made)
    return made


def stages(program: Program) -> tuple[str, ...]:
    """The names of the stages that `text` can print, in order, for the program's own target."""
    later = pipeline.stages((*pipeline.FINISH, *pipeline.LOWER))
    target = runtime.resolve(program.options.get("target"))
    return (*_front_stages(program), *later, "iree", *target.code_stages.values())


def _front_stages(program: Program) -> list[str]:
    found = ["ast", "primal"]
    for stage in program.derivatives or ("adjoint", "tangent"):
        found.append(pipeline.numbered(stage, found))
    return found


class _Found(Exception):
    """The text that was looked for."""


def text(program: Program, args: tuple, kwargs: dict, stage: str, target: str | None, locations: bool) -> str:
    """The text of one stage of a program for the types of these arguments.

    Stages of derivatives that the program does not take itself ("adjoint" and "tangent" of a kernel) are those with
    respect to all its floats. Raises ValueError where there is no such stage."""
    phases = []

    def observe(name: str, text: pipeline.Text) -> None:
        if name == stage:
            raise _Found(text(locations=locations))
        if name.startswith("iree."):
            phases.append(f"// {name}\n{text()}")

    run = Compilation(observe)
    try:
        lowered = program.lower(args, kwargs, run)
        if stage in _front_stages(program):
            return _derivative(lowered, stage, locations)
        run.finish(lowered, program.debug_nans)
        where = runtime.resolve(target)
        kernel = runtime.lower(lowered.module, lowered.entry, where, run)
        runtime.show_later_stages(kernel, where, run)
    except _Found as found:
        return str(found)
    if stage == "iree":
        return "\n\n".join(phases)
    raise ValueError(f"there is no stage {stage!r}; the stages are {', '.join([*run.stages, 'iree'])}")


def _derivative(lowered: Lowered, stage: str, locations: bool) -> str:
    """A kernel's derivative with respect to all its floats, cleaned."""
    run = Compilation()
    wrt = lowered.float_inputs()
    if stage == "adjoint":
        lowered = run.request("reverse", lowered, wrt=wrt, used=lowered.float_results[:1])
    else:
        lowered = run.request("forward", lowered, wrt=wrt)
    run.finish(lowered)
    return Work(lowered.module, lowered.entry).text(locations)
