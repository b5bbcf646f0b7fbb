"""The order of the passes, readable whole: from what the front end makes ("primal") to what IREE gets ("kernel").

A pass works in place on a `Work`: a module, the name of the function concerned, and what is known of the target. Some
are applied to every program, in the order below; those `on_request` only where a derivative, or a search for what is
wrong with one, asks for them (dsl/api), with arguments, as often as it asks and in its order. A `Driver` runs passes:
it times
them, shows each stage as it is reached to whoever observes, and checks after each that the contract of docs/ir.md is
kept (ir/contract.py), where it is told to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from iree.compiler import ir
from iree.compiler.passmanager import PassManager

from dsl.passes.arrays import fusion, scalar_loops
from dsl.passes.autodiff import checkpoint, forward, jacobian, nested, reverse, specialize, user_rules
from dsl.passes.autodiff.storage import budget
from dsl.passes.calling_convention import SIGNATURE
from dsl.passes.cleanup import clean, dead_code
from dsl.passes.instrument import branch_trace, debug_nans
from dsl.passes.ir import contract, edit
from dsl.passes.ir.diagnostics import Error
from dsl.passes.ir.expr import is_float
from dsl.passes.kernel import contraction, dispatch, interrupts, layout, strict_fp, target_limits
from dsl.passes.kernel.effects import tapes_checks_prints
from dsl.passes.kernel.inline_calls import inline_calls
from dsl.passes.kernel.memory import tensors
from dsl.passes.kernel.memory_loops import fission, fmuladd_sums, gathers, scalar_replacement, unordered_sums
from dsl.passes.kernel.products.dot_calls import is_call
from dsl.passes.math import expand_math
from dsl.passes.options import KernelOptions, MathOptions
from dsl.passes.prepare import nests, overflow_checks, small_arrays
from dsl.passes.rules import strong_zero


@dataclass
class Work:
    """What passes work on: the function `entry` of `module`.

    options, math: what the target asks for; before "math" no pass looks at them. debug_nans: whether to report the
    first NaN. planned: where everything lies, from the pass "layout" on."""

    module: ir.Module
    entry: str
    options: KernelOptions = field(default_factory=KernelOptions)
    math: MathOptions = field(default_factory=MathOptions)
    debug_nans: bool = False
    planned: layout.Layout | None = None

    @property
    def function(self) -> ir.Operation:
        """The function; once the kernel has a layout, it is that one's, wherever it lies."""
        return edit.function(self.module, self.entry) if self.planned is None else self.planned.func

    @property
    def layout(self) -> layout.Layout:
        assert self.planned is not None, "a pass ran before the layout was made"
        return self.planned

    @property
    def body(self) -> ir.Block:
        return edit.entry_block(self.function)

    def text(self, locations: bool = False, alone: bool = True) -> str:
        """The function `alone`, or the module it is in."""
        operation = self.function if alone else self.module.operation
        return operation.get_asm(enable_debug_info=locations, use_local_scope=locations)


def _always(work: Work) -> bool:
    return True


@dataclass(frozen=True)
class Pass:
    """A step of the pipeline. `run(work, **arguments)` changes the work in place; only passes `on_request` have
    arguments. `ends` is the stage that is reached behind it, also where it does not apply."""

    name: str
    run: Callable[..., None]
    doc: str
    ends: str = ""
    applies: Callable[[Work], bool] = _always
    on_request: bool = False


def _request(name: str, run: Callable[..., None], doc: str, ends: str = "") -> Pass:
    return Pass(name, run, doc, ends, on_request=True)


def _mlir(passes: str) -> Callable[[Work], None]:
    """Some of MLIR's own passes."""
    return lambda work: PassManager.parse(f"builtin.module({passes})").run(work.module.operation)


# What the lines of the tuple do where it takes more than a call.


def _drop_updates(work: Work, results: Sequence[int]) -> None:
    specialize.specialize(work.module, work.entry, {}, results)
    dead_code.eliminate(work.function)


def _segments(work: Work, wrt: Sequence[int], plan: Sequence[int] | int) -> None:
    if isinstance(plan, int):
        budget.mark_within(work.module, work.entry, list(wrt), plan)
    else:
        checkpoint.mark(work.module, work.entry, plan)


def _reverse(work: Work, wrt: Sequence[int], used: Sequence[int] = ()) -> None:
    work.entry = reverse(work.module, work.entry, wrt, used=used)


def _forward(work: Work, wrt: Sequence[int]) -> None:
    work.entry = forward(work.module, work.entry, wrt)


def _jacobian(work: Work, wrt: Sequence[int], wanted: Sequence[int], rows: bool, entry: str) -> None:
    primals = len(work.body.arguments)
    if rows:
        # of several results only one at a time has a cotangent
        results = [k for k, value in enumerate(edit.terminator(work.body).operands) if is_float(value.type)]
        directional = reverse(work.module, work.entry, wrt, used=results if len(results) == 1 else ())
    else:
        directional = forward(work.module, work.entry, wrt)
    work.entry = jacobian.jacobian(work.module, directional, primals, wanted, rows, entry)


