"""The table of operations: complete, consistent, true by MLIR's own account, and the only place that lists them."""

import ast
import re
from pathlib import Path

import pytest
from iree.compiler import ir, passmanager

import dsl
from dsl.passes.autodiff import array_cotangents, forward, reverse
from dsl.passes.cleanup.clean import clean
from dsl.passes.ir import edit, ops
from dsl.passes.ir.diagnostics import CompileError
from dsl.passes.math.expand import expand_math
from dsl.passes.math.expansions import EXPANSIONS
from dsl.passes.options import MathOptions
from dsl.passes.rules import RULES
from tests.corpus import routines
from tests.support.interpret import interpret
from tests.support.kernels import parsed

FOLDERS = [Path(package.__file__).parent for package in (dsl, dsl.passes, dsl.runtime)]
DIALECTS = "arith|math|scf|tensor|func|memref|vector|dsl"
NAME = re.compile(rf"({DIALECTS})\.[a-z_0-9.]+")
# attributes, and modules, whose names look like those of operations
OTHERS = {"dsl.updates", "dsl.segment", "dsl.number", "dsl.live", "dsl.counter", "dsl.signature"}


def sources() -> dict[Path, ast.Module]:
    return {file: ast.parse(file.read_text()) for folder in FOLDERS for file in sorted(folder.rglob("*.py"))}


SOURCES = sources()


def is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value) is not None


def emitted() -> set[str]:
    """The names of operations that the sources make: first arguments of calls that make operations, and MLIR's own
    builders."""
    found = set()
    for tree in SOURCES.values():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("emit", "create", "call", "unary", "op", "apply", "binary", "math", "operation"):
                found |= {part.value for argument in node.args for part in ast.walk(argument) if is_name(part)}
    return found - OTHERS


def test_what_the_sources_emit_has_a_row():
    names = emitted()
    assert len(names) > 60
    assert names <= set(ops.ROWS), sorted(names - set(ops.ROWS))


TARGETS = [MathOptions(), MathOptions(False, False, False), MathOptions(no_contraction=True)]


@pytest.mark.parametrize("options", TARGETS, ids=["new", "old", "exact"])
def test_what_expansions_emit_has_a_row(options):
    for name in EXPANSIONS:
        for arity in (1, 2, 3):
            with ir.Context() as context, ir.Location.unknown():
                context.allow_unregistered_dialects = True
                f32 = ir.F32Type.get()
                module = ir.Module.parse("func.func @f(%x: f32, %y: f32, %z: f32, %n: i32) { return }")
                block = edit.entry_block(edit.function(module, "f"))
                operands = list(block.arguments)[:arity]
                if name == "math.fpowi":
                    operands = [block.arguments[0], block.arguments[3]]
                result = ir.IntegerType.get_signless(1) if name.startswith("math.is") else f32
                attributes = {"order": edit.number(1)} if name == "dsl.polygamma" else {}
                with edit.at_start(block):
                    op = ir.Operation.create(name, results=[result], operands=operands, attributes=attributes)
                try:
                    op.verify()
                    expand_math(module, options)
                except (ir.MLIRError, TypeError):
                    continue  # it takes another number of operands
                for inner in edit.walk(block):
                    ops.row(inner)
                break
        else:
            raise AssertionError(f"{name} was not expanded")


@pytest.mark.parametrize("routine", routines()[::3], ids=lambda routine: routine.name)
def test_what_programs_are_made_of_has_a_row(routine):
    program = dsl.grad(routine.differentiated, argnums=routine.wrt) if routine.wrt else dsl.kernel(routine.function)
    for stage in ("primal", "clean", "math", "exact"):
        text = program.ir(*routine.fresh(), stage=stage)
        with parsed(text) as module:
            for func in module.body.operations:
                if len(func.operation.regions) and func.operation.name == "func.func":
                    for op in edit.walk(edit.entry_block(func.operation)):
                        ops.row(op)


def test_a_fact_can_be_a_position():
    assert {"tensor.extract", "memref.load"} <= ops.having("reads")
    assert ops.having("writes") == {"tensor.insert", "tensor.insert_slice", "memref.store"}


def test_rows_agree_with_the_rules():
    assert ops.having("rule") == set(RULES)


