"""Programs compiled ahead of time: what is stored, and how it is called without the compiler."""

import dataclasses
import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

import dsl
from dsl.program.program import Program
from dsl.runtime import Artifact


@dataclasses.dataclass
class Body:
    place: float
    speed: float


class Pair(NamedTuple):
    first: float
    second: tuple


def fall(body: Body, steps: int, forces):
    """A struct and a dict in; a struct, a NamedTuple, a dict, a list and an unused number out."""
    place, speed = body.place, body.speed
    for _ in range(steps):
        speed += forces["gravity"] - forces["drag"][0] * speed
        place += speed
    return Body(place, speed), Pair(place, (steps, speed > 0.0)), {"end": [place, 1]}, None


FORCES = {"gravity": -0.1, "drag": (0.25, 3)}


def energy(body: Body, steps, forces):
    moved, *_ = fall(body, steps, forces)
    return moved.speed * moved.speed + moved.place


def saved(path, function, *arg_types, target=None):
    dsl.compile(function, *arg_types, target=target).save(path)
    return dsl.load(path)


def plainly(value):
    """A value with structs as pairs of name and fields, so that classes made anew compare."""
    if dataclasses.is_dataclass(value):
        return type(value).__name__, {f.name: plainly(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return type(value).__name__, [plainly(item) for item in value]
    if isinstance(value, dict):
        return {key: plainly(item) for key, item in value.items()}
    return type(value), value


ARGS = (Body(1.0, 0.5), 3, FORCES)
CASES = {
    "structures": (fall, ARGS),
    "gradient": (dsl.grad(energy), ARGS),
    "gradients": (dsl.value_and_grad(energy, argnums=(0, 2)), ARGS),
    "hessian": (dsl.hessian(lambda x, y: x * x * y, (0, 1)), (2.0, 3.0)),
    "single precision": (lambda x, n: (x * n, n), (np.float32(1.5), np.int32(3))),
    "booleans": (lambda a, b: (a and not b, a or b), (True, False)),
    "static": (lambda mode, x: (x if mode == "same" else -x, mode), ("other", 2.0)),
    "nothing": (lambda: None, ()),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_gives_what_the_program_gives(name, tmp_path):
    function, args = CASES[name]
    expected = function(*args) if isinstance(function, Program) else dsl.kernel(function)(*args)
    loaded = saved(tmp_path / "f.dslx", function, *args)
    for _ in range(2):
        assert plainly(loaded(*args)) == plainly(expected)


def test_types_in_the_places_of_values(tmp_path):
    compiled = dsl.compile(fall, Body(float, dsl.f64), int, {"gravity": float, "drag": (dsl.f64, int)})
    assert compiled(*ARGS) == dsl.kernel(fall)(*ARGS)
    loaded = saved(tmp_path / "f.dslx", lambda x, n: x * n, dsl.f32, int)
    assert repr(loaded) == "<compiled <lambda>(x: np.float32, n: int) -> np.float32 for cpu:host>"
    assert isinstance(loaded(1.5, 3), np.float32) and loaded(1.5, n=3) == 4.5


def test_annotations_apply_to_types():
    def f(x: dsl.f32, y: float):
        return x * y

    assert "x: np.float32, y: float" in repr(dsl.compile(f, float, int))


def test_a_result_class_is_made_anew_and_arguments_need_only_attributes(tmp_path):
    loaded = saved(tmp_path / "f.dslx", fall, *ARGS)
    body, pair, ends, none = loaded(SimpleNamespace(place=1.0, speed=0.5), 3, FORCES)
    assert type(body) is not Body and repr(body) == repr(dsl.kernel(fall)(*ARGS)[0])
    assert pair == pair._make(pair) and pair._fields == ("first", "second") and none is None
    assert body == loaded(*ARGS)[0]


def test_arrays_come_back_changed(tmp_path):
    def scale(a, k):
        for i in range(3):
            a[i] = a[i] * k
        return a[0]

    array = np.arange(1.0, 4.0, dtype=np.float32)
    loaded = saved(tmp_path / "f.dslx", scale, dsl.f32[3], dsl.f32)
    assert loaded(array, 2.0) == 2.0
    assert array.tolist() == [2.0, 4.0, 6.0]
    with pytest.raises(dsl.Error, match=r"the argument a must be dsl.f32\[3\], found dsl.f32\[4\]"):
        loaded(np.zeros(4, np.float32), 2.0)
    with pytest.raises(dsl.Error, match=r"the argument a must be dsl.f32\[3\], found dsl.f64\[3\]"):
        loaded(np.zeros(3), 2.0)


def test_lists_come_back_changed(tmp_path):
    def double(xs, table):
        xs[0] = xs[0] * 2.0
        table["count"] += 1

    xs, table = [1.5, 2.0], {"count": np.int32(3), "other": 1.0}
    saved(tmp_path / "f.dslx", double, xs, table)(xs, table)
    assert xs == [3.0, 2.0] and table == {"count": 4, "other": 1.0} and type(table["count"]) is np.int32


WRONG = [
    ((), "takes 3 arguments (body, steps, forces), found 0"),
    ((*ARGS, 1), "takes 3 arguments (body, steps, forces), found 4"),
    ((ARGS[0], 3.5, FORCES), "the argument steps must be int, found float"),
    ((ARGS[0], True, FORCES), "the argument steps must be int, found bool"),
    ((ARGS[0], "3", FORCES), "the argument steps must be int, found '3'"),
    (((1.0, 0.5), 3, FORCES), "the argument body must be Body(place=float, speed=float), found (float, float)"),
    ((Body(1.0, None), 3, FORCES), "the argument body.speed must be float, found None"),
    ((ARGS[0], 3, {"gravity": 1.0}), "the argument forces must be {'gravity': float, 'drag': (float, int)}, found"),
    ((ARGS[0], 3, FORCES | {"drag": [1.0, 3]}), "the argument forces['drag'] must be (float, int), found [float, int]"),
    ((ARGS[0], 3, FORCES | {"drag": (0.25, 3.0)}), "the argument forces['drag'][1] must be int, found float"),
]


def test_wrong_arguments_are_named(tmp_path):
    loaded = saved(tmp_path / "fall.dslx", fall, *ARGS)
    for args, message in WRONG:
        with pytest.raises(dsl.Error) as caught:
            loaded(*args)
        assert "fall.dslx" in str(caught.value) and message in str(caught.value)
    with pytest.raises(dsl.Error, match="found 1, n="):
        loaded(1.0, n=3)
    assert plainly(loaded(*ARGS)) == plainly(dsl.kernel(fall)(*ARGS))


def test_what_cannot_be_stored_is_refused(tmp_path):
    compiled = dsl.compile(_apply, _square, 2.0)
    assert compiled(_square, 2.0) == 4.0
    with pytest.raises(dsl.Error, match="function _square cannot be stored"):
        compiled.save(tmp_path / "f.dslx")


def _apply(function, x):
    return function(x)


def _square(x):
    return x * x


CHILD = """
import importlib.abc, sys, types

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith("iree.compiler"):
            raise ImportError(name + " is not on this machine")

sys.meta_path.insert(0, Blocked())
import dsl
body, pair, ends, none = dsl.load("fall.dslx")(types.SimpleNamespace(place=1.0, speed=0.5), 3, {})
"""


def test_loading_needs_no_compiler_and_no_source(tmp_path):
    dsl.compile(fall, *ARGS).save(tmp_path / "fall.dslx")
    program = CHILD.replace("3, {})", f"3, {FORCES})") + "print(body, pair, ends, none)"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("Pair")[0].strip() == str(dsl.kernel(fall)(*ARGS)[0])


def rewritten(path, change):
    """The file with its header changed and sealed again, sound in every other way."""
    artifact = Artifact.load(path)
    header = json.loads(json.dumps(artifact.header))
    change(header)
    dataclasses.replace(artifact, header=header).with_header().save(path)


@pytest.mark.parametrize("change", [
    lambda header: header["interface"].pop("in"),
    lambda header: header["interface"]["in"].update(kind="pickle"),
    lambda header: header["interface"]["out"]["children"][0].update(fields=["place, __import__('os')", "speed"]),
    lambda header: header["interface"]["out"]["children"][0].update({"class": "Body(), x"}),
    lambda header: header["interface"]["in"]["children"][1].update(type="i63"),
])  # fmt: skip
def test_a_header_that_describes_no_program_is_refused(change, tmp_path):
    path = tmp_path / "fall.dslx"
    dsl.compile(fall, *ARGS).save(path)
    rewritten(path, change)
    with pytest.raises(dsl.Error, match="fall.dslx is damaged"):
        dsl.load(path)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "f.dslx"
    dsl.compile(_square, float).save(path)
    rewritten(path, lambda header: header.pop("interface"))
    with pytest.raises(dsl.Error, match="was not written by dsl.compile"):
        dsl.load(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(dsl.Error, match="f.dslx is damaged"):
        dsl.load(path)
    path.write_text("hello")
    with pytest.raises(dsl.Error, match="f.dslx is not a compiled dsl kernel"):
        dsl.load(path)
    with pytest.raises(FileNotFoundError):
        dsl.load(tmp_path / "missing.dslx")


def test_exceptions_and_prints_of_a_loaded_program(tmp_path, capsys):
    def check(x):
        print("x is", x)
        assert x < 2.0, "too big"
        return x

    loaded = saved(tmp_path / "f.dslx", check, float)
    assert loaded(1.5) == 1.5
    with pytest.raises(AssertionError) as caught:
        loaded(2.5)
    assert str(caught.value) == "too big"
    assert f"{os.path.basename(__file__)}:{check.__code__.co_firstlineno + 2}:9" in caught.value.__notes__[0]
    assert capsys.readouterr().out == "x is 1.5\nx is 2.5\n"


def test_tables():
    assert [row.target for row in dsl.targets()] == ["cpu", "vulkan", "cuda"]
    assert "cpu" in {row.target for row in dsl.devices()}
    assert repr(dsl.targets()).splitlines()[0].split() == ["target", "chip", "without", "f64", "chips"]
    for row in dsl.targets():
        assert row.chip in row.chips and set(row.without_f64) <= set(row.chips)


def test_a_device_that_is_not_here(tmp_path):
    if "cuda" in {row.target for row in dsl.devices()}:
        pytest.skip("a GPU is here")
    loaded = saved(tmp_path / "f.dslx", _square, dsl.f32, target="cuda:sm_89")
    assert loaded.target == "cuda:sm_89"
    with pytest.raises(dsl.Error, match="there is no cuda device on this machine"):
        loaded(1.0)