def _specialize(work: Work, fixed: dict[int, float], results: Sequence[int]) -> None:
    specialize.specialize(work.module, work.entry, fixed, results)


def _leave_out_rule(work: Work, number: int) -> None:
    user_rules.leave_out(user_rules.ruled(work.body)[number])


def _layout(work: Work) -> None:
    work.planned = layout.plan(work.function, work.entry, interrupts.can_poll(work.options.machine))
    work.layout.sized_call = work.options.sized_call


def _tensors(work: Work) -> None:
    tensors.lower_tensors(work.layout, work.options)
    edit.reset_signature(work.function)


def _scalars(work: Work) -> None:
    tapes_checks_prints.lower_scalars(work.layout)
    edit.reset_signature(work.function)


def _dispatch(work: Work) -> None:
    dispatch.wrap(work.module, work.layout, work.options.attributes)
    work.module.operation.attributes[SIGNATURE] = ir.StringAttr.get(work.layout.signature())
    work.module.operation.verify()


def _is_cpu(work: Work) -> bool:
    return bool(work.options.machine)


PASSES = (
    # Of every program, before anything is differentiated.
    Pass("overflow-checks", lambda work: overflow_checks.check_overflow(work.module), "Python ints fit in 64 bits"),
    Pass("nests", lambda work: nests.unroll_nests(work.module), "constant loops are written out for small arrays"),
    Pass("small-arrays", lambda work: small_arrays.dissolve(work.module), "arrays of a few elements are numbers"),
    Pass("nested", lambda work: nested.resolve_nested(work.module), "derivatives taken inside of the program"),
    # What dsl.grad and its kin ask for, and dsl.check_grads for its reports.
    _request("drop-updates", _drop_updates, "arguments are not changed, and what only that needed goes"),
    _request("segments", _segments, "the outermost loops are marked to be checkpointed"),
    _request("reverse", _reverse, "the adjoint, beside its primal", ends="adjoint"),
    _request("forward", _forward, "the tangent, beside its primal", ends="tangent"),
    _request("jacobian", _jacobian, "a loop over directions around a tangent or an adjoint", ends="jacobian"),
    _request("specialize", _specialize, "arguments get fixed values, results are chosen"),
    _request("silence", lambda work: specialize.silence(work.module, work.entry), "prints go"),
    _request("leave-out-rule", _leave_out_rule, "a function with a rule of its own loses it"),
    _request("branch-trace", lambda work: branch_trace.record_branches(work.module, work.entry),
             "decisions are printed"),
    # Of every program, once nothing more is to be differentiated.
    Pass("drop-others", lambda work: specialize.remove_others(work.module, work.entry), "only the entry remains"),
    Pass("inline-rules", lambda work: user_rules.inline_primals(work.body), "functions with rules are what they do"),
    Pass("inline-checkpoints", lambda work: checkpoint.inline_checkpoints(work.body), "checkpoints, likewise"),
    Pass("stop-gradients", lambda work: clean.resolve_stop_gradients(work.module), "stop_gradient is the identity"),
    Pass("strong-zeros", lambda work: strong_zero.expand(work.module, without_nans=work.debug_nans),
         "products that are zero for the unused are plain arithmetic"),
    Pass("clean", lambda work: clean.clean(work.module), "folding, merging, dead code"),
    Pass("nan-checks", lambda work: debug_nans.report_nans(work.module, work.entry), "the first NaN is reported",
         ends="clean", applies=lambda work: work.debug_nans),
    # For a target.
    Pass("fuse", lambda work: fusion.fuse(work.function, lambda m: is_call(m, work.options)),
         "maps are computed where they are read"),
    Pass("array-loops", lambda work: scalar_loops.write_out(work.function, lambda m: not is_call(m, work.options)),
         "whole-array operations are loops, but for large products"),
    Pass("math", lambda work: expand_math(work.module, work.math), "math as arithmetic", ends="math"),
    Pass("inline-calls", lambda work: inline_calls(work.module, work.entry), "one function", ends="inlined"),
    Pass("refuse-f64", lambda work: target_limits.refuse_f64(work.function, work.options.target),
         "what the target lacks is refused", applies=lambda work: not work.options.f64),
    Pass("layout", _layout, "slots and stacks are planned"),
    Pass("tensors", _tensors, "arrays are memory", ends="tensors"),
    Pass("effects", lambda work: tapes_checks_prints.lower_effects(work.layout), "tapes, checks, prints are memory"),
    Pass("scalars", _scalars, "scalar arguments and results are memory"),
    Pass("fold-accesses", _mlir("canonicalize,cse,loop-invariant-code-motion"), "MLIR's folding"),
    Pass("registers", lambda work: scalar_replacement.keep_in_registers(work.function), "elements kept over loops"),
    Pass("fission", lambda work: fission.distribute(work.function), "loops that vectorise, alone"),
    Pass("fold-loops", _mlir("canonicalize,cse,canonicalize"), "MLIR's folding", ends="effects"),
    Pass("contraction", lambda work: contraction.contract(work.function), "sums of cotangents are fused",
         applies=_is_cpu),
    Pass("unordered-sums", lambda work: unordered_sums.free_order(work.function), "sums of cotangents in any order",
         applies=_is_cpu),
    Pass("sums", lambda work: fmuladd_sums.lessen_by_sums(work.function), "what adjoints subtract in loops",
         applies=_is_cpu),
    Pass("gathers", lambda work: gathers.keep_scalar(work.function), "short loops from row to row stay scalar",
         applies=_is_cpu),
    Pass("rounding", lambda work: strict_fp.keep_rounding(work.function), "no product is contracted into a sum",
         applies=_is_cpu),
    Pass("interrupts", lambda work: interrupts.poll_in_loops(work.module, work.layout, work.options.machine),
         "long loops look up", applies=_is_cpu),
    Pass("subnormals", lambda work: strict_fp.keep_subnormals(work.function, work.options.machine),
         "subnormal numbers are kept", ends="exact", applies=_is_cpu),
    Pass("dispatch", _dispatch, "the executable, its @call and its signature", ends="kernel"),
)  # fmt: skip

