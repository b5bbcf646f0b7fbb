"""What a program says: its stages, its prints, the exceptions it raises, and the environment that steers it."""

import math
import re

import pytest

import dsl


@dsl.kernel
def growth(x, steps: int):
    total = x
    for _ in range(steps):
        if total > 2.0:
            total = total * 0.5
        total = total * total + math.sin(x)
    return total


FIRST = growth.python.__code__.co_firstlineno
FRONT = ("ast", "primal", "adjoint", "tangent")
MIDDLE = ("clean", "math", "inlined", "tensors", "effects", "exact", "kernel", "iree", "llvm", "asm")


# -- stages --------------------------------------------------------------------------------------------------------


def test_stages_are_named_in_order():
    assert growth.stages == FRONT + MIDDLE
    gradient = dsl.grad(growth)
    assert gradient.stages == ("ast", "primal", "adjoint") + MIDDLE
    assert dsl.grad(gradient).stages[:4] == ("ast", "primal", "adjoint", "adjoint.2")
    assert dsl.hessian(growth).stages[:4] == ("ast", "primal", "jacobian", "jacobian.2")


@pytest.mark.parametrize("stage", FRONT + MIDDLE[:-3])
def test_each_stage_of_ours_prints(stage):
    text = growth.ir(1.0, 3, stage=stage)
    assert len(text) > 200 and (stage == "ast" or "func.func" in text)


@pytest.mark.parametrize("stage", ["primal", "adjoint", "adjoint.2", "exact", "kernel"])
def test_stages_of_nested_derivatives_print(stage):
    assert "func.func" in dsl.grad(dsl.grad(growth)).ir(1.0, 3, stage=stage)


@pytest.mark.parametrize("stage, found", [("iree", "stream."), ("llvm", "define"), ("asm", ".text")])
def test_each_stage_of_the_compiler_prints(stage, found):
    assert found in dsl.grad(growth).ir(1.0, 3, stage=stage)


def test_stages_of_other_targets():
    assert ".visible .entry" in growth.ir(dsl.f32, 3, stage="ptx", target="cuda")
    assert "spirv.func" in growth.ir(dsl.f32, 3, stage="spirv", target="vulkan")


def test_a_stage_there_is_not():
    with pytest.raises(ValueError, match="there is no stage 'adjont'; the stages are .*primal"):
        growth.ir(1.0, 3, stage="adjont")


def places(text):
    """(operation, line) for each floating-point operation of a text with locations."""
    pattern = r'= ((?:arith|math)\.\w+f|math\.\w+) .*loc\(".*?":(\d+):\d+\)'
    return [(name, int(line)) for name, line in re.findall(pattern, text)]


@pytest.mark.parametrize("stage", ["primal", "adjoint", "tangent"])
def test_every_operation_has_the_users_line(stage):
    text = growth.ir(1.0, 3, stage=stage, locations=True)
    whole = re.compile(r"} loc\(unknown\)|.*func.func")  # the module, and the function's parameters
    operations = [line for line in text.splitlines() if "loc(" in line and not whole.match(line)]
    # what differentiation made says so around the place of the primal operation
    placed = re.compile(rf'loc\((?:"(?:adjoint|tangent)"\()?"{re.escape(__file__)}":')
    assert len(operations) > 10 and not [line for line in operations if not placed.search(line)]
    lines = dict(places(text))
    assert set(lines.values()) <= set(range(FIRST, FIRST + 8))
    name = "math.cos" if stage != "primal" else "math.sin"
    assert lines[name] == FIRST + 6


def test_an_operation_from_a_helper_names_both_places():
    def helper(v):
        return math.exp(v)

    def f(x):
        return helper(x) + 1.0

    text = dsl.grad(f).ir(1.0, stage="adjoint", locations=True)
    inner, outer = (g.__code__.co_firstlineno + 1 for g in (helper, f))
    assert re.search(rf'math.exp .*callsite\("{__file__}":{inner}:\d+ at "{__file__}":{outer}:\d+\)', text)


# -- prints and exceptions -----------------------------------------------------------------------------------------


@dsl.kernel
def talk(x):
    for i in range(3):
        print("i=", i, x, sep="|")
        x = x * 0.5
    print(f"end {x:.3f}", end="!\n")
    return x * x


SAID = "i=|0|8.0\ni=|1|4.0\ni=|2|2.0\nend 1.000!\n"


@pytest.mark.parametrize("call", [
    lambda: talk(8.0),
    lambda: dsl.grad(talk)(8.0),
    lambda: dsl.grad(dsl.grad(talk))(8.0),
    lambda: dsl.jvp(talk, (8.0,), (1.0,)),
    lambda: dsl.vjp(talk, 8.0)[1](1.0),
    lambda: dsl.jacfwd(talk)(8.0),
])  # fmt: skip
def test_prints_come_once_and_in_order(call, capsys):
    call()
    assert capsys.readouterr().out == SAID
    talk.python(8.0)
    assert capsys.readouterr().out == SAID


