"""The modules of the runtime one by one: slots, the host's description, reports, dumps, devices, arrays of a call, the
worker's protocol, and the layers they stand in."""

import ast
import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dsl import runtime
from dsl.passes.ir.diagnostics import CompileError, Error
from dsl.passes.ir.limits import LENT_BYTES
from dsl.runtime import call_arrays, compiler, devices, dumps, host, reports, slots, worker
from dsl.runtime.targets import DUMP_FLAGS, PROCESS_FLAGS
from tests.support.kernels import parsed

SQUARE = "func.func @square(%x: f64) -> f64 { %y = arith.mulf %x, %x : f64 return %y : f64 }"

# -- slots -------------------------------------------------------------------------------------------------------------


def test_scalars_lie_in_slots_of_eight_bytes():
    leaves = [{"type": type} for type in ("i1", "i32", "f16", "f32", "i64", "f64")]
    packing = slots.layout(leaves)
    assert packing.size == 8 * len(leaves)
    data = packing.pack(True, -2, 0.5, 1.25, 2**62, -0.0)
    assert packing.unpack(data) == (True, -2, 0.5, 1.25, 2**62, 0.0)
    words = struct.unpack("<6q", data)
    assert [slots.decode(word, leaf["type"]) for word, leaf in zip(words, leaves)] == [True, -2, 0.5, 1.25, 2**62, 0.0]
    assert slots.layout(leaves, prefix="q").size == 8 * (len(leaves) + 1)


@pytest.mark.parametrize("value, type", [(2**31, "i32"), (-(2**63) - 1, "i64"), (np.int64(2**40), "i32")])
def test_integers_that_do_not_fit_are_refused(value, type):
    with pytest.raises(OverflowError, match="does not fit"):
        slots.encode(value, type)


@pytest.mark.parametrize("value, type", [("3", "f64"), ([1.0], "f64"), (0.5, "i64"), (None, "f32"), (1j, "f64")])
def test_what_is_no_number_of_the_kind_is_refused(value, type):
    with pytest.raises(TypeError):
        slots.encode(value, type)


def test_floats_too_large_for_a_type_become_infinite():
    assert slots.decode(slots.encode(1e300, "f32"), "f32") == np.inf
    assert slots.decode(slots.encode(-1e6, "f16"), "f16") == -np.inf
    assert slots.decode(slots.encode(3, "f64"), "f64") == 3.0


# -- host --------------------------------------------------------------------------------------------------------------


def test_this_machine_runs_what_is_made_for_it():
    here = host.describe()
    assert host.objection(here) == host.objection(here | {"features": []}) == ""
    assert "pdp11" in host.objection(here | {"machine": "pdp11"})
    if here["features"]:
        assert host.objection(here | {"features": ["zz_none", *here["features"]]}) == "this processor lacks zz_none"


def test_features_are_read_as_the_system_writes_them(monkeypatch):
    def reads(text):
        monkeypatch.setattr(host, "open", lambda path: io.StringIO(text), raising=False)
        host._first_processor.cache_clear()
        return host._features()

    assert reads("model name : x\nflags\t\t: fpu sse2 avx512f fma hypervisor\n") == {"sse2", "avx512f", "fma"}
    assert reads("Features\t: fp asimd sve2 crc32\n") == {"asimd", "sve2"}
    assert reads("nothing of the kind\n") == set()
    host._first_processor.cache_clear()  # nothing that was made up is remembered


@pytest.mark.parametrize("machine, features, fused", [
    ("x86_64", ["fma"], True), ("x86_64", ["sse2"], False), ("AMD64", [], False), ("aarch64", [], True)
])  # fmt: skip
def test_which_processors_fuse(monkeypatch, machine, features, fused):
    monkeypatch.setattr(host.platform, "machine", lambda: machine)
    monkeypatch.setattr(host, "describe", lambda: {"machine": machine, "features": features})
    assert host.has_fma() is fused


# -- reports -----------------------------------------------------------------------------------------------------------


def test_several_prints_lie_one_after_another():
    sites = [
        {"text": ["x= ", " n= ", "\n"], "spec": ["", ""], "kind": ["float", "int"], "types": ["f64", "i64"]},
        {"text": ["done\n"], "spec": [], "kind": [], "types": []},
    ]
    sites = [reports.Site(site) for site in sites]
    words = [0, slots.encode(0.5, "f64"), 7, 1, 0, slots.encode(-1.0, "f64"), -3]
    assert reports.printed_text(sites, np.array(words)) == "x= 0.5 n= 7\ndone\nx= -1.0 n= -3\n"
    assert reports.printed_text(sites, np.array([], np.int64)) == ""


def failing(exception="IndexError", message="", types=()):
    return {"exception": exception, "message": message, "types": list(types), "place": []}


