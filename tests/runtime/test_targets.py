"""The same kernels on every target: run on the CPU and Vulkan, compiled for CUDA."""

import re

import numpy as np
import pytest

from dsl import runtime
from dsl.passes.ir.diagnostics import CompileError
from tests.passes.test_kernel import FAIL, TAPE
from tests.passes.test_kernel_arrays import INPLACE, Generator
from tests.support.kernels import agrees, build, parsed, run, stages


def later(text: str, target: str) -> dict:
    with parsed(text) as module:
        resolved = runtime.resolve(target)
        return runtime.later_stages(runtime.lower(module, "f", resolved), resolved)


@pytest.mark.vulkan
@pytest.mark.parametrize("chip", ["vulkan", "vulkan:rdna3"])
def test_tapes_and_checks_on_vulkan(vulkan, chip):
    f = build(TAPE, chip)
    for n in (0, 3, 60):  # 60 overflows the stacks
        agrees(TAPE, 0.3, n, True, executable=f)
    g = build(FAIL, chip)
    for n in (3, 100):
        agrees(FAIL, n, 0.1, executable=g)


@pytest.mark.vulkan
def test_arrays_on_vulkan(vulkan):
    agrees(INPLACE, np.linspace(-1, 1, 8), 3, executable=build(INPLACE, "vulkan"))
    for seed in (1, 2, 3):
        text = Generator(seed).program()
        with np.errstate(all="ignore"):
            args = np.array([1.0, -2, 3, -4]), np.array([0.5, -0.25, 2, 8]), -0.75
            agrees(text, *args, executable=build(text, "vulkan"))


@pytest.mark.vulkan
def test_single_precision_on_a_phone(vulkan):
    text = TAPE.replace("f64", "f32")
    f = build(text, "vulkan:mobile")
    agrees(text, np.float32(0.3), 12, True, executable=f)


@pytest.mark.vulkan
@pytest.mark.parametrize("chip", ["vulkan", "vulkan:mobile"])
@pytest.mark.parametrize("element", ["i1", "i32", "i64", "f16", "f32"])
def test_element_types_on_vulkan(vulkan, chip, element):
    text = f"""
    func.func @f(%s: {element}, %a: tensor<2x3x{element}>) -> ({element}, tensor<2x3x{element}>) {{
      %c1 = arith.constant 1 : index
      %v = tensor.extract %a[%c1, %c1] : tensor<2x3x{element}>
      %r = tensor.insert %s into %a[%c1, %c1] : tensor<2x3x{element}>
      return %v, %r : {element}, tensor<2x3x{element}>
    }}"""
    dtype = {"i1": np.bool_, "i32": np.int32, "i64": np.int64, "f16": np.float16, "f32": np.float32}[element]
    agrees(text, dtype(1), np.zeros((2, 3), dtype), executable=build(text, chip))


def test_a_target_without_f64_refuses_it_with_the_line():
    with pytest.raises(CompileError, match="vulkan:mobile has no 64-bit floats") as caught:
        build(TAPE, "vulkan:mobile")
    assert caught.value.line == 10  # the first operation that computes with one


@pytest.mark.parametrize("chip", ["sm_80", "sm_89"])
def test_cuda_compiles_to_ptx(chip):
    for text in (TAPE, FAIL, INPLACE):
        ptx = later(text, f"cuda:{chip}")["ptx"]
        assert f".target {chip}" in ptx and ".entry f(" in ptx
        assert "fma.rn" not in ptx


def test_the_host_side_holds_no_loop_and_no_arithmetic_on_floats():
    """Proof on IREE's own dump: what is left of the host after the kernel has been compiled."""
    for text in (TAPE, INPLACE, FAIL):
        vm = later(text, "cpu")["iree.vm"]
        start = vm.index("vm.func private @call")
        body = vm[start : vm.index("vm.export", start)]
        assert (
            vm.count("vm.call.variadic @hal.command_buffer.dispatch(") == 1
            and body.count("@hal.device.queue.execute") == 1
        )
        assert not re.search(r"vm\.\w+\.f(32|64)", body)
        here = 0
        for line in body.splitlines():
            if label := re.match(r"\s*\^bb(\d+)", line):
                here = int(label[1])
            elif "br " in line:
                assert all(int(target) > here for target in re.findall(r"\^bb(\d+)", line)), "a branch goes back"


def test_later_stages_of_each_target():
    assert list(later(INPLACE, "cpu"))[-2:] == ["llvm", "asm"]
    assert list(later(INPLACE, "vulkan"))[-1] == "spirv"
    assert list(later(INPLACE, "cuda"))[-2:] == ["llvm", "ptx"]


def test_small_arrays_live_on_the_stack_only_where_there_is_one():
    text = """
    func.func @f(%x: f32, %n: i64) -> f32 {
      %i = arith.index_cast %n : i64 to index
      %s = tensor.splat %x : tensor<8xf32>
      %t = tensor.insert %x into %s[%i] : tensor<8xf32>
      %y = tensor.extract %t[%i] : tensor<8xf32>
      return %y : f32
    }"""
    assert "alloca" in stages(text, "cpu")["tensors"]
    assert "alloca" not in stages(text, "vulkan")["tensors"]
    assert run(build(text), 2.0, 3)[0] == [2.0]
