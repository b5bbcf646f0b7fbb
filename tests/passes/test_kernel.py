"""Kernel formation: what the stages look like, and that kernels do what the interpreter does."""

import numpy as np
import pytest

from dsl.passes.ir.diagnostics import CompileError
from tests.support.kernels import agrees, build, run, stages

TAPE = """
func.func @f(%x: f64, %n: i64, %flag: i1) -> (f64, i64) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %one = arith.constant 1.0 : f64
  %half = arith.constant 0.5 : f64
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> f64 : i64 {
    %w = scf.for %j = %c0 to %i step %c1 iter_args(%t = %s) -> f64 : i64 {
      "dsl.push"(%t, %j) {tape = "t0", site = 0 : i64} : (f64, i64) -> ()
      %h = arith.mulf %t, %half : f64
      %u = arith.addf %h, %one : f64
      scf.yield %u : f64
    }
    "dsl.push"(%i, %w, %flag) {tape = "t0", site = 1 : i64} : (i64, f64, i1) -> ()
    scf.yield %w : f64
  }
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%b = %y, %sum = %c0) -> (f64, i64) : i64 {
    %m, %w, %g = "dsl.pop"() {tape = "t0", site = 1 : i64} : () -> (i64, f64, i1)
    %b1 = arith.addf %b, %w : f64
    %k:2 = scf.for %j = %c0 to %m step %c1 iter_args(%bb = %b1, %ss = %sum) -> (f64, i64) : i64 {
      %t, %jj = "dsl.pop"() {tape = "t0", site = 0 : i64} : () -> (f64, i64)
      %d = arith.mulf %bb, %half : f64
      %e = arith.addf %d, %t : f64
      %s2 = arith.addi %ss, %jj : i64
      scf.yield %e, %s2 : f64, i64
    }
    %ge = arith.extui %g : i1 to i64
    %s3 = arith.addi %k#1, %ge : i64
    scf.yield %k#0, %s3 : f64, i64
  }
  return %r#0, %r#1 : f64, i64
}"""

FAIL = """
func.func @f(%n: i64, %x: f64) -> i64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c7 = arith.constant 7 : i64
  %r = scf.while (%i = %c0) : (i64) -> i64 {
    %bad = "dsl.failed"() : () -> i1
    %true = arith.constant true
    %ok = arith.xori %bad, %true : i1
    %less = arith.cmpi slt, %i, %n : i64
    %go = arith.andi %ok, %less : i1
    scf.condition(%go) %i : i64
  } do {
  ^bb0(%i: i64):
    "dsl.record"(%i, %x) {text = ["i= ", " ", "\\n"], spec = ["", "!r"], kind = ["int", "float"]} : (i64, f64) -> ()
    %seven = arith.cmpi eq, %i, %c7 : i64
    "dsl.fail"(%seven, %i, %x) {exception = "IndexError", message = "index {0} at {1}"} : (i1, i64, f64) -> ()
    %many = arith.cmpi sge, %i, %c7 : i64
    "dsl.fail"(%many) {exception = "ValueError", message = "too many"} : (i1) -> ()
    %next = arith.addi %i, %c1 : i64
    scf.yield %next : i64
  }
  "dsl.record"(%r) {text = ["end ", "\\n"], spec = [""], kind = ["int"]} : (i64) -> ()
  return %r : i64
}"""


def test_tapes_of_nested_loops():
    f = build(TAPE)
    for n in (0, 1, 2, 5, 10):
        agrees(TAPE, 0.3, n, True, executable=f)


def test_tapes_overflow_grow_and_stay_grown():
    f = build(TAPE)
    agrees(TAPE, 0.3, 200, False, executable=f)  # about 20,000 values where the stacks begin with 1,024
    instance = f._idle[-1][0]
    capacities = list(instance.capacities)
    agrees(TAPE, 0.3, 200, True, executable=f)
    agrees(TAPE, 0.3, 3, True, executable=f)
    assert f._idle[-1][0] is instance and instance.capacities == capacities