_BY_NAME = {step.name: step for step in PASSES}


def between(first: str, last: str) -> tuple[Pass, ...]:
    """The passes of every program from one to another, both included."""
    names = [step.name for step in PASSES]
    return tuple(step for step in PASSES[names.index(first) : names.index(last) + 1] if not step.on_request)


PREPARE = between("overflow-checks", "nested")
FINISH = between("drop-others", "nan-checks")
LOWER = between("fuse", "dispatch")


def stages(passes: Sequence[Pass]) -> tuple[str, ...]:
    """The stages that these passes end."""
    return tuple(step.ends for step in passes if step.ends)


def numbered(stage: str, before: Sequence[str]) -> str:
    """The name of a stage that comes again: "adjoint", "adjoint.2"."""
    again = sum(name.partition(".")[0] == stage for name in before)
    return f"{stage}.{again + 1}" if again else stage


# The text of a stage; `text(locations=True)` has the place of each operation.
Text = Callable[..., str]
Observer = Callable[[str, Text], None]


class Driver:
    """One run of the pipeline, or of part of it.

    observe(stage, text): called at each stage; `text(locations)` prints it, which costs nothing where it is not called.
    verify: whether the contract is checked; that takes about as long as the passes. steps: what ran, with the seconds
    that it took. now: what runs. why: the cause of this run, for the log."""

    def __init__(self, observe: Observer | None = None, verify: bool = False):
        self.observe, self.verify = observe, verify
        self.now = self.why = ""
        self.stages: list[str] = []
        self.steps: list[tuple[str, float]] = []

    def apply(self, passes: Sequence[Pass], work: Work) -> None:
        """Run passes one after the other."""
        for step in passes:
            self.run(step, work)

    def run(self, step: Pass | str, work: Work, **arguments) -> None:
        """Run one pass, given as itself or by its name, where it applies to the work."""
        step = _BY_NAME[step] if isinstance(step, str) else step
        if step.applies(work):
            with self.timed(step.name), work.module.context, ir.Location.unknown(), _named(step.name):
                step.run(work, **arguments)
        if self.verify:
            contract.check(work.module, self.steps[-1][0] if self.steps else step.name, self._reached, step.ends)
        if step.ends:
            self.reach(step.ends, work, alone=step.on_request)

    @property
    def _reached(self) -> str:
        """The stage that was reached last, without its number."""
        return self.stages[-1].partition(".")[0] if self.stages else ""

    def reach(self, stage: str, work: Work, alone: bool = False) -> None:
        """Show a stage: the module, or `alone` the function."""
        self.show(numbered(stage, self.stages), lambda locations=False: work.text(locations, alone))

    def show(self, stage: str, text: Text) -> None:
        """Show a stage by its full name."""
        self.stages.append(stage)
        if self.observe is not None:
            self.observe(stage, text)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        start, self.now = time.perf_counter(), name
        try:
            yield
        finally:
            self.steps.append((name, time.perf_counter() - start))

    def report(self) -> str:
        """What it took, as text: "0.300 s (iree 0.250, front end 0.020, math 0.010)", steps of 1% and more."""
        total = sum(seconds for _, seconds in self.steps)
        most = sorted(self.steps, key=lambda step: -step[1])
        parts = ", ".join(f"{name} {seconds:.3f}" for name, seconds in most if seconds >= 0.01 * total)
        return f"{total:.3f} s ({parts})"


@contextmanager
def _named(name: str) -> Iterator[None]:
    """An exception that is no message to the user says in which pass it was raised."""
    try:
        yield
    except Error:
        raise
    except Exception as error:
        error.add_note(f"in the pass {name!r}")
        raise
