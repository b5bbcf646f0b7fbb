"""The math expansion on the other back ends: compiled for CUDA, run on Mesa's software Vulkan, run on a plain x86-64."""
import functools

import numpy as np
import pytest

from bench.ulp import BINARY, OPERATIONS, TYPES, arguments, build, evaluate, measure, operation, source

KINDS = {"f64": np.float64, "f32": np.float32}


@functools.cache
def vulkan_works():
    import iree.runtime as rt
    try:
        return bool(rt.get_driver("vulkan").query_available_devices())
    except Exception:
        return False


def all_at_once(kind):
    """A module with every operation, each on the same arguments, their results added up."""
    body = []
    for i, op in enumerate(OPERATIONS):
        text = operation(op, kind, 0).replace("%r", f"%r{i}").replace("%k", f"%k{i}")
        body.append(text + (f"\n%s{i} = arith.addf %s{i - 1}, %r{i} : {kind}" if i else f"\n%s0 = arith.addf %r0, %x : {kind}"))
    whole = "\n".join(body) + f"\n%r = arith.addf %s{len(OPERATIONS) - 1}, %x : {kind}"
    single = operation("sin", kind, 0)
    return source("sin", kind, 16).replace(single, whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", ["cuda", "vulkan", "generic"])
def test_every_operation_compiles(target, kind):
    assert build(all_at_once(kind), target)


VULKAN = pytest.mark.skipif(not vulkan_works(), reason="no Vulkan device")


@VULKAN
@pytest.mark.vulkan
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("op", ["sin", "tan", "exp", "log", "log2", "atan2", "asinh", "tanh", "powf", "cbrt", "erfc", "hypot",
                                "remf", "round"])
def test_accuracy_on_vulkan(op, kind):
    worst, where = measure(op, KINDS[kind], arguments(op, KINDS[kind], count=60), "vulkan")
    assert worst <= 2, f"{op} is off by {worst} ulp at {where}"


@pytest.mark.parametrize("op", ["sin", "exp", "log", "powf", "remf", "trunc", "ceil", "hypot"])
def test_accuracy_without_fma(op):
    x = arguments(op, np.float64, count=60)
    if op == "ceil":
        x = x[~((x != 0) & (np.abs(x) < np.finfo(np.float64).tiny))]
    worst, where = measure(op, np.float64, x, "generic")
    assert worst <= 2, f"{op} is off by {worst} ulp at {where}"


def test_names_are_known():
    assert set(BINARY) <= set(OPERATIONS) and set(TYPES.values()) == {"f16", "f32", "f64"}
    assert evaluate("sqrt", (np.array([4.0]),))[0] == 2.0