def fail_assert(x):
    assert x < 0.0, f"x is {x}"
    return x


def fail_index(x):
    values = [x, x, x]
    k = int(x)
    return values[k]


def fail_divide(x):
    n = int(x) - 5
    return x * (7 // n)


def fail_raise(x):
    if x > 4.0:
        raise ValueError("more than four")
    return x


@pytest.mark.parametrize("function", [fail_assert, fail_index, fail_divide, fail_raise])
@pytest.mark.parametrize("derive", [lambda f: f, dsl.grad, lambda f: lambda x: dsl.jvp(f, (x,), (1.0,))],
                         ids=["value", "grad", "jvp"])  # fmt: skip
def test_exceptions_are_cpythons_with_the_line(function, derive):
    with pytest.raises(Exception) as expected:
        function(5.0)
    with pytest.raises(expected.type) as caught:
        derive(dsl.kernel(function))(5.0)
    assert caught.type is expected.type and str(caught.value) == str(expected.value).split("\nassert")[0]
    line = expected.traceback[-1].lineno + 1
    assert re.match(rf"{re.escape(__file__)}:{line}:\d+: in the kernel\n    ", caught.value.__notes__[0])


def test_a_kernel_that_failed_works_again():
    f = dsl.kernel(fail_raise)
    for x in (5.0, 3.0, 6.0, 2.0):
        if x > 4.0:
            with pytest.raises(ValueError):
                f(x)
        else:
            assert f(x) == x


# -- the environment -----------------------------------------------------------------------------------------------


def test_every_stage_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("DSL_DUMP_IR_TO", str(tmp_path / "stages"))
    dsl.grad(lambda x: x * x * x)(2.0)
    names = sorted(path.name for path in (tmp_path / "stages").iterdir())
    stages = [re.fullmatch(r"\d+\.[\w.]*_grad\.\d+\.([\w.-]+)\.txt", name)[1] for name in names]
    assert stages[:5] == ["ast", "primal", "adjoint", "clean", "math"] and stages[-2:] == ["llvm", "asm"]
    adjoint = next(path for path in (tmp_path / "stages").iterdir() if ".adjoint." in path.name).read_text()
    assert f'"{__file__}":' in adjoint


def test_kernels_can_run_as_python(monkeypatch):
    monkeypatch.setenv("DSL_DISABLE_JIT", "1")
    seen = []

    @dsl.kernel
    def f(x):
        seen.append(x)  # nothing a compiled kernel could do
        return x

    assert f(3) == 3 and seen == [3]
    monkeypatch.setenv("DSL_DISABLE_JIT", "0")
    assert dsl.kernel(lambda x: x / 2)(3) == 1.5


def test_the_environment_names_the_target(monkeypatch):
    monkeypatch.setenv("DSL_TARGET", "cuda:sm_86")
    assert dsl.compile(lambda x: x, dsl.f32).target == "cuda:sm_86"
    assert dsl.compile(dsl.kernel(lambda x: x, target="cpu"), dsl.f32).target == "cpu:host"
    assert dsl.compile(lambda x: x, dsl.f32, target="cpu:generic").target == "cpu:generic"
    monkeypatch.setenv("DSL_TARGET", "abacus")
    with pytest.raises(dsl.Error, match="unknown target 'abacus'; the targets are cpu, vulkan, cuda"):
        dsl.kernel(lambda x: x)(1.0)


@pytest.mark.parametrize("name, arguments, text", [
    ("multiplied", (1.0,), "x * 2.0"),
    ("mixed", (dsl.f32,), "float(i) * 0.1"),
])  # fmt: skip
@pytest.mark.parametrize("derive", [lambda f: f, dsl.grad])
def test_a_target_without_f64_refuses_it_with_the_line(name, arguments, text, derive):
    def multiplied(x):
        y = x * 2.0
        return y

    def mixed(x):
        for i in range(30):
            x = x * x + float(i) * 0.1
        return x

    function = {"multiplied": multiplied, "mixed": mixed}[name]
    with pytest.raises(dsl.CompileError, match="target vulkan:mobile has no 64-bit floats") as caught:
        dsl.compile(derive(dsl.kernel(function, target="vulkan:mobile")), *arguments)
    lines = open(__file__).read().splitlines()
    assert caught.value.filename == __file__ and text in lines[caught.value.line - 1]
    assert lines[caught.value.line - 1][caught.value.column - 1 :].startswith(text[:5])
    assert "dsl.f32" in caught.value.help