def crowd(tapes: int) -> str:
    """A function that pushes on many tapes at once, prints, and pops it all again."""
    push = "\n".join(
        f'    "dsl.push"(%t, %i) {{tape = "t{k}", site = {k} : i64}} : (f64, i64) -> ()' for k in range(tapes)
    )
    pop = "\n".join(
        f"""    %p{k}:2 = "dsl.pop"() {{tape = "t{k}", site = {k} : i64}} : () -> (f64, i64)
    %x{k} = arith.addf %{f"y{k - 1}" if k else "b"}, %p{k}#0 : f64
    %f{k} = arith.sitofp %p{k}#1 : i64 to f64
    %y{k} = arith.mulf %x{k}, %f{k} : f64"""
        for k in range(tapes)
    )
    return f"""
func.func @f(%x: f64, %n: i64) -> f64 {{
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %half = arith.constant 0.5 : f64
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%t = %x) -> f64 : i64 {{
    "dsl.record"(%i) {{text = ["i= ", "\\n"], spec = [""], kind = ["int"]}} : (i64) -> ()
{push}
    %h = arith.mulf %t, %half : f64
    scf.yield %h : f64
  }}
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%b = %y) -> f64 : i64 {{
{pop}
    %d = arith.mulf %y{tapes - 1}, %half : f64
    scf.yield %d : f64
  }}
  return %r : f64
}}"""


@pytest.mark.parametrize("target", ["cpu", pytest.param("vulkan", marks=pytest.mark.vulkan)])
def test_more_tapes_than_a_dispatch_takes_buffers_share_them(target, require_device):
    require_device(target)
    text = crowd(40)
    f = build(text, target)
    assert len(f.signature["bindings"]) == 3 and len(f.signature["stacks"]) == 81
    for n in (0, 3, 1500, 5):  # 1500 is more than the stacks begin with
        agrees(text, 0.3, n, executable=f)


