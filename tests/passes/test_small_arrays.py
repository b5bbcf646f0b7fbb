"""Small arrays in hand-written IR become numbers, and the program means the same."""

import numpy as np
import pytest
from iree.compiler import ir

from dsl.passes.autodiff import forward, resolve_nested, reverse
from dsl.passes.autodiff.user_rules import inline_primals
from dsl.passes.cleanup.clean import clean
from dsl.passes.ir import edit
from dsl.passes.prepare.small_arrays import dissolve
from tests.support.interpret import interpret


def parsed(text: str) -> ir.Module:
    context = ir.Context()
    context.allow_unregistered_dialects = True
    return ir.Module.parse(text, context)


def dissolved(text: str) -> ir.Module:
    module = parsed(text)
    with module.context, ir.Location.unknown():
        dissolve(module)
    module.operation.verify()
    return module


def tensors(module: ir.Module, name: str = "f") -> list[str]:
    """The operations that take or give an array."""
    is_tensor = lambda v: isinstance(v.type, ir.RankedTensorType)
    ops = edit.walk(edit.entry_block(edit.function(module, name)))
    return [op.name for op in ops if any(is_tensor(v) for v in [*op.operands, *op.results])]


def check(text: str, *args, left=()):
    """The program gives the same after the pass, which leaves just these operations on arrays."""
    module = dissolved(text)
    assert tensors(module) == list(left)
    before, after = interpret(parsed(text), "f", *args), interpret(module, "f", *args)
    np.testing.assert_equal(after, before)
    return module


CONSTANTS = """
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f64
  %half = arith.constant 0.5 : f64
"""

MAKERS = """
func.func @f(%x: f64, %y: f64) -> f64 {""" + CONSTANTS + """
  %a = tensor.from_elements %x, %y, %half : tensor<3xf64>
  %b = tensor.splat %y : tensor<2xf64>
  %e = tensor.empty() : tensor<2xf64>
  %g = tensor.insert %x into %e[%c0] : tensor<2xf64>
  %h = tensor.insert %y into %g[%c1] : tensor<2xf64>
  %k = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf64>
  %p = tensor.extract %a[%c2] : tensor<3xf64>
  %q = tensor.extract %b[%c1] : tensor<2xf64>
  %r = tensor.extract %h[%c1] : tensor<2xf64>
  %s = tensor.extract %h[%c0] : tensor<2xf64>
  %t = tensor.extract %k[%c1, %c0] : tensor<2x2xf64>
  %u = arith.addf %p, %q : f64
  %v = arith.mulf %u, %r : f64
  %w = arith.subf %v, %s : f64
  %z = arith.mulf %w, %t : f64
  return %z : f64
}"""

LOOP = """
func.func @f(%x: f64, %n: index) -> (f64, f64) {""" + CONSTANTS + """
  %a = tensor.from_elements %x, %half : tensor<2xf64>
  %r, %last = scf.for %i = %c0 to %n step %c1 iter_args(%b = %a, %s = %x) -> (tensor<2xf64>, f64) {
    %p = tensor.extract %b[%c0] : tensor<2xf64>
    %q = tensor.extract %b[%c1] : tensor<2xf64>
    %t = arith.mulf %p, %q : f64
    %d = tensor.insert %t into %b[%c0] : tensor<2xf64>
    scf.yield %d, %q : tensor<2xf64>, f64
  }
  %e = tensor.extract %r[%c0] : tensor<2xf64>
  return %e, %last : f64, f64
}"""

WHILE = """
func.func @f(%x: f64) -> f64 {""" + CONSTANTS + """
  %a = tensor.from_elements %x, %half : tensor<2xf64>
  %r:2 = scf.while (%b = %a, %k = %zero) : (tensor<2xf64>, f64) -> (f64, tensor<2xf64>) {
    %p = tensor.extract %b[%c0] : tensor<2xf64>
    %c = arith.cmpf ogt, %p, %half : f64
    scf.condition(%c) %k, %b : f64, tensor<2xf64>
  } do {
  ^bb0(%k: f64, %b: tensor<2xf64>):
    %p = tensor.extract %b[%c0] : tensor<2xf64>
    %q = tensor.extract %b[%c1] : tensor<2xf64>
    %t = arith.mulf %p, %q : f64
    %d = tensor.insert %t into %b[%c0] : tensor<2xf64>
    %more = arith.addf %k, %t : f64
    scf.yield %d, %more : tensor<2xf64>, f64
  }
  %e = tensor.extract %r#1[%c0] : tensor<2xf64>
  %s = arith.addf %e, %r#0 : f64
  return %s : f64
}"""

