"""The interpreter itself: loops, tapes, failures and integer wrap."""

import numpy as np
import pytest
from iree.compiler import ir

from tests.support.interpret import execute, interpret

TEXT = """
func.func @f(%x: f64, %n: i64) -> (f64, i64) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %big = arith.constant 9223372036854775807 : i64
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> f64 : i64 {
    "dsl.push"(%a) {tape = "t"} : (f64) -> ()
    %b = math.sin %a : f64
    scf.yield %b : f64
  }
  %t = scf.while (%a = %s) : (f64) -> f64 {
    %half = arith.constant 5.0e-01 : f64
    %go = arith.cmpf ogt, %a, %half : f64
    scf.condition(%go) %a : f64
  } do {
  ^bb0(%a: f64):
    %half = arith.constant 5.0e-01 : f64
    %b = arith.mulf %a, %half : f64
    scf.yield %b : f64
  }
  %w = arith.addi %big, %c1 : i64
  "dsl.record"(%n) {text = ["n=", "\\n"], spec = [""], kind = ["int"]} : (i64) -> ()
  %bad = arith.cmpi slt, %n, %c0 : i64
  "dsl.fail"(%bad, %n) {exception = "ValueError", message = "n is {0}"} : (i1, i64) -> ()
  return %t, %w : f64, i64
}
func.func @g(%a: tensor<3xf32>, %v: f32) -> tensor<3xf32> {
  %i = arith.constant 1 : index
  %b = tensor.insert %v into %a[%i] : tensor<3xf32>
  return %b : tensor<3xf32>
}
"""


@pytest.fixture
def module():
    with ir.Context() as context, ir.Location.unknown():
        context.allow_unregistered_dialects = True
        yield ir.Module.parse(TEXT)


def test_loops_and_records(module):
    run = execute(module, "f", 1.0, 2)
    assert run.output == "n=2\n"
    assert run.tapes == {"t": [(1.0,), (float(np.sin(1.0)),)]}
    assert run.results == (float(np.sin(np.sin(1.0))) / 2, -(2**63))


def test_failure_is_raised(module):
    with pytest.raises(ValueError, match="n is -1"):
        interpret(module, "f", 1.0, -1)


def test_tensors_are_values(module):
    a = np.zeros(3, np.float32)
    (b,) = interpret(module, "g", a, np.float32(2))
    assert a[1] == 0 and b[1] == 2