def test_rows_are_consistent():
    for row in ops.ROWS.values():
        assert not (row.total or row.cheap or row.moves or row.decides) or row.pure, row
        assert not row.polynomial or row.cheap and row.total, row
        assert not row.pure or not (row.observed or row.taped or row.control or row.end), row
        assert sum((row.pure, row.taped, row.control, row.inline, row.custom)) <= 1, row
        assert not row.loop or row.control, row
        assert not row.inner or row.inline, row
        assert row.reads is None or row.writes is None, row


def test_whatever_moves_elements_is_reversed():
    """By a rule, or by a visitor of its own; in forward mode there is one way for all of them."""
    assert ops.having("moves") <= set(RULES) | set(array_cotangents.visits)
    assert set(array_cotangents.visits) <= ops.having("moves")


# MLIR's own account of arith and math

TYPES = ["f64", "i64", "i1", "f32", "i32", "index"]
OPERANDS = [
    ["f64"], ["f64", "f64"], ["f64", "f64", "f64"], ["i64"], ["i64", "i64"], ["i1", "f64", "f64"], ["f64", "i32"],
    ["f32"], ["i32"],
]  # fmt: skip
REGISTERED = sorted(name for name in ops.ROWS if name.startswith(("arith.", "math.")) and name != "arith.constant")
UNTESTED = {"math.sincos", "arith.convertf", "arith.scaling_extf", "arith.scaling_truncf"} | {
    f"arith.{kind}_extended" for kind in ("addui", "subui", "mulsi", "mului")
}  # fmt: skip
PREDICATES = ("arith.cmpf", "arith.cmpi")


def made(name: str) -> ir.Module:
    """A loop around the operation on values from outside of it, with a use of the result."""
    for operands in OPERANDS:
        for result in TYPES:
            attributes = " {predicate = 2 : i64}" if name in PREDICATES else ""
            arguments = ", ".join(f"%a{k}: {type_}" for k, type_ in enumerate(operands))
            used = ", ".join(f"%a{k}" for k in range(len(operands)))
            text = f"""func.func @f({arguments}, %n: index) {{
              %c0 = arith.constant 0 : index
              %c1 = arith.constant 1 : index
              scf.for %i = %c0 to %n step %c1 {{
                %unused = "{name}"({used}){attributes} : ({", ".join(operands)}) -> {result}
                %r = "{name}"({used}){attributes} : ({", ".join(operands)}) -> {result}
                "dsl.use"(%r) : ({result}) -> ()
              }}
              return }}"""
            try:
                return ir.Module.parse(text)
            except ir.MLIRError:
                continue
    return None


@pytest.mark.parametrize("name", REGISTERED)
def test_facts_are_those_of_mlir(name):
    """MLIR removes what is pure and unused, and moves out of a loop that may not run what is defined everywhere."""
    with ir.Context() as context, ir.Location.unknown():
        context.allow_unregistered_dialects = True
        module = made(name)
        if module is None:  # of two results, or of types that none of ours are
            assert name in UNTESTED
            return
        count = lambda block: sum(op.name == name for op in edit.operations(block))
        func = edit.function(module, "f")
        passmanager.PassManager.parse("builtin.module(loop-invariant-code-motion)").run(module.operation)
        outside = count(edit.entry_block(func))
        assert outside or not ops.ROWS[name].total
        passmanager.PassManager.parse("builtin.module(canonicalize)").run(module.operation)
        left = sum(op.name == name for op in edit.walk(edit.entry_block(func)))
        assert left <= 1 or not ops.ROWS[name].pure


# no lists elsewhere