BRANCH = """
func.func @f(%x: f64) -> f64 {""" + CONSTANTS + """
  %c = arith.cmpf ogt, %x, %half : f64
  %a = tensor.splat %x : tensor<2xf64>
  %r = scf.if %c -> tensor<2xf64> {
    %b = tensor.insert %half into %a[%c1] : tensor<2xf64>
    scf.yield %b : tensor<2xf64>
  } else {
    scf.yield %a : tensor<2xf64>
  }
  %o = arith.select %c, %a, %r : tensor<2xf64>
  %p = tensor.extract %r[%c1] : tensor<2xf64>
  %q = tensor.extract %o[%c1] : tensor<2xf64>
  %s = arith.subf %p, %q : f64
  return %s : f64
}"""

ELEMENTWISE = """
func.func @f(%x: f64, %y: f64) -> f64 {""" + CONSTANTS + """
  %a = tensor.from_elements %x, %y : tensor<2xf64>
  %b = tensor.from_elements %y, %half : tensor<2xf64>
  %c = arith.mulf %a, %b : tensor<2xf64>
  %d = math.sin %c : tensor<2xf64>
  %e = "dsl.stop_gradient"(%d) : (tensor<2xf64>) -> tensor<2xf64>
  %less = arith.cmpf olt, %e, %a : tensor<2xf64>
  %o = arith.select %less, %e, %b : tensor<2xi1>, tensor<2xf64>
  %p = tensor.extract %o[%c0] : tensor<2xf64>
  %q = tensor.extract %o[%c1] : tensor<2xf64>
  %s = arith.subf %p, %q : f64
  return %s : f64
}"""


@pytest.mark.parametrize(
    "text, args", [(MAKERS, (0.3, 0.9)), (LOOP, (0.3, 4)), (LOOP, (0.3, 0)), (WHILE, (5.0,)), (BRANCH, (0.3,)),
                   (BRANCH, (0.7,))],
)  # fmt: skip
def test_no_array_is_left(text, args):
    check(text, *args)


def test_the_same_is_done_with_each_element():
    module = dissolved(ELEMENTWISE)
    assert tensors(module) == []
    names = [op.name for op in edit.walk(edit.entry_block(edit.function(module, "f")))]
    assert [names.count(n) for n in ("arith.mulf", "math.sin", "dsl.stop_gradient", "arith.cmpf")] == [2, 2, 2, 2]
    low, high = np.sin(0.3 * 0.9), np.sin(0.9 * 0.5)
    expected = (low if low < 0.3 else 0.9) - (high if high < 0.9 else 0.5)
    assert interpret(module, "f", 0.3, 0.9)[0] == pytest.approx(expected)


def test_arguments_are_read_once_and_results_made_in_the_end():
    text = """
func.func @f(%v: tensor<3xf64>, %n: index) -> tensor<3xf64> {""" + CONSTANTS + """
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%b = %v) -> (tensor<3xf64>) {
    %p = tensor.extract %b[%c0] : tensor<3xf64>
    %q = tensor.extract %b[%c2] : tensor<3xf64>
    %t = arith.mulf %p, %q : f64
    %d = tensor.insert %t into %b[%c0] : tensor<3xf64>
    scf.yield %d : tensor<3xf64>
  }
  return %r : tensor<3xf64>
}"""
    left = ["tensor.extract"] * 3 + ["tensor.from_elements", "func.return"]
    check(text, np.array([0.5, 2.0, 3.0]), 3, left=left)


