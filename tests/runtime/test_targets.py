"""The same kernels on every target: run on the CPU and Vulkan, compiled for CUDA."""

import ast
import re
from pathlib import Path

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


@pytest.mark.parametrize("name", runtime.TARGETS)
def test_a_target_answers_everything(name):
    target = runtime.resolve(name)
    assert target.name == name and target.chip in target.chips and set(target.without_f64) <= set(target.chips)
    assert target.driver and target.code_stages and isinstance(target.device_name(["some device"]), str)
    for chip in target.chips:
        one = runtime.resolve(f"{name}:{chip}")
        assert str(one) == f"{name}:{chip}" and one.f64 == (chip not in target.without_f64)
        assert bool(one.device_flags()) != bool(one.module_attributes())  # something names the device, and one thing
        assert one.math_options() and one.kernel_options().target == str(one)


def test_a_cpu_without_fused_multiply_add_is_not_told_to_use_it():
    fused = {chip for chip in ("generic", "x86-64-v2", "x86-64-v3", "x86-64-v4")
             if runtime.resolve(f"cpu:{chip}").math_options().exact_fma}  # fmt: skip
    assert fused == {"x86-64-v3", "x86-64-v4"}
    assert not any(runtime.resolve(f"{name}").math_options().cheap_f64 for name in ("vulkan", "cuda"))


ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = [path for folder in ("dsl", "passes", "runtime") for path in sorted((ROOT / folder).rglob("*.py"))
           if ROOT / "runtime" / "targets" not in path.parents]  # fmt: skip


def test_no_other_module_compares_a_targets_name():
    """What differs from target to target is asked of the target: only then is a new one a row."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in OUTSIDE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare | ast.Dict | ast.MatchValue)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and str(part.value).partition(":")[0] in runtime.TARGETS
    ]
    assert not found


def test_no_other_module_holds_texts_of_iree():
    """Flags and attributes of IREE's dialects; operations are what passes build."""
    texts = re.compile(r"^--[a-z]|#iree_|#hal\.|translation_info")
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value!r}"
        for path in OUTSIDE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and texts.search(node.value)
    ]
    assert not found