def test_failures_are_the_exceptions_they_name():
    site = failing(message="index {0} of {1:.2f}, not {2} or {}", types=["i64", "f64"])
    error = reports.failure(site, [5, slots.encode(0.125, "f64")])
    assert type(error) is IndexError and str(error) == "index 5 of 0.12, not {2} or {}"
    assert type(reports.failure(failing("ValueError"), [])) is ValueError
    for name in ("NoSuchError", "print", "KeyboardInterrupt"):  # not an Exception of Python's
        assert type(reports.failure(failing(name, "why"), [])) is Error


def test_failures_show_their_place(tmp_path):
    path = tmp_path / "user.py"
    path.write_text("first\n    a[i] = 1\n")
    site = failing(message="m") | {"place": [[str(path), 2, 5]]}
    (note,) = reports.failure(site, []).__notes__
    assert f"{path}:2:5" in note and "a[i] = 1" in note


# -- dumps -------------------------------------------------------------------------------------------------------------


def test_files_of_a_dump_are_in_order(tmp_path):
    first, second = (dumps.Dump(str(tmp_path / "new"), "<lambda>") for _ in range(2))
    for dump in (first, second):
        for stage in ("primal", "math"):
            dump.write(stage, lambda locations=False, stage=stage: f"{stage} {locations}")
    names = [path.name for path in sorted((tmp_path / "new").iterdir())]
    assert [name.split(".", 1)[1] for name in names] == ["_lambda_.00.primal.txt", "_lambda_.01.math.txt"] * 2
    assert len({name.split(".")[0] for name in names}) == 2
    assert (tmp_path / "new" / names[0]).read_text() == "primal True"


def test_phases_are_ordered_by_number_and_code_by_the_target(tmp_path):
    for name in ("m.10.vm.mlir", "m.2.flow.mlir", "x.s", "x.optimized.ll", "x.ptx", "x.spirv.mlir", "m.vmfb"):
        (tmp_path / name).write_text(name)
    assert list(dumps._phases(str(tmp_path))) == ["iree.flow", "iree.vm"]
    code = {name: list(dumps._code(str(tmp_path), target)) for name, target in runtime.TARGETS.items()}
    assert code == {"cpu": ["llvm", "asm"], "vulkan": ["spirv"], "cuda": ["llvm", "ptx"]}


def test_later_stages_of_a_bad_module_are_an_error():
    cpu = runtime.resolve("cpu")
    with parsed(SQUARE) as module:
        kernel = runtime.lower(module, "square", cpu)
        kernel.operation.attributes["hal.device.targets"] = kernel.operation.attributes["dsl.signature"]
        with pytest.raises(CompileError, match="the compiler refused the kernel"):
            dumps.later_stages(kernel, cpu)


def test_only_error_lines_are_shown():
    text = "a.mlir:1:1: error: first\nmodule {\n}\nnote: x\nb: error: " + "y" * 1000
    assert compiler.errors_only(text) == "a.mlir:1:1: error: first\n" + ("b: error: " + "y" * 1000)[:400]
    assert compiler.errors_only("nothing known") == "nothing known"


def test_flags_of_dumps_name_the_directory():
    assert all(flag.format("/some/where").endswith("=/some/where") for flag in DUMP_FLAGS)
    assert all(flag.startswith("--") for flag in PROCESS_FLAGS)


# -- devices -----------------------------------------------------------------------------------------------------------


def test_a_device_is_opened_once():
    assert devices.device("cpu") is devices.device("cpu:generic")
    assert "cpu" in devices.usable_targets() and devices.describe_device("cpu") == host.describe()["machine"]


def test_a_device_that_does_not_open_is_an_error_and_tried_again(monkeypatch):
    tried = []

    def refuse(driver):
        tried.append(driver)
        raise RuntimeError("no such device")

    monkeypatch.setattr(devices, "_open", refuse)
    for _ in range(2):
        with pytest.raises(Error, match="there is no cuda device on this machine: no such device"):
            devices.device("cuda")
    assert tried == ["cuda", "cuda"] and devices.usable_targets() == []


def test_buffers_are_views_of_memory_on_the_device():
    buffer = devices.Buffer(devices.device("cpu"), [2, 3], np.float32)
    assert buffer.array.shape == (6,) and buffer.array.dtype == np.float32
    buffer.array[:] = range(6)
    assert buffer.array.tolist() == [0, 1, 2, 3, 4, 5]
    assert devices.Buffer(devices.device("cpu"), [0], np.int64).array.size == 1
    with pytest.raises(MemoryError, match="no room for"):
        devices.Buffer(devices.device("cpu"), [1 << 58], np.float64)


# -- the arrays of a call ----------------------------------------------------------------------------------------------

COUNT = LENT_BYTES // 8


