"""The same programs on every target, in f32: values and both derivatives agree with the CPU's and with f64."""


import numpy as np
import pytest

import dsl
from tests.programs import PROGRAMS

IDS = [f.__name__ for f, _ in PROGRAMS]


@pytest.fixture(params=["vulkan", "cuda"])
def target(request, require_device):
    return require_device(request.param)


def single(args):
    return tuple(map(np.float32, args))


def results(function, args, target):
    """Value, gradient, and derivative along all ones."""
    kernel = dsl.kernel(function, target=target)
    value, gradient = dsl.value_and_grad(kernel, argnums=tuple(range(len(args))))(*args)
    along = dsl.jvp(kernel, args, tuple(type(a)(1.0) for a in args))[1]
    return np.array([value, *gradient, along])


@pytest.mark.vulkan
@pytest.mark.parametrize("function, args", PROGRAMS, ids=IDS)
def test_device_gives_what_the_cpu_gives(function, args, target):
    on_device = results(function, single(args), target)
    on_cpu = results(function, single(args), "cpu")
    assert on_device.dtype == on_cpu.dtype == np.float32
    # The back ends contract multiplications and additions differently; loops carry that on.
    np.testing.assert_allclose(on_device, on_cpu, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("function, args", PROGRAMS, ids=IDS)
def test_single_precision_is_near_double(function, args):
    np.testing.assert_allclose(results(function, single(args), "cpu"), results(function, args, "cpu"), rtol=2e-3)


@pytest.mark.parametrize("function, args", PROGRAMS, ids=IDS)
def test_modes_agree(function, args):
    value, *gradient, along = results(function, args, "cpu")
    assert value == pytest.approx(function(*args), rel=1e-13)
    assert sum(gradient) == pytest.approx(along, rel=1e-12)


@pytest.mark.parametrize("function, args", PROGRAMS, ids=IDS)
def test_cuda_compiles(function, args):
    """PTX needs no GPU."""
    compiled = dsl.compile(dsl.grad(dsl.kernel(function)), *args, target="cuda")
    assert compiled is not None
