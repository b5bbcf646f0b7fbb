"""The math expansion on other back ends: compiled for CUDA, run on Vulkan (Mesa's software one) and on plain x86-64."""
import functools

import numpy as np
import pytest

from bench.ulp import OPERATIONS, arguments, build, compare, evaluate, integers, operands, source, standard_points

KINDS = pytest.mark.parametrize("kind", ["f64", "f32"])
DTYPES = {"f64": np.float64, "f32": np.float32}
# Drivers for Vulkan may flush subnormals, and these are the machine's own.
NATIVE = ("sqrt", "floor", "ceil", "trunc", "roundeven", "absf", "fma")
GAMMA = ("gamma", "lgamma", "polygamma0", "polygamma1", "polygamma2")
OURS = [op for op in OPERATIONS if op not in NATIVE + GAMMA]


@KINDS
def test_every_operation_compiles_for_cuda(kind):
    assert build(source(OPERATIONS, kind, 16), "cuda")


@functools.cache
def results(target, kind):
    x, y = (standard_points(DTYPES[kind], count=60, seed=s) for s in range(2))
    return x, y, integers(y), dict(zip(OPERATIONS, evaluate(OPERATIONS, (x, y, integers(y)), target)))


def check(op, kind, target):
    x, y, whole, rows = results(target, kind)
    worst, where = compare(op, rows[op], *operands(op, x, y, whole))
    assert worst <= 2, f"{op} is off by {worst} ulp at {where}"


@pytest.mark.vulkan
@KINDS
@pytest.mark.parametrize("op", OURS)
def test_accuracy_on_vulkan(vulkan, op, kind):
    check(op, kind, "vulkan")


@KINDS
@pytest.mark.parametrize("op", OURS)
def test_accuracy_without_fma(op, kind):
    check(op, kind, "cpu:generic")


def test_rounding_without_instructions_for_it():
    x = np.concatenate([arguments("trunc", np.float64, count=60), [4503599627370497.5, -0.3, 0.49999999999999994]])
    x = x[~((x != 0) & (np.abs(x) < np.finfo(np.float64).tiny))]
    for op in ("trunc", "floor", "ceil"):
        np.testing.assert_array_equal(evaluate(op, (x,), "cpu:generic"), getattr(np, op)(x))