def arrays(lends=True, stacks=(), **leaf):
    """One argument and one new result, of as many numbers as are lent."""
    argument = {"binding": 1, "type": "f64", "shape": [COUNT], **leaf}
    result = {"binding": 2, "type": "f64", "shape": [COUNT]}
    signature = {"entry": "f", "args": [argument], "results": [result], "stacks": list(stacks)}
    views: dict = {1: np.zeros(COUNT), 2: np.ones(COUNT)}
    return call_arrays.Arrays(signature, views, devices.device("cpu"), lends)


def test_large_arrays_are_lent_and_others_copied():
    given = np.arange(float(COUNT))
    assert set(arrays().lent([given])) == {1, 2}
    assert set(arrays(lends=False).lent([given])) == set()
    assert set(arrays().lent([np.arange(2.0 * COUNT)[::2]])) == {2}  # not contiguous
    assert set(arrays(updated=True, stacks=[{}]).lent([given])) == {2}  # it may have to run again
    frozen = given.copy()
    frozen.flags.writeable = False
    assert set(arrays().lent([frozen])) == {2}


def test_what_is_copied_goes_in_and_out():
    given, own = np.arange(float(COUNT)), arrays(lends=False)
    own.copy_in([given], {})
    assert (own.views[1] == given).all()
    ((number, out),) = own.outcome([given], {})
    assert number == 0 and (out == 1).all() and out is not own.views[2]


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros(COUNT, np.float32), 1.0])
def test_arrays_of_another_type_or_shape_are_refused(wrong):
    with pytest.raises(TypeError, match=rf"argument 0 of f is f64\[{COUNT}\], and this is"):
        arrays().lent([wrong])


# -- the worker --------------------------------------------------------------------------------------------------------


def test_messages_are_read_as_they_were_written():
    stream = io.BytesIO()
    worker.write(stream, {"ok": True, "error": "ü"}, b"\0\1payload")
    worker.write(stream, {"ok": False}, b"")
    stream.seek(0)
    assert worker.read(stream) == ({"ok": True, "error": "ü"}, b"\0\1payload")
    assert worker.read(stream) == ({"ok": False}, b"")
    assert worker.read(stream) is None


@pytest.mark.parametrize("length", [0, 3, 8, 12, 25])
def test_a_message_that_was_cut_short_is_the_end(length):
    stream = io.BytesIO()
    worker.write(stream, {"flags": ["a"]}, b"0123456789")
    assert worker.read(io.BytesIO(stream.getvalue()[:length])) is None


def test_the_worker_answers_in_order_and_ends_with_its_input():
    cpu = runtime.resolve("cpu")
    with parsed(SQUARE) as module:
        _, source = compiler.payload(runtime.lower(module, "square", cpu), cpu)
    requests = io.BytesIO()
    for text in (b"garbage", source, b"module {"):
        worker.write(requests, {"flags": cpu.compile_flags(), "phase": runtime.targets.PHASE}, text)
    command = [sys.executable, "-P", worker.__file__, *PROCESS_FLAGS]
    done = subprocess.run(command, input=requests.getvalue(), capture_output=True, check=True)
    answers, stream = [], io.BytesIO(done.stdout)
    while (answer := worker.read(stream)) is not None:
        answers.append(answer)
    assert [header["ok"] for header, _ in answers] == [False, True, False]
    assert answers[1][1] and not answers[0][1] and b"error" in done.stderr


# -- layers ------------------------------------------------------------------------------------------------------------

FOLDER = Path(runtime.__file__).parent
LOWER_FIRST = [
    "environment", "locks", "progress", "disk_cache", "host", "targets", "slots", "worker", "artifact", "reports",
    "devices", "call_arrays", "polls", "output", "tape_room", "instance", "executable", "compiler", "dumps", "build",
]  # fmt: skip


def test_modules_stand_in_layers():
    """A module imports only those before it in the list, so that there is no circle, and running needs no compiler."""
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} | {"targets"}
    assert modules == set(LOWER_FIRST)
    for number, name in enumerate(LOWER_FIRST):
        for path in [FOLDER / f"{name}.py"] if name != "targets" else (FOLDER / "targets").glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.level == 1 and name != "targets":
                    found = [node.module] if node.module else [alias.name for alias in node.names]
                    assert all(LOWER_FIRST.index(other.split(".")[0]) < number for other in found), (name, found)


def test_what_runs_kernels_loads_no_compiler():
    """Every module up to `executable`."""
    names = [f"dsl.runtime.{name}" for name in LOWER_FIRST[: LOWER_FIRST.index("compiler")]]
    program = f"import sys, importlib\nfor name in {names}: importlib.import_module(name)\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert set(names) <= set(loaded) and not [name for name in loaded if name.startswith("iree.compiler")]