def lists_of_operations(tree: ast.Module) -> list[int]:
    """The lines of collections of three names or more, of tests for three or more, and of names made in a loop."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.Set | ast.List):
            names = [item for item in node.elts if is_name(item)]
        elif isinstance(node, ast.Dict):
            names = [key for key in node.keys if key is not None and is_name(key)]
        elif isinstance(node, ast.BoolOp | ast.Compare):
            names = [part for part in ast.walk(node) if is_name(part)]
        elif isinstance(node, ast.SetComp | ast.ListComp | ast.GeneratorExp | ast.DictComp):
            texts = [part for part in ast.walk(node) if isinstance(part, ast.JoinedStr)]
            starts = [text.values[0] for text in texts if isinstance(text.values[0], ast.Constant)]
            names = [start for start in starts if re.match(rf"({DIALECTS})\.", str(start.value))] * 3
        else:
            continue
        if len(names) >= 3:
            found.append(node.lineno)
    return found


def test_no_other_file_lists_operations():
    allowed = {"ops.py", "expansions.py"}
    found = {
        f"{file.parent.name}/{file.name}": lines
        for file, tree in SOURCES.items()
        if file.name not in allowed and file.parent.name not in ("rules", "library")
        and (lines := lists_of_operations(tree))
    }
    assert not found


def test_lists_are_found():
    assert lists_of_operations(ast.parse('X = {"arith.addf", "arith.mulf", "math.sin"}'))
    assert lists_of_operations(ast.parse('X = {f"arith.{name}" for name in "addf mulf".split()}'))
    assert lists_of_operations(ast.parse('if n == "scf.if" or n == "scf.for" or n in ("scf.while",): pass'))
    assert not lists_of_operations(ast.parse('X = ("arith.addf", "arith.subf")'))


# what has no row, or no derivative, is refused at its place


def module_of(text: str) -> ir.Module:
    context = ir.Context()
    context.allow_unregistered_dialects = True
    return ir.Module.parse(text, context)


UNKNOWN = """
func.func @f(%x: f64) -> f64 {
  %y = "strange.operation"(%x) : (f64) -> f64 loc("program.py":3:7)
  return %y : f64
}"""
CAST = """
func.func @f(%x: tensor<3xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %y = tensor.cast %x : tensor<3xf64> to tensor<?xf64> loc("program.py":3:7)
  %z = tensor.extract %y[%c0] : tensor<?xf64>
  return %z : f64
}"""


@pytest.mark.parametrize("text", [UNKNOWN, CAST])
@pytest.mark.parametrize("derive", [reverse, forward])
def test_refused_by_derivatives(text, derive):
    with pytest.raises(CompileError) as caught:
        derive(module_of(text), "f", [0])
    assert (caught.value.filename, caught.value.line, caught.value.column) == ("program.py", 3, 7)


def test_unknown_operations_are_not_removed():
    with pytest.raises(CompileError, match="nothing is known of the operation strange.operation") as caught:
        clean(module_of(UNKNOWN.replace("return %y", "return %x")))
    assert caught.value.line == 3


def test_arrays_of_elements_have_derivatives():
    """x[1] * x[2] of x = [a, a * a, 3 a]: 3 a^3."""
    module = module_of("""
    func.func @f(%a: f64) -> f64 {
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %three = arith.constant 3.0 : f64
      %s = arith.mulf %a, %a : f64
      %t = arith.mulf %three, %a : f64
      %x = tensor.from_elements %a, %s, %t : tensor<3xf64>
      %p = tensor.extract %x[%c1] : tensor<3xf64>
      %q = tensor.extract %x[%c2] : tensor<3xf64>
      %y = arith.mulf %p, %q : f64
      return %y : f64
    }""")
    reverse(module, "f", [0])
    forward(module, "f", [0])
    assert interpret(module, "f_vjp", 0.7, 1.0)[1] == pytest.approx(9 * 0.7**2)
    assert interpret(module, "f_jvp", 0.7, 1.0)[1] == pytest.approx(9 * 0.7**2)


def test_derivatives_of_vectors():
    """A cast and a power, whose rules look at the type, of vectors: the adjoint verifies."""
    module = module_of("""
    func.func @f(%x: vector<8xf32>) -> vector<8xf64> {
      %w = arith.extf %x : vector<8xf32> to vector<8xf64>
      %p = math.powf %w, %w : vector<8xf64>
      return %p : vector<8xf64>
    }""")
    reverse(module, "f", [0])
    forward(module, "f", [0])
    assert module.operation.verify()


def test_where_an_operation_may_run():
    module = module_of("""
    func.func @f(%a: i64, %b: i64) {
      %zero = arith.constant 0 : i64
      %minus = arith.constant -1 : i64
      %three = arith.constant 3 : i64
      %0 = arith.addi %a, %b : i64
      %1 = arith.remsi %a, %three : i64
      %2 = arith.divsi %a, %b : i64
      %3 = arith.divsi %a, %zero : i64
      %4 = arith.divsi %a, %minus : i64
      %5 = arith.shli %a, %three : i64
      return
    }""")
    asked = edit.operations(edit.entry_block(edit.function(module, "f")))[3:-1]
    assert [ops.may_run_anywhere(op) for op in asked] == [True, True, False, False, False, False]
