"""From a module to an artifact: the last passes of the pipeline, for a target, and the compiler."""

from iree.compiler import ir
from iree.compiler.version import VERSION

from dsl.passes.pipeline import LOWER, Driver, Observer, Work

from . import environment
from .artifact import Artifact
from .compiler import WORKERS, bytecode, payload
from .dumps import Dump, show_later_stages
from .progress import log
from .targets import Target, resolve


def observer_for(name: str) -> Observer | None:
    """Who writes the stages of one compilation, if DSL_DUMP_IR_TO asks for it."""
    directory = environment.text("DSL_DUMP_IR_TO")
    return Dump(directory, name).write if directory else None


def verifies() -> bool:
    """Whether DSL_VERIFY asks for the contract to be checked after every pass."""
    return environment.flag("DSL_VERIFY")


def compile(module, entry: str, target=None, run: Driver | None = None) -> Artifact:
    """Compile the function @entry of a module of the language's IR (docs/ir.md) into an artifact.

    run: what ran the passes before. Raises CompileError where the program cannot be compiled for the target, and Error
    where there is no such target or the compiler crashed.
    """
    target = resolve(target)
    run = run or Driver(observer_for(entry), verifies())
    kernel = lower(module, entry, target, run)
    if run.observe is not None:
        show_later_stages(kernel, target, run)
    artifact = compile_kernel(kernel, target, run)
    log(f"compiled {entry} for {target} in {run.report()}{': ' * bool(run.why)}{run.why}")
    return artifact


def lower(module, entry: str, target: Target, run: Driver | None = None):
    """The kernel module of @entry for this target; `module` itself is left alone."""
    # A forked process has none of MLIR's threads and would wait for them; a kernel is too small to need them.
    module.context.enable_multithreading(False)
    with module.context:
        copy = ir.Module.parse(bytecode(module.operation), module.context)
    work = Work(copy, entry, target.kernel_options(), target.math_options())
    (run or Driver(verify=verifies())).apply(LOWER, work)
    return copy


def compile_kernel(module, target: Target, run: Driver | None = None) -> Artifact:
    """Compile a kernel module (what `lower` leaves)."""
    signature, source = payload(module, target)
    with (run or Driver()).timed("iree"):
        vmfb = WORKERS.compile(target.compile_flags(), source)
    return Artifact.make(signature, target, VERSION, vmfb)