@pytest.mark.parametrize("target", ["cpu", pytest.param("vulkan", marks=pytest.mark.vulkan)])
def test_more_arrays_than_a_dispatch_takes_buffers_share_them(target, require_device):
    """Arguments, one of which is changed, and the arrays that are returned; the largest have buffers of their own."""
    require_device(target)
    extents = [3 + k // 30 for k in range(40)]
    arguments = ", ".join(f"%a{k}: tensor<{n}xi64>" for k, n in enumerate(extents))
    results = ", ".join(f"tensor<{n}xi64>" + " {dsl.updates = 4 : i64}" * (k == 4) for k, n in enumerate(extents))
    types = ", ".join(f"tensor<{n}xi64>" for n in extents)
    body = "\n".join(
        f"  %e{k} = tensor.extract %a{k}[%c0] : tensor<{n}xi64>\n"
        f"  %s{k} = arith.addi %{f's{k - 1}' if k else 'zero'}, %e{k} : i64\n"
        f"  %r{k} = tensor.insert %s{k} into %a{k}[%c1] : tensor<{n}xi64>"
        for k, n in enumerate(extents)
    )
    text = f"""func.func @f({arguments}) -> ({results}) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i64
{body}
  return {", ".join(f"%r{k}" for k in range(40))} : {types}
}}"""
    f = build(text, target)
    assert len(f.signature["bindings"]) == 32
    shared = ["start" in leaf for leaf in f.signature["args"]]
    assert any(shared) and not any(shared[30:])
    agrees(text, *(np.arange(n) * (k + 1) for k, n in enumerate(extents)), executable=f)


def test_checks_fire_once_and_prints_stop():
    f = build(FAIL)
    for n in (0, 3, 7, 8, 100):
        agrees(FAIL, n, 0.1, executable=f)


def test_prints_grow_and_appear_once():
    text = FAIL.replace("arith.constant 7 : i64", "arith.constant 3000 : i64")
    f = build(text)
    agrees(text, 2900, 0.1, executable=f)
    agrees(text, 3500, 0.1, executable=f)


def test_a_failure_names_its_line():
    error = run(build(FAIL), 10, 0.5)[2]
    assert isinstance(error, IndexError)
    assert error.__notes__[0].split(": ")[0].endswith(":17:5")


def test_endless_loop_ends_when_popped_garbage_is_marked():
    """A loop over state popped after an overflow runs on garbage; dsl.failed must hold then."""
    text = """
    func.func @f(%x: f64, %n: i64) -> f64 {
      %c0 = arith.constant 0 : i64
      %c1 = arith.constant 1 : i64
      %true = arith.constant true
      %bound = arith.constant 100.0 : f64
      scf.for %i = %c0 to %n step %c1 : i64 {
        %v = arith.sitofp %i : i64 to f64
        %w = arith.addf %v, %x : f64
        "dsl.push"(%w) {tape = "t0", site = 0 : i64} : (f64) -> ()
      }
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %x) -> f64 : i64 {
        %v = "dsl.pop"() {tape = "t0", site = 0 : i64} : () -> f64
        %e = scf.while (%a = %v) : (f64) -> f64 {
          %bad = "dsl.failed"() : () -> i1
          %ok = arith.xori %bad, %true : i1
          %less = arith.cmpf olt, %a, %bound : f64
          %go = arith.andi %ok, %less : i1
          scf.condition(%go) %a : f64
        } do {
        ^bb0(%a: f64):
          %d = arith.addf %a, %a : f64
          scf.yield %d : f64
        }
        %s = arith.addf %acc, %e : f64
        scf.yield %s : f64
      }
      return %r : f64
    }"""
    agrees(text, 1.0, 5000)


def test_every_scalar_type_passes_through():
    types = ["i1", "i32", "i64", "f16", "f32", "f64"]
    args = ", ".join(f"%{t}: {t}" for t in types)
    text = f"func.func @f({args}) -> ({', '.join(types)}) {{ return {', '.join('%' + t for t in types)} : " + (
        f"{', '.join(types)} }}"
    )
    f = build(text)
    values = [True, -5, -(2**63), 0.1, 0.1, 0.1]
    want = [True, np.int32(-5), -(2**63), np.float16(0.1), np.float32(0.1), 0.1]
    got = f(values)
    assert got == want
    assert [type(g) for g in got] == [type(w) for w in want]
    assert f([np.True_, np.int64(3), 2**63 - 1, np.inf, 1e300, np.float32(2)])[3:] == [np.inf, np.inf, 2.0]


def test_numbers_that_do_not_fit_are_refused():
    f = build("func.func @f(%a: i32, %b: i64) -> i64 { return %b : i64 }")
    with pytest.raises(OverflowError):
        f([2**31, 0])
    with pytest.raises(OverflowError):
        f([0, 2**63])
    with pytest.raises(TypeError):
        f([0])


def test_stages_have_names_and_the_host_does_nothing():
    found = stages(TAPE)
    assert list(found) == ["math", "inlined", "tensors", "effects", "exact", "kernel"]
    host = found["kernel"][found["kernel"].index("util.func public @call") :]
    assert host.count("flow.dispatch @kernel::@f") == 1
    assert "scf." not in host and "arith." not in host.replace("arith.index_cast", "")
    assert not any(name in found["effects"] for name in ("dsl.push", "dsl.pop", "dsl.cell"))
    assert "dsl." not in found["exact"]


def test_unsupported_whole_array_operation_is_refused_with_its_place():
    text = """
    func.func @f(%a: tensor<4xf64>) -> tensor<4xf64> {
      %b = arith.addf %a, %a : tensor<4xf64>
      return %b : tensor<4xf64>
    }"""
    with pytest.raises(CompileError, match="arith.addf on whole arrays") as caught:
        build(text)
    assert caught.value.line == 3


def test_arithmetic_rounds_as_in_cpython():
    text = """
    func.func @f(%x: f64, %y: f64, %z: f64) -> (f64, f64, f64, f64) {
      %p = arith.mulf %x, %y : f64
      %q = arith.addf %p, %z : f64
      %r = arith.subf %z, %p : f64
      %n = arith.negf %p : f64
      %s = arith.addf %n, %z : f64
      %t = arith.addf %x, %x : f64
      return %q, %r, %s, %t : f64, f64, f64, f64
    }"""
    f = build(text)
    assert agrees(text, 0.1, 0.1, -0.1 * 0.1, executable=f)[0] == 0.0
    assert agrees(text, 1e-310, 0.5, 0.0, executable=f) == [5e-311, -5e-311, -5e-311, 2e-310]
    agrees(text, 5e-324, 1.0, 5e-324, executable=f)


def test_python_integers_convert_as_in_python():
    f = build("func.func @f(%a: f64, %b: f32, %c: i32) -> (f64, f32, i32) { return %a, %b, %c : f64, f32, i32 }")
    assert f([3, 2, True]) == [3.0, 2.0, 1]
    for wrong in ([10**400, 0, 0], [0, 0, 10**20]):
        with pytest.raises(OverflowError):
            f(wrong)
    for wrong in (["1", 0, 0], [0, None, 0], [0, 0, 1.5], [0, 0, [1]], [1j, 0, 0]):
        with pytest.raises(TypeError):
            f(wrong)
