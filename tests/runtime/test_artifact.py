"""Artifacts: what is saved loads and runs without the compiler, and what is not sound is refused by name."""

import json
import struct
import subprocess
import sys

import pytest

from dsl import runtime
from dsl.passes.ir.diagnostics import Error
from dsl.runtime.artifact import MAGIC, Artifact
from tests.support.kernels import parsed

SQUARE = "func.func @square(%x: f64) -> f64 { %y = arith.mulf %x, %x : f64 return %y : f64 }"


@pytest.fixture(scope="module")
def artifact():
    with parsed(SQUARE) as module:
        return runtime.compile(module, "square")


def test_save_and_load(artifact, tmp_path):
    path = tmp_path / "square.dslx"
    artifact.save(path)
    assert runtime.load(path)([3.0]) == [9.0]
    header = Artifact.load(path).header
    assert (header["target"], header["chip"]) == ("cpu", "host")
    assert header["host"]["machine"] and header["iree"].startswith("3.13")
    assert list(tmp_path.iterdir()) == [path]


def test_loading_needs_no_compiler(artifact, tmp_path):
    path = tmp_path / "square.dslx"
    artifact.save(path)
    program = f"""
import sys
from dsl.runtime import load
assert load({str(path)!r})([3.0]) == [9.0]
assert not [name for name in sys.modules if name.startswith("iree.compiler")]
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_cut_and_every_flipped_byte_is_noticed(artifact, tmp_path):
    data = artifact.to_bytes()
    path = tmp_path / "bad.dslx"
    for length in [0, 1, 7, 8, 19, 20, 100, len(data) // 2, len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(Error, match="bad.dslx"):
            runtime.load(path)
    for position in [0, 5, 8, 12, 25, 300, len(data) // 2, len(data) - 1]:
        path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        with pytest.raises(Error, match="bad.dslx"):
            runtime.load(path)


def test_foreign_files_are_refused(tmp_path):
    for name, data in (
        ("a.vmfb", b"IREE" * 100),
        ("b.pkl", b"\x80\x04]."),
        ("c.txt", b"hello"),
        ("d.png", b"\x89PNG\r\n"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Error, match=f"{name} is not a compiled dsl kernel"):
            runtime.load(tmp_path / name)
    with pytest.raises(OSError):
        runtime.load(tmp_path / "missing.dslx")


def test_other_versions_are_refused(artifact, tmp_path):
    data = artifact.to_bytes()
    with pytest.raises(Error, match="format version 77"):
        Artifact.from_bytes(MAGIC + struct.pack("<I", 77) + data[12:], "new.dslx")
    with pytest.raises(Error, match="IREE 2.9.0"):
        runtime.load(Artifact(artifact.header | {"iree": "2.9.0"}, artifact.vmfb))


def test_other_processors_are_refused(artifact):
    machine = artifact.header["host"]
    with pytest.raises(Error, match="avx1024"):
        runtime.load(Artifact(artifact.header | {"host": machine | {"features": ["avx1024"]}}, artifact.vmfb))
    with pytest.raises(Error, match="pdp11"):
        runtime.load(Artifact(artifact.header | {"host": machine | {"machine": "pdp11"}}, artifact.vmfb))


def test_a_broken_module_inside_a_sound_envelope_is_refused(artifact):
    with pytest.raises(Error, match="square"):
        runtime.load(Artifact(artifact.header, b"\0" * 64))
    with pytest.raises(Error):
        Artifact.from_bytes(Artifact({"iree": "x"}, b"").to_bytes(), "empty.dslx")


def test_the_header_is_plain_json(artifact):
    length = struct.unpack_from("<Q", artifact.to_bytes(), 12)[0]
    header = json.loads(artifact.to_bytes()[20 : 20 + length])
    assert header["signature"]["entry"] == "square"
