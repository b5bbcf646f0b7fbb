"""Adjoints and tangents of hand-written IR, run by the interpreter, against central differences and each other."""

import math

import pytest
from iree.compiler import ir

from dsl.passes.autodiff import forward, resolve_nested, reverse
from dsl.passes.autodiff.user_rules import inline_primals
from dsl.passes.cleanup.clean import clean
from tests.support.interpret import execute, interpret

SINE = """
func.func @f(%x: f64) -> f64 {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1 : i64
  %eps = arith.constant 1.0e-8 : f64
  %r:3 = scf.while (%t = %zero, %term = %x, %k = %one) : (f64, f64, i64) -> (f64, f64, i64) {
    %abs = math.absf %term : f64
    %c = arith.cmpf ogt, %abs, %eps : f64
    scf.condition(%c) %t, %term, %k : f64, f64, i64
  } do {
  ^bb0(%t: f64, %term: f64, %k: i64):
    %t2 = arith.addf %t, %term : f64
    %k1 = arith.addi %k, %one : i64
    %k2 = arith.addi %k1, %one : i64
    %kk = arith.muli %k1, %k2 : i64
    %kf = arith.sitofp %kk : i64 to f64
    %aa = arith.mulf %x, %x : f64
    %ng = arith.negf %term : f64
    %n2 = arith.mulf %ng, %aa : f64
    %n3 = arith.divf %n2, %kf : f64
    scf.yield %t2, %n3, %k2 : f64, f64, i64
  }
  return %r#0 : f64
}"""

NESTED = """
func.func @f(%x: f64, %y: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %one = arith.constant 1.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> f64 : i64 {
    %b = scf.for %j = %c0 to %i step %c1 iter_args(%s = %a) -> f64 : i64 {
      %p = arith.mulf %s, %y : f64
      %q = math.sin %p : f64
      %c = arith.cmpf ogt, %q, %s : f64
      %w = scf.if %c -> f64 {
        %e = math.exp %q : f64
        %e2 = arith.divf %e, %y : f64
        scf.yield %e2 : f64
      } else {
        %m = arith.mulf %q, %s : f64
        %u = arith.addf %m, %one : f64
        scf.yield %u : f64
      }
      scf.yield %w : f64
    }
    %z = math.tanh %b : f64
    %zz = arith.mulf %z, %b : f64
    scf.yield %zz : f64
  }
  return %r : f64
}"""

# the condition region computes what it passes on: x -> cos(x) * y until it falls below a bound
COMPUTING_CONDITION = """
func.func @f(%x: f64, %y: f64) -> f64 {
  %bound = arith.constant 0.6 : f64
  %r = scf.while (%a = %x) : (f64) -> f64 {
    %c = math.cos %a : f64
    %b = arith.mulf %c, %y : f64
    %go = arith.cmpf ogt, %b, %bound : f64
    scf.condition(%go) %b : f64
  } do {
  ^bb0(%b: f64):
    %s = math.sqrt %b : f64
    %d = arith.mulf %s, %y : f64
    scf.yield %d : f64
  }
  return %r : f64
}"""

# a condition region that passes its arguments in another order, and one of them twice
PERMUTED_CONDITION = """
func.func @f(%x: f64, %y: f64) -> f64 {
  %bound = arith.constant 10.0 : f64
  %r:3 = scf.while (%a = %x, %b = %y) : (f64, f64) -> (f64, f64, f64) {
    %go = arith.cmpf olt, %a, %bound : f64
    scf.condition(%go) %b, %a, %a : f64, f64, f64
  } do {
  ^bb0(%b: f64, %a: f64, %a2: f64):
    %s = arith.mulf %a, %b : f64
    %t = arith.addf %s, %a2 : f64
    %u = math.sin %b : f64
    scf.yield %t, %u : f64, f64
  }
  %p = arith.mulf %r#0, %r#1 : f64
  %q = arith.addf %p, %r#2 : f64
  return %q : f64
}"""