@pytest.mark.parametrize("k", range(4))
def test_a_few_elements_are_told_apart_by_the_index(k):
    text = """
func.func @f(%x: f64, %i: index, %j: index) -> f64 {""" + CONSTANTS + """
  %a = tensor.from_elements %x, %half, %zero, %x : tensor<2x2xf64>
  %b = tensor.insert %zero into %a[%j, %i] : tensor<2x2xf64>
  %p = tensor.extract %b[%i, %j] : tensor<2x2xf64>
  %q = tensor.extract %a[%i, %j] : tensor<2x2xf64>
  %s = arith.subf %p, %q : f64
  return %s : f64
}"""
    check(text, 0.3, k // 2, k % 2)


def test_more_elements_stay_where_an_index_is_not_known():
    text = """
func.func @f(%x: f64, %i: index) -> f64 {""" + CONSTANTS + """
  %a = tensor.splat %x : tensor<5xf64>
  %b = tensor.insert %zero into %a[%c1] : tensor<5xf64>
  %p = tensor.extract %b[%i] : tensor<5xf64>
  return %p : f64
}"""
    check(text, 0.3, 1, left=["tensor.splat", "tensor.insert", "tensor.extract"])


def test_large_arrays_stay():
    text = """
func.func @f(%x: f64) -> f64 {""" + CONSTANTS + """
  %a = tensor.splat %x : tensor<17xf64>
  %p = tensor.extract %a[%c1] : tensor<17xf64>
  return %p : f64
}"""
    check(text, 0.3, left=["tensor.splat", "tensor.extract"])


def test_an_array_without_elements():
    text = """
func.func @f(%n: index) -> tensor<0xf64> {""" + CONSTANTS + """
  %a = tensor.empty() : tensor<0xf64>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%b = %a) -> (tensor<0xf64>) {
    scf.yield %b : tensor<0xf64>
  }
  return %r : tensor<0xf64>
}"""
    check(text, 3, left=["tensor.empty", "func.return"])


VJP = """
func.func @f(%x: f64, %y: f64) -> (f64, f64, f64) {""" + CONSTANTS + """
  %a = tensor.from_elements %x, %y : tensor<2xf64>
  %s = tensor.from_elements %y, %half : tensor<2xf64>
  %r:3 = "dsl.OP"(%half, %a, %SEEDS) ({
  ^bb0(%g: f64, %b: tensor<2xf64>):
    %p = tensor.extract %b[%c0] : tensor<2xf64>
    %q = tensor.extract %a[%c1] : tensor<2xf64>
    %m = arith.mulf %p, %p : f64
    %o = arith.mulf %m, %q : f64
    %u = arith.mulf %o, %g : f64
    %c = tensor.insert %u into %b[%c1] : tensor<2xf64>
    "dsl.yield"(%m, %c) : (f64, tensor<2xf64>) -> ()
  }) {wrt = array<i64: 1>} : (f64, tensor<2xf64>, TYPES) -> (f64, tensor<2xf64>, RESULT)
  %p = tensor.extract %r#1[%c1] : tensor<2xf64>
  LAST
  return %r#0, %p, %d : f64, f64, f64
}"""


def test_reverse_derivatives_inside():
    text = VJP.replace("OP", "vjp").replace("%SEEDS", "%y, %s").replace("TYPES", "f64, tensor<2xf64>")
    text = text.replace("RESULT", "tensor<2xf64>").replace(
        "LAST", "%d = tensor.extract %r#2[%c0] : tensor<2xf64>")  # fmt: skip
    module = dissolved(text)
    assert tensors(module) == []
    resolve_nested(module)
    x, y = 0.3, 0.9
    found = interpret(module, "f", x, y)
    assert found == pytest.approx((x * x, x * x * y * 0.5, 2 * x * y + 2 * x * y * 0.5 * 0.5 + y))


def test_forward_derivatives_inside():
    text = VJP.replace("OP", "jvp").replace("%SEEDS", "%s").replace("TYPES", "tensor<2xf64>").replace(
        "r:3", "r:4").replace("RESULT", "f64, tensor<2xf64>")  # fmt: skip
    text = text.replace("LAST", "%d = tensor.extract %r#3[%c1] : tensor<2xf64>")
    module = dissolved(text)
    assert tensors(module) == []
    resolve_nested(module)
    x, y = 0.3, 0.9
    assert interpret(module, "f", x, y) == pytest.approx((x * x, x * x * y * 0.5, 2 * x * y * 0.5 * y))


CUSTOM = """
func.func @f(%x: f64, %y: f64) -> f64 {""" + CONSTANTS + """
  %a = tensor.from_elements %x, %y : tensor<2xf64>
  %r = "dsl.custom_vjp"(%a) ({
  ^bb0(%b: tensor<2xf64>):
    %p = tensor.extract %b[%c0] : tensor<2xf64>
    %q = tensor.extract %b[%c1] : tensor<2xf64>
    %m = arith.mulf %p, %q : f64
    %c = tensor.splat %m : tensor<2xf64>
    "dsl.yield"(%c) : (tensor<2xf64>) -> ()
  }, {
  ^bb0(%b: tensor<2xf64>):
    %p = tensor.extract %b[%c0] : tensor<2xf64>
    %q = tensor.extract %b[%c1] : tensor<2xf64>
    %m = arith.mulf %p, %q : f64
    %c = tensor.splat %m : tensor<2xf64>
    "dsl.yield"(%c, %b) : (tensor<2xf64>, tensor<2xf64>) -> ()
  }, {
  ^bb0(%b: tensor<2xf64>, %ct: tensor<2xf64>):
    %p = tensor.extract %ct[%c0] : tensor<2xf64>
    %q = tensor.extract %ct[%c1] : tensor<2xf64>
    %m = arith.addf %p, %q : f64
    %u = tensor.extract %b[%c1] : tensor<2xf64>
    %v = tensor.extract %b[%c0] : tensor<2xf64>
    %first = arith.mulf %m, %u : f64
    %second = arith.mulf %m, %v : f64
    %d = tensor.from_elements %first, %second : tensor<2xf64>
    "dsl.yield"(%d) : (tensor<2xf64>) -> ()
  }) : (tensor<2xf64>) -> tensor<2xf64>
  %p = tensor.extract %r[%c0] : tensor<2xf64>
  %q = tensor.extract %r[%c1] : tensor<2xf64>
  %s = arith.addf %p, %q : f64
  return %s : f64
}"""

TANGENT = """
func.func @f(%x: f64, %y: f64) -> f64 {""" + CONSTANTS + """
  %a = tensor.from_elements %x, %y : tensor<2xf64>
  %r = "dsl.custom_jvp"(%a) ({
  ^bb0(%b: tensor<2xf64>):
    %p = tensor.extract %b[%c0] : tensor<2xf64>
    %c = tensor.insert %p into %b[%c1] : tensor<2xf64>
    "dsl.yield"(%c) : (tensor<2xf64>) -> ()
  }, {
  ^bb0(%b: tensor<2xf64>, %dot: tensor<2xf64>):
    %p = tensor.extract %b[%c0] : tensor<2xf64>
    %c = tensor.insert %p into %b[%c1] : tensor<2xf64>
    %q = tensor.extract %dot[%c0] : tensor<2xf64>
    %d = tensor.insert %q into %dot[%c1] : tensor<2xf64>
    "dsl.yield"(%c, %d) : (tensor<2xf64>, tensor<2xf64>) -> ()
  }) : (tensor<2xf64>) -> tensor<2xf64>
  %p = tensor.extract %r[%c0] : tensor<2xf64>
  %q = tensor.extract %r[%c1] : tensor<2xf64>
  %s = arith.mulf %p, %q : f64
  return %s : f64
}"""


@pytest.mark.parametrize("text, expected", [(CUSTOM, (1.8, 0.6)), (TANGENT, (0.6, 0.0))])
def test_rules_of_functions(text, expected):
    module = dissolved(text)
    assert tensors(module) == []
    name = reverse(module, "f", [0, 1])
    with module.context:
        inline_primals(edit.entry_block(edit.function(module, name)))
    found = interpret(module, name, 0.3, 0.9, 1.0)
    assert found[1:] == pytest.approx(expected)


@pytest.mark.parametrize("text, args", [(MAKERS, (0.3, 0.9)), (LOOP, (0.3, 4)), (BRANCH, (0.7,))])
def test_derivatives_are_those_of_the_arrays(text, args):
    floats = [k for k, x in enumerate(args) if isinstance(x, float)]
    for derive in (reverse, forward):
        found = []
        for module in (parsed(text), dissolved(text)):
            name = derive(module, "f", floats)
            seeds = len(edit.entry_block(edit.function(module, name)).arguments) - len(args)
            clean(module)
            found.append(interpret(module, name, *args, *[1.0] * seeds))
        assert found[0] == pytest.approx(found[1], rel=1e-15)
