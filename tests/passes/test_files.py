"""Each pass on text: `*.mlir` beside this file, in the folders of the passes, with the lines that must come out.

The first line of a file says what is run, passes by name with their arguments as JSON:

    // RUN: reverse {"wrt": [0]}; clean

`options` among them says what else is asked for: debug_nans, and what a target asks for (passes/options.py).
The function is @f. What is left of the module is compared by FileCheck with the file's CHECK lines.
"""

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from filecheck.matcher import Matcher
from filecheck.options import parse_argv_options
from iree.compiler import ir

import dsl.passes
from dsl.passes import pipeline
from dsl.passes.autodiff import activity, checkpoint, unused, whiles
from dsl.passes.cleanup import dead_code
from dsl.passes.ir import edit
from dsl.passes.ir.diagnostics import CompileError
from dsl.passes.kernel import layout
from dsl.passes.kernel.effects import promotion, stack_room
from dsl.passes.kernel.op_builder import i64_constant
from dsl.passes.options import KernelOptions, MathOptions
from dsl.passes.prepare import float_bounds, forward_stores, hoist_loads, unroll, winners
from dsl.passes.prepare.integer_ranges import Ranges

HERE, PASSES = Path(__file__).parent, Path(dsl.passes.__file__).parent
FILES = sorted(HERE.rglob("*.mlir"))
FOLDERS = [
    "arrays", "autodiff", "autodiff/storage", "cleanup", "instrument", "prepare", "kernel", "kernel/effects",
    "kernel/memory", "kernel/memory_loops", "kernel/products",
]  # fmt: skip
# no passes: helpers of those beside them, whose files show them at work
HELPERS = {
    "before_reverse", "array_cotangents", "op_builder", "inline_calls", "accesses", "consumption", "array_webs",
    "intervals", "assumptions", "gemm_texts",
}  # fmt: skip


def _marked(work: pipeline.Work, wrt: list[int]) -> None:
    """Operations with an active result are marked so."""
    body = work.body
    live = activity.flow_of(body).between([body.arguments[k] for k in wrt], edit.terminator(body).operands)
    for op in list(edit.walk(body)):
        if any(result in live for result in op.results):
            op.attributes["active"] = ir.UnitAttr.get(op.context)


def _unused(work: pipeline.Work, wrt: list[int]) -> None:
    """Operations that are differentiated with strong products are marked so."""
    body = work.body
    flow, results = activity.flow_of(body), edit.terminator(body).operands
    live = flow.between([body.arguments[k] for k in wrt], results)
    strength = unused.strongly(body, live, flow, range(len(results)))
    for op in list(edit.walk(body)):
        if any(result in strength.strong for result in op.results):
            op.attributes["strong"] = ir.UnitAttr.get(op.context)


def _ranges(work: pipeline.Work, long: int | None = None) -> None:
    """Operations of one integer are marked with its interval."""
    ranges = Ranges(work.function, long)
    for op in list(edit.walk(work.body)):
        if len(op.results) == 1 and isinstance(op.results[0].type, ir.IntegerType):
            low, high = ranges.interval(op.results[0])
            op.attributes["within"] = ir.StringAttr.get(f"{low} to {high}", op.context)


def _regular(work: pipeline.Work) -> None:
    """Operations that are for certain where all their derivatives are finite are marked so."""
    bounds = float_bounds.Bounds(work.body)
    for op in edit.walk(work.body):
        if float_bounds.is_regular(op, bounds):
            op.attributes["regular"] = ir.UnitAttr.get(op.context)


def _normal(work: pipeline.Work) -> None:
    for op in reversed([op for op in edit.walk(work.body) if op.name == "scf.while"]):
        whiles.normalize(op)


def _promoted(work: pipeline.Work, cells: list[str]) -> None:
    """The cells start as zero, and what they are in the end is returned."""
    with edit.at_start(work.body):
        initial = {cell: i64_constant(0) for cell in cells}
    final = promotion.promote(work.function, initial)
    edit.append_operands(edit.terminator(work.body), [final[cell] for cell in cells])
    edit.reset_signature(work.function)


def _room(work: pipeline.Work) -> None:
    layout.bind_stacks(work.layout)
    stack_room.check_room_once(work.layout)
    edit.reset_signature(work.function)


# what the pipeline runs as part of another pass
PARTS = {
    "unroll": lambda work: unroll.unroll(work.function, edit.blocks),
    "hoist-loads": lambda work: hoist_loads.hoist(work.body),
    "forward-stores": lambda work: forward_stores.forward_stores(work.body),
    "winners": lambda work: winners.keep_winners(work.body),
    "dead-code": lambda work: dead_code.eliminate(work.function),
    "whiles": _normal,
    "split-loops": lambda work: checkpoint.split_loops(work.body),
    "activity": _marked,
    "integer-ranges": _ranges,
    "unused": _unused,
    "float-bounds": _regular,
    "promotion": _promoted,
    "stack-room": _room,
}


def run(text: str) -> str:
    """The module after the passes of the RUN line; what a pass refuses is its message."""
    steps = text.splitlines()[0].partition("RUN:")[2].split(";")
    with ir.Context() as context, ir.Location.unknown():
        context.allow_unregistered_dialects = True
        options = KernelOptions(stack_bytes=2048, target="here", machine="x86_64")
        work = pipeline.Work(ir.Module.parse(text), "f", options, MathOptions())
        driver = pipeline.Driver()
        for step in steps:
            name, _, arguments = step.strip().partition(" ")
            values = json.loads(arguments or "{}")
            try:
                if name == "options":
                    work.debug_nans = values.get("debug_nans", False)
                    kernels = {key: value for key, value in values.items() if key != "debug_nans"}
                    work.options = replace(options, **kernels)
                elif name in PARTS:
                    PARTS[name](work, **values)
                else:
                    driver.run(name, work, **values)
            except CompileError as error:
                return f"refused: {error.message}\n"
        return work.module.operation.get_asm(print_generic_op_form=False)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HERE).with_suffix("")))
def test_file(file, tmp_path):
    out = tmp_path / "out.mlir"
    out.write_text(run(file.read_text()))
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = Matcher.from_opts(parse_argv_options(["filecheck", str(file), "--input-file", str(out)])).run()
    assert code == 0, said.getvalue() + "\n" + out.read_text()


def test_every_pass_has_a_file():
    """By the name of its module, or its name and a number or word behind a dot."""
    expected = {
        f"{folder}/{path.stem}"
        for folder in FOLDERS
        for path in (PASSES / folder).glob("*.py")
        if path.stem != "__init__" and path.stem not in HELPERS
    } | {"math/expand"}
    found = {str(file.relative_to(HERE)).partition(".")[0] for file in FILES}
    assert expected <= found, sorted(expected - found)
    assert found <= expected, sorted(found - expected)