# sum over a window of an array that is overwritten in place as it is read
IN_PLACE = """
func.func @f(%x: f64, %y: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %two = arith.constant 2 : i64
  %t0 = tensor.splat %x : tensor<6xf64>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%t = %t0, %s = %y) -> (tensor<6xf64>, f64) : i64 {
    %k = arith.remsi %i, %two : i64
    %at = arith.index_cast %k : i64 to index
    %v = tensor.extract %t[%at] : tensor<6xf64>
    %m = arith.mulf %v, %s : f64
    %w = math.sin %m : f64
    %t2 = tensor.insert %w into %t[%at] : tensor<6xf64>
    %s2 = arith.addf %s, %v : f64
    scf.yield %t2, %s2 : tensor<6xf64>, f64
  }
  %one = arith.index_cast %c1 : i64 to index
  %e = tensor.extract %r#0[%one] : tensor<6xf64>
  %p = arith.mulf %e, %r#1 : f64
  return %p : f64
}"""

PROGRAMS = {
    "sine": (SINE, (1.0,), 1),
    "nested": (NESTED, (0.7, 1.3, 4), 2),
    "computing condition": (COMPUTING_CONDITION, (0.3, 0.95), 2),
    "permuted condition": (PERMUTED_CONDITION, (0.4, 1.1), 2),
    "in place": (IN_PLACE, (0.8, 1.2, 5), 2),
}


def parse(text: str) -> ir.Module:
    context = ir.Context()
    context.allow_unregistered_dialects = True
    return ir.Module.parse(text, context)


