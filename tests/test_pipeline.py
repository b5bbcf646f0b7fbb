"""The pipeline: the tuple of passes, the driver that runs them, the contract that holds after each."""

import dataclasses
import math
import os
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from iree.compiler import ir

import dsl
from dsl import runtime
from dsl.passes import pipeline
from dsl.passes.ir import context, contract, edit
from dsl.passes.ir.diagnostics import InternalError
from dsl.passes.pipeline import Driver, Work
from dsl.program import compilation
from dsl.program.compilation import Compilation, finished
from tests.support.kernels import parsed

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "ir.md").read_text()


# -- the tuple -----------------------------------------------------------------------------------------------------


def test_names_are_unique_and_every_pass_says_what_it_does():
    names = [step.name for step in pipeline.PASSES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    assert all(step.doc and "\n" not in step.doc for step in pipeline.PASSES)


def test_the_slices_are_the_tuple_but_for_what_is_on_request():
    ours = (*pipeline.PREPARE, *pipeline.FINISH, *pipeline.LOWER)
    assert ours == tuple(step for step in pipeline.PASSES if not step.on_request)
    assert pipeline.between("math", "layout")[0].name == "math"
    assert pipeline.between("math", "layout")[-1].name == "layout"


def test_each_stage_ends_once_and_has_a_row_in_the_contract():
    ends = pipeline.stages(pipeline.PASSES)
    assert len(set(ends)) == len(ends)
    assert tuple(contract.STAGES) == ("primal", *ends)


def test_a_stage_that_comes_again_has_a_number():
    assert pipeline.numbered("adjoint", ["ast", "primal"]) == "adjoint"
    assert pipeline.numbered("adjoint", ["ast", "primal", "adjoint", "tangent"]) == "adjoint.2"
    both = dsl.grad(lambda x: dsl.grad(lambda y: y * y * y)(x))
    assert both.stages[:4] == ("ast", "primal", "adjoint", "clean")


def test_the_page_lists_the_passes_in_their_order():
    rows = re.findall(r"^\| `([a-z0-9-]+)`(?: on request)? \|.*\| (?:`(\w+)`)? *\|$", PAGE, re.MULTILINE)
    assert rows == [(step.name, step.ends) for step in pipeline.PASSES]


# -- programs that every stage of verifies ---------------------------------------------------------------------------


def loop(x, n: int):
    total = x
    for _ in range(n):
        if total > 2.0:
            total = total * 0.5
        total = total * total + math.sin(x)
    return total


def search(x):
    y = x
    while y * y > 1e-3:
        y = y - math.exp(-y) * 0.5
        if y < -10.0:
            return x * y
    return math.gamma(x) + math.hypot(x, y)


def arrays(v, k: int):
    out = np.zeros(5)
    for i in range(5):
        out[i] = v[i] * v[k] + out[i - 1]
    v[k] = 2.0
    return out[4]


def talk(x):
    print("x is", x)
    assert x > 0.0, f"{x} is not positive"
    return math.log(x)


def inner(x):
    return dsl.grad(lambda y: y * math.sin(x * y))(x)


PROGRAMS = {
    "loop": (loop, (1.5, 3)), "search": (search, (0.7,)), "arrays": (arrays, (np.ones(5), 2)),
    "talk": (talk, (2.0,)), "inner": (inner, (0.3,)),
}  # fmt: skip
DERIVATIVES = {
    "itself": lambda f: f, "grad": dsl.grad, "grad of grad": lambda f: dsl.grad(dsl.grad(f)), "hessian": dsl.hessian,
    "checkpointed": lambda f: dsl.grad(dsl.kernel(f, checkpoint=2)),
}  # fmt: skip


def stages_of(program, args, target="cpu") -> list[str]:
    """The stages of a program, as observed, each verified."""
    seen = {}
    run = Compilation(lambda stage, text: seen.update({stage: text()}))
    assert run.verify
    lowered = finished(program, args, {}, run)
    runtime.lower(lowered.module, lowered.entry, runtime.resolve(target), run)
    assert all(seen.values()) and list(seen) == run.stages
    return run.stages


# the gradient with respect to an array is no float, so that it has no gradient
TWICE = ("grad of grad", "hessian")
CASES = [(name, made) for name in PROGRAMS for made in DERIVATIVES if name != "arrays" or made not in TWICE]


@pytest.mark.parametrize("name, derivative", CASES)
def test_every_stage_keeps_the_contract_and_is_one_that_is_promised(name, derivative):
    function, args = PROGRAMS[name]
    program = DERIVATIVES[derivative](dsl.kernel(function))
    promised = [stage for stage in program.stages if stage not in ("iree", "llvm", "asm")]
    if derivative == "itself":
        promised = [stage for stage in promised if stage not in ("adjoint", "tangent")]  # made when asked for
    assert stages_of(program, args) == promised


@pytest.mark.parametrize("target", ["vulkan", "cuda"])
def test_every_stage_keeps_the_contract_on_other_targets(target):
    assert stages_of(dsl.grad(dsl.kernel(loop)), (1.5, 3), target)[-1] == "kernel"


# -- the driver ------------------------------------------------------------------------------------------------------


def with_pass(monkeypatch, name, wrong):
    """The pipeline with one pass followed, within itself, by something wrong."""

    def broken(step):
        return dataclasses.replace(step, run=lambda work, **arguments: (step.run(work, **arguments), wrong(work)))

    change = lambda passes: tuple(broken(step) if step.name == name else step for step in passes)
    for slice_ in ("PREPARE", "FINISH", "LOWER"):
        monkeypatch.setattr(pipeline, slice_, change(getattr(pipeline, slice_)))
    monkeypatch.setattr("dsl.runtime.build.LOWER", pipeline.LOWER)
    monkeypatch.setattr(pipeline, "_BY_NAME", {step.name: step for step in change(pipeline.PASSES)})


def insert(name, types=()):
    """A mistake: an operation put in front of the function's first."""

    def wrong(work):
        first = work.body.operations[0].operation
        with ir.InsertionPoint(first), first.location:
            ir.Operation.create(name, results=[ir.Type.parse(type_) for type_ in types])

    return wrong


def unplaced(work):
    for op in edit.walk(work.body):
        if op.name == "arith.mulf":
            op.location = ir.Location.unknown()


def backwards(work):
    for op in edit.walk(work.body):
        if op.name == "scf.for":
            maker = edit.defining_op(op.operands[2])
            maker.attributes["value"] = ir.IntegerAttr.get(op.operands[2].type, -1)


def cut_tape(work):
    for op in list(edit.walk(work.body)):
        if op.name == "dsl.push":
            op.erase()


@pytest.mark.parametrize("name, wrong, message", [
    ("reverse", insert("dsl.vjp"), "left dsl.vjp, which is not legal at the stage 'adjoint'"),
    ("clean", insert("dsl.checkpoint"), "left dsl.checkpoint, which is not legal at the stage 'clean'"),
    ("reverse", backwards, "left scf.for with a step that is not a constant above zero"),
    ("reverse", cut_tape, "left a dsl.pop of what no dsl.push at its site pushes"),
    ("clean", unplaced, "left arith.mulf with no place"),
    ("math", insert("math.sin", ["f64"]), "left math.sin, which is not legal at the stage 'math'"),
    ("tensors", insert("tensor.empty", ["tensor<3xf64>"]),
     "left tensor.empty, which is not legal at the stage 'tensors'"),
    ("fold-loops", insert("dsl.failed", ["i1"]), "left dsl.failed, which is not legal at the stage 'effects'"),
    ("rounding", insert("dsl.cell_get", ["i64"]), "left dsl.cell_get, which is not legal at the way from 'effects'"),
])  # fmt: skip
def test_a_pass_that_breaks_the_contract_is_named_with_the_line(monkeypatch, name, wrong, message):
    with_pass(monkeypatch, name, wrong)
    with pytest.raises(InternalError, match=f"the pass '{name}' {message}") as caught:
        stages_of(dsl.grad(dsl.kernel(loop)), (1.5, 3))
    first = loop.__code__.co_firstlineno
    assert caught.value.filename == __file__ and first <= caught.value.line < first + 8


def test_users_do_not_pay_for_the_check(monkeypatch):
    monkeypatch.setenv("DSL_VERIFY", "0")
    assert not Compilation().verify
    with_pass(monkeypatch, "clean", insert("dsl.checkpoint"))
    finished(dsl.kernel(loop), (1.5, 3), {})


def test_an_exception_in_a_pass_says_in_which(monkeypatch):
    def fails(work):
        raise KeyError("something")

    with_pass(monkeypatch, "stop-gradients", fails)
    with pytest.raises(KeyError) as caught:
        finished(dsl.kernel(loop), (1.5, 3), {})
    assert caught.value.__notes__ == ["in the pass 'stop-gradients'"]


def test_what_ran_is_timed():
    run = Compilation()
    finished(dsl.grad(dsl.kernel(loop)), (1.5, 3), {}, run)
    names = [name for name, _ in run.steps]
    assert names == [
        "front end", "overflow-checks", "nests", "small-arrays", "nested", "reverse", "specialize",
        *(step.name for step in pipeline.FINISH[:-1]),
    ]  # fmt: skip
    assert all(seconds >= 0 for _, seconds in run.steps)
    assert re.fullmatch(r"\d+\.\d{3} s \((\S+|front end) \d\.\d{3}(, (\S+|front end) \d\.\d{3})*\)", run.report())


def test_passes_run_on_text_alone():
    """A slice of the pipeline on a module that no front end made."""
    text = "func.func @f(%x: f64) -> f64 { %c = arith.constant 0.0 : f64 %y = math.sin %x : f64 return %y : f64 }"
    with parsed(text) as module:
        run = Driver(verify=True)
        run.apply(pipeline.between("drop-others", "inline-calls"), Work(module, "f"))
        assert run.stages == ["clean", "math", "inlined"]
        assert "math.sin" not in Work(module, "f").text()


def test_the_text_of_a_stage_is_made_only_for_who_reads_it(monkeypatch):
    """`ast.dump` of a long program takes longer than all the rest."""
    monkeypatch.setattr(compilation.ast, "dump", lambda *args, **kwargs: pytest.fail("nobody looks"))
    assert dsl.kernel(lambda x: x + 1.0)(1.0) == 2.0
    assert "func.func" in dsl.kernel(loop).ir(1.0, 3, stage="clean")


def test_reading_an_early_stage_runs_no_later_pass(monkeypatch):
    with_pass(monkeypatch, "reverse", lambda work: pytest.fail("the primal was asked for"))
    assert "func.func @loop(" in dsl.grad(dsl.kernel(loop)).ir(1.0, 3, stage="primal")


# -- the context -----------------------------------------------------------------------------------------------------


def test_a_thread_has_one_context_that_is_renewed(monkeypatch):
    monkeypatch.setattr(context, "CONTEXT_LOWERINGS", 3)
    monkeypatch.setattr(context, "_of_thread", threading.local())
    found = [context.shared() for _ in range(7)]
    assert found[0] is found[2] is not found[3] and found[3] is found[5] is not found[6]
    others = []
    thread = threading.Thread(target=lambda: others.append(context.shared()))
    thread.start()
    thread.join()
    assert others[0] not in found


def test_threads_lower_at_the_same_time():
    errors, texts = [], []

    def work(k):
        try:
            for n in range(4):
                texts.append(dsl.grad(dsl.kernel(loop)).ir(1.0 + k, 3, stage="exact"))
                assert n >= 0
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(set(texts)) == 1


def test_a_fork_lowers_in_the_context_it_got():
    dsl.kernel(loop).ir(1.0, 3, stage="clean")
    child = os.fork()
    if not child:
        try:
            dsl.kernel(search).ir(1.0, stage="clean")
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
