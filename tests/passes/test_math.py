"""The math expansion against mpmath: every operation, f64 and f32, scalars and vectors, over the whole domain."""
import functools
import math

import numpy as np
import pytest
from iree.compiler import ir

from bench.ulp import OPERATIONS, compare, evaluate, integers, measure, operands, reference, standard_points
from dsl.passes.math import expand_math
from dsl.passes.options import MathOptions

TYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
# What is promised (ulp from the exact value): 2 unless named here.
LIMITS = {"gamma": 8, "lgamma": 8, "polygamma0": 16, "polygamma1": 16, "polygamma2": 16}
EXACT = ("floor", "ceil", "trunc", "round", "roundeven", "absf", "copysign", "remf")
# Left to the machine, which on IREE's CPU executors reads subnormals as zero.
NATIVE = ("sqrt", "floor", "ceil", "fma")
# On the negative axis these have zeros, where the error is absolute: test_negative_axis.
WITH_ZEROS = ("lgamma", "polygamma0", "polygamma1", "polygamma2")


@functools.cache
def everything(dtype, lanes=0):
    """(x, y, whole y, {operation: its results}): all operations at the same points in one kernel."""
    x, y = standard_points(dtype), standard_points(dtype, seed=1)
    rows = evaluate(OPERATIONS, (x, y, integers(y)), lanes=lanes)
    return x, y, integers(y), dict(zip(OPERATIONS, rows))


def promised(op, x, *others):
    """Where the promise holds and mpmath is quick enough to tell."""
    keep = np.ones(len(x), bool)
    if op in NATIVE:
        for v in (x, *others):
            least = np.finfo(v.dtype).tiny
            keep &= ~((v != 0) & (np.abs(v) < (least if op != "fma" else least**0.4)))  # a product is subnormal earlier
    if op in WITH_ZEROS:
        keep &= ~(x < 0)
    if op == "gamma" or op.startswith("polygamma"):
        keep &= ~(np.abs(x) > 1e5)
    return keep


@TYPES
@pytest.mark.parametrize("op", OPERATIONS)
def test_accuracy(op, dtype):
    x, y, whole, results = everything(dtype)
    arrays = operands(op, x, y, whole)
    keep = promised(op, *arrays)
    worst, where = compare(op, results[op][keep], *(v[keep] for v in arrays))
    limit = 0 if op in EXACT else LIMITS.get(op, 2)
    assert worst <= limit, f"{op} is off by {worst} ulp at {where}"


@TYPES
@pytest.mark.parametrize("op", OPERATIONS)
def test_vectors_agree_with_scalars(op, dtype):
    """To one ulp: with vectors LLVM fuses other products and sums than without."""
    x, y, whole, scalars = everything(dtype)
    vectors = everything(dtype, 8 if dtype == np.float64 else 16)[3]
    keep = promised(op, *operands(op, x, y, whole))
    np.testing.assert_allclose(vectors[op][keep], scalars[op][keep], rtol=4 * np.finfo(dtype).eps, atol=0)


@TYPES
@pytest.mark.parametrize("op", WITH_ZEROS)
def test_negative_axis(op, dtype):
    """Near zeros the error is relative to the terms subtracted, which are of the size of log|x| and 1."""
    x = -np.random.default_rng(0).uniform(0.01, 20, 200).astype(dtype)
    got = evaluate(op, (x,)).astype(float)
    want = np.array([float(reference(op, float(v))) for v in x])
    assert np.all(np.abs(got - want) <= 32 * np.finfo(dtype).eps * np.maximum(np.abs(want), 4))


@pytest.mark.parametrize("op", ["sin", "exp", "powf", "lgamma"])
def test_half_precision_goes_through_f32(op):
    x = np.array([0.5, 1.25, 2.0, 5.0], np.float16)
    half, single = evaluate(op, (x, x)), evaluate(op, (x.astype(np.float32),) * 2)
    np.testing.assert_array_equal(half, single.astype(np.float16))


def test_factorials_are_exact():
    x = np.arange(1.0, 24.0)
    np.testing.assert_array_equal(evaluate("gamma", (x,)), [float(math.factorial(int(v) - 1)) for v in x])


@pytest.mark.parametrize("op", ["sin", "cos", "tan"])
def test_huge_angles(op):
    """The f64 closest to a multiple of pi/2 (Kahan, 1983), the largest, and where the methods change."""
    x = np.array([6381956970095103 * 2.0**797, 1.7976931348623157e308, 2.0**1000, 1e22, 1.6e6, 1.6000001e6])
    assert measure(op, np.float64, x)[0] < 1
    assert measure(op, np.float32, np.array([3.4028234e38, 2.0**100, 1e10, 389.9, 390.1, 5e5]))[0] < 1


def test_every_operation_keeps_its_location():
    text = """func.func @f(%x: f64) -> f64 {
      %y = math.sin %x : f64 loc("user.py":7:3)
      return %y : f64
    }"""
    with ir.Context() as context:
        context.allow_unregistered_dialects = True
        module = ir.Module.parse(text)
        expand_math(module.operation, MathOptions())
        lines = module.operation.get_asm(enable_debug_info=True, use_local_scope=True).splitlines()
        emitted = [line for line in lines if " = arith." in line]
        assert len(emitted) > 30 and all('loc("user.py":7:3)' in line for line in emitted)
        assert not any("math.sin" in line for line in lines)


def test_what_needs_no_expansion_stays():
    text = """func.func @f(%x: i64, %y: f64) -> (i64, f64) {
      %a = math.absi %x : i64
      %s = math.sqrt %y : f64
      return %a, %s : i64, f64
    }"""
    with ir.Context():
        module = ir.Module.parse(text)
        before = str(module)
        expand_math(module.operation, MathOptions())
        assert str(module) == before