def difference(function, arguments, k, step=1e-4):
    """Fourth-order central difference of every result with respect to argument k."""

    def at(offset):
        moved = list(arguments)
        moved[k] += offset
        return function(*moved)

    near = [a - b for a, b in zip(at(step), at(-step))]
    far = [a - b for a, b in zip(at(2 * step), at(-2 * step))]
    return [(8 * a - b) / (12 * step) for a, b in zip(near, far)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_first_order(name):
    text, arguments, count = PROGRAMS[name]
    module = parse(text)
    adjoint, tangent = reverse(module, "f", range(count)), forward(module, "f", range(count))
    assert module.operation.verify()
    value, *cotangents = interpret(module, adjoint, *arguments, 1.0)
    assert value == interpret(module, "f", *arguments)[0]
    for k in range(count):
        (expected,) = difference(lambda *a: interpret(module, "f", *a), arguments, k)
        direction = [float(j == k) for j in range(count)]
        assert cotangents[k] == pytest.approx(expected, rel=1e-8)
        assert interpret(module, tangent, *arguments, *direction)[1] == pytest.approx(cotangents[k], rel=1e-13)


@pytest.mark.parametrize("name", PROGRAMS)
def test_second_order_in_all_four_ways(name):
    text, arguments, count = PROGRAMS[name]
    module = parse(text)
    adjoint, tangent = reverse(module, "f", range(count)), forward(module, "f", range(count))
    over = {
        "fr": forward(module, adjoint, range(count)), "rr": reverse(module, adjoint, range(count)),
        "rf": reverse(module, tangent, range(count)), "ff": forward(module, tangent, range(count)),
    }  # fmt: skip
    assert module.operation.verify()
    for k in range(count):
        direction = [float(j == k) for j in range(count)]
        expected = difference(lambda *a: interpret(module, adjoint, *a, 1.0)[1:], arguments, k)
        results = {
            "fr": interpret(module, over["fr"], *arguments, 1.0, *direction)[-count:],
            "rr": interpret(module, over["rr"], *arguments, 1.0, 0.0, *direction)[-count:],
            "rf": interpret(module, over["rf"], *arguments, *direction, 0.0, 1.0)[-count:],
            "ff": [
                interpret(module, over["ff"], *arguments, *direction, *[float(j == m) for j in range(count)])[-1]
                for m in range(count)
            ],
        }
        for way, result in results.items():
            assert list(result) == pytest.approx(expected, rel=2e-7), way
            assert list(result) == pytest.approx(list(results["rr"]), rel=1e-11), way


def test_third_order_of_the_sine_series():
    module = parse(SINE)
    first = reverse(module, "f", [0])
    second = reverse(module, first, [0])
    third = forward(module, second, [0])
    result = interpret(module, third, 1.0, 1.0, 0.0, 1.0, 1.0)
    # the series was cut where a term fell below 1e-8, and differentiating x**13 three times makes it 1716 times larger
    assert result[-1] == pytest.approx(-math.cos(1.0), rel=1e-6)


def test_tape_is_balanced_and_minimal():
    """One double per step of the sine series: the counter and everything else are recomputed."""
    module = parse(SINE)
    adjoint = reverse(module, "f", [0])
    run = execute(module, adjoint, 1.0, 1.0)
    assert all(not stack for stack in run.tapes.values())
    text = str(module)
    assert text.count('"dsl.push"') == 1
    assert '"dsl.push"(%' in text and ": (f64) -> ()" in text.split('"dsl.push"')[1].splitlines()[0]


def test_linear_loop_needs_no_tape():
    module = parse("""
    func.func @f(%x: f64, %n: i64) -> f64 {
      %c0 = arith.constant 0 : i64
      %c1 = arith.constant 1 : i64
      %h = arith.constant 0.5 : f64
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> f64 : i64 {
        %k = arith.sitofp %i : i64 to f64
        %p = arith.mulf %a, %k : f64
        %q = arith.addf %p, %h : f64
        scf.yield %q : f64
      }
      return %r : f64
    }""")
    adjoint = reverse(module, "f", [0])
    assert "dsl.push" not in str(module)
    assert interpret(module, adjoint, 1.0, 4, 1.0)[1] == 0.0


def test_adjoint_operations_carry_the_primal_line():
    module = parse("""
    func.func @f(%x: f64) -> f64 {
      %s = math.sin %x : f64 loc("user.py":7:12)
      return %s : f64
    }""")
    reverse(module, "f", [0])
    text = module.operation.get_asm(enable_debug_info=True)
    assert text.count('"user.py":7:12') >= 1
    assert "math.cos" in text


def test_derivatives_inside_a_program_do_not_confuse_perturbations():
    """d/dx [x * d/dy (x + y)] at y = 1 is 1 (Siskind and Pearlmutter 2005), and d2/dxdy through a closure."""
    module = parse("""
    func.func @f(%x: f64) -> f64 {
      %one = arith.constant 1.0 : f64
      %v, %d = "dsl.vjp"(%one, %one) ({
      ^bb0(%y: f64):
        %s = arith.addf %x, %y : f64
        "dsl.yield"(%s) : (f64) -> ()
      }) {wrt = array<i64: 0>} : (f64, f64) -> (f64, f64)
      %r = arith.mulf %x, %d : f64
      return %r : f64
    }
    func.func @g(%x: f64, %y: f64) -> f64 {
      %one = arith.constant 1.0 : f64
      %v, %d = "dsl.jvp"(%y, %one) ({
      ^bb0(%a: f64):
        %w, %e = "dsl.vjp"(%a, %x) ({
        ^bb0(%b: f64):
          %p = arith.mulf %b, %x : f64
          %q = math.sin %p : f64
          "dsl.yield"(%q) : (f64) -> ()
        }) {wrt = array<i64: 0>} : (f64, f64) -> (f64, f64)
        "dsl.yield"(%e) : (f64) -> ()
      }) {wrt = array<i64: 0>} : (f64, f64) -> (f64, f64)
      return %d : f64
    }""")
    resolve_nested(module)
    f, g = reverse(module, "f", [0]), reverse(module, "g", [0, 1])
    assert module.operation.verify()
    assert interpret(module, f, 3.0, 1.0)[1] == 1.0
    x, y = 0.7, 1.3
    # g = d/dy [x * x cos(x y)] = -x**3 sin(x y)
    value, by_x, by_y = interpret(module, g, x, y, 1.0)
    assert value == pytest.approx(-(x**3) * math.sin(x * y), rel=1e-14)
    assert by_x == pytest.approx(-3 * x * x * math.sin(x * y) - x**3 * y * math.cos(x * y), rel=1e-14)
    assert by_y == pytest.approx(-(x**4) * math.cos(x * y), rel=1e-14)


CUSTOM = """
func.func @f(%x: f64, %y: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> f64 : i64 {
    %z = "dsl.custom_RULE"(%a, %y) ({
    ^bb0(%p: f64, %q: f64):
      %s = math.sin %p : f64
      %t = arith.mulf %s, %q : f64
      "dsl.yield"(%t) : (f64) -> ()
    }, REGIONS) : (f64, f64) -> f64
    scf.yield %z : f64
  }
  return %r : f64
}"""
# both rules claim three times the true derivative, which shows that they are used
VJP = """{
    ^bb0(%p: f64, %q: f64):
      %s = math.sin %p : f64
      %t = arith.mulf %s, %q : f64
      "dsl.yield"(%t, %p, %q) : (f64, f64, f64) -> ()
    }, {
    ^bb0(%p: f64, %q: f64, %g: f64):
      %three = arith.constant 3.0 : f64
      %g3 = arith.mulf %g, %three : f64
      %c = math.cos %p : f64
      %s = math.sin %p : f64
      %u = arith.mulf %c, %q : f64
      %pb = arith.mulf %u, %g3 : f64
      %qb = arith.mulf %s, %g3 : f64
      "dsl.yield"(%pb, %qb) : (f64, f64) -> ()
    }"""
JVP = """{
    ^bb0(%p: f64, %q: f64, %pd: f64, %qd: f64):
      %three = arith.constant 3.0 : f64
      %s = math.sin %p : f64
      %c = math.cos %p : f64
      %t = arith.mulf %s, %q : f64
      %u = arith.mulf %c, %q : f64
      %d1 = arith.mulf %u, %pd : f64
      %d2 = arith.mulf %s, %qd : f64
      %d = arith.addf %d1, %d2 : f64
      %d3 = arith.mulf %d, %three : f64
      "dsl.yield"(%t, %d3) : (f64, f64) -> ()
    }"""


@pytest.mark.parametrize("rule, regions", [("vjp", VJP), ("jvp", JVP)])
def test_custom_rules(rule, regions):
    module = parse(CUSTOM.replace("RULE", rule).replace("REGIONS", regions))
    adjoint = reverse(module, "f", [0, 1])
    second = forward(module, adjoint, [0, 1])
    if rule == "jvp":
        tangent = forward(module, "f", [0, 1])
    for func in module.body.operations:
        inline_primals(func.regions[0].blocks[0])
    assert module.operation.verify()
    x, y = 0.7, 1.3
    first = math.sin(x) * y
    value, by_x, by_y = interpret(module, adjoint, x, y, 2, 1.0)
    assert value == interpret(module, "f", x, y, 2)[0] == math.sin(first) * y
    assert by_x == pytest.approx(9 * math.cos(first) * y * math.cos(x) * y, rel=1e-14)
    assert by_y == pytest.approx(3 * math.sin(first) + 9 * math.cos(first) * y * math.sin(x), rel=1e-14)
    if rule == "jvp":
        assert interpret(module, tangent, x, y, 2, 1.0, 0.0)[1] == pytest.approx(by_x, rel=1e-14)
        return  # differentiated again, the primal inside the adjoint follows the (false) rule too
    (slope,) = difference(lambda a: interpret(module, adjoint, a, y, 2, 1.0)[1:2], (x,), 0)
    assert interpret(module, second, x, y, 2, 1.0, 1.0, 0.0)[-2] == pytest.approx(slope, rel=1e-8)


def test_the_documentation_shows_what_the_passes_do():
    import pathlib
    import re

    text = (pathlib.Path(__file__).parents[2] / "docs" / "differentiation.md").read_text()
    before, adjoint, cleaned = re.findall(r"```mlir\n(.*?)```", text, re.S)
    module = parse(before)
    reverse(module, "f", [0])
    flat = lambda shown: re.sub(r"\s+", " ", shown).strip()
    assert flat(adjoint) in flat(str(module))
    clean(module)
    assert flat(cleaned) in flat(str(module))


@pytest.mark.parametrize("name", ["sine", "nested", "in place"])
def test_three_reverse_passes(name):
    """Cotangents of one push from several passes are on tapes of their own."""
    text, arguments, count = PROGRAMS[name]
    module = parse(text)
    first = reverse(module, "f", [0])
    second = reverse(module, first, [0])
    third = reverse(module, second, [0])
    run = lambda *a: interpret(module, second, *a, 1.0, 0.0, 1.0)[-1:]
    (expected,) = difference(run, arguments, 0)
    found = interpret(module, third, *arguments, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0)[-1]
    assert found == pytest.approx(expected, rel=1e-7)
