"""Programs that are taken from disk: equal in all that can be seen of them, found only where nothing has changed."""

import json
import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import dsl
from dsl.program import disk, versions
from dsl.program.disk import STATS, Request
from dsl.runtime import host
from dsl.runtime.disk_cache import open_cache

PROGRAMS = Path(__file__).with_name("programs") / "cached.py"


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("DSL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("DSL_CACHE", raising=False)
    STATS.hits = STATS.misses = 0
    STATS.uncacheable.clear()


def run(*arguments: str, **environment: str) -> dict:
    """What tests/programs/cached.py prints in a process of its own."""
    command = [sys.executable, "-m", "tests.programs.cached", *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) | {"stderr": done.stderr}


# -- in another process ----------------------------------------------------------------------------------------------


def test_another_process_sees_the_same_without_a_compiler():
    """Values, gradients, prints, errors with their places, updated arguments, classes of results."""
    first, second, plain = run(DSL_LOG_COMPILES="1"), run(DSL_LOG_COMPILES="1"), run(DSL_CACHE="off")
    assert first["seen"] == second["seen"] == plain["seen"]
    assert all(first["seen"].values())
    assert first["uncacheable"] == second["uncacheable"] == {}
    assert second["misses"] == 0 and first["misses"] > 20 and first["misses"] + first["hits"] == second["hits"]
    assert (plain["hits"], plain["misses"]) == (0, 0)
    assert first["compiler"] and plain["compiler"] and not second["compiler"] and not second["worker"]
    assert first["stderr"].count("dsl: compiled ") == first["misses"]
    assert second["stderr"].count(" from the cache in ") == second["hits"] and "compiled" not in second["stderr"]


def test_a_program_for_other_values_around_it_is_another_one():
    one, two = run("global", "2.0"), run("global", "3.0")
    assert (one["seen"], two["seen"], two["hits"]) == ({"global": 2.0 * 1.5}, {"global": 3.0 * 1.5}, 0)
    for value in ("2.0", "3.0", "2.0"):  # both are kept
        again = run("global", value)
        assert (again["seen"], again["hits"], again["misses"]) == ({"global": float(value) * 1.5}, 1, 0)


def test_what_is_read_first_may_decide_what_else_is_read():
    for _ in range(2):
        for which, scale in (("0", "5.0"), ("1", "5.0"), ("0", "7.0"), ("1", "7.0")):
            found = run("branch", which, scale)
            assert found["seen"] == {"branch": 1.5 if which == "0" else 1.5 * float(scale)}
    assert found["hits"] == 1


def test_a_program_from_the_cache_notices_changes_around_it():
    for _ in range(2):
        found = run("change")
        assert found["seen"] == {"change": [3.0, 4.5, 3.0]}
    assert found["hits"] == 3 and not found["compiler"]


def test_processes_at_once():
    command = [sys.executable, "-m", "tests.programs.cached", "global", "2.0"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    found = [json.loads(process.communicate()[0].splitlines()[-1]) for process in running]
    assert all(each["seen"] == {"global": 3.0} for each in found)
    assert len(dsl.cache.entries()) == 1 and run("global", "2.0")["hits"] == 1


# -- every ingredient ------------------------------------------------------------------------------------------------

SOURCE = """
    import math
    from dataclasses import dataclass, field
    from enum import Enum
    from typing import NamedTuple

    import numpy as np

    import dsl

    ALPHA = 2.0
    WHOLE = 3
    TABLE = [1.0, 2.0]
    NESTED = {"a": (1.0, [2.0])}
    ARRAY = np.array([1.0, 2.0])
    FUNCTION = math.sin
    UFUNC = np.sin
    MODULE = math
    PARTIAL = __import__("functools").partial(lambda a, x: a * x, 2.0)

    class Mode(Enum):
        FAST = 1

    MODE = Mode.FAST

    class Config:
        scale = 1.5

    CONFIG = Config()
    CONFIG.offset = 0.5

    class Pair(NamedTuple):
        a: float
        b: float = 2.0

    @dataclass
    class Point:
        x: float
        y: float = 1.0
        z: float = field(default_factory=lambda: 0.25)

        factor = 4.0

        @property
        def length(self):
            return self.x * self.factor

    def deep(x):
        return x + 1.0

    def helper(x, k=2.0):
        # says nothing
        return deep(x) * ALPHA * k

    def closing(k):
        def closed(x):
            return k * x
        return closed

    CLOSED = closing(4.0)

    @dsl.custom_vjp
    def ruled(x):
        return x

    def ruled_bwd(residuals, ct):
        return (ct * 2.0,)

    ruled.defvjp(lambda x: (x, ()), ruled_bwd)
    GRADIENT = dsl.grad(lambda x: x * x)

    @dsl.kernel
    def entry(x, p, n: int = 1):
        p.y = p.y + 1.0
        total = helper(x) + WHOLE + TABLE[1] + NESTED["a"][1][0] + ARRAY[1] + FUNCTION(x) + UFUNC(x) + MODULE.cos(x)
        total += CONFIG.scale * CONFIG.offset + Pair(x).b + p.length + Point(x).z + Point(1.0).y
        total += CLOSED(x) + ruled(x) + GRADIENT(x) + PARTIAL(x)
        if MODE is Mode.FAST:
            total += 1.0
        return total * n + float(max(1, 2))

    def unused(x):
        return x
"""

CHANGES = {
    "the entry": ("total * n +", "total * n -"),
    "a helper two calls down": ("return x + 1.0", "return x + 1.5"),
    "a comment in a helper": ("# says nothing", "# says more"),
    "the line of a helper": ("def deep(x)", "\n    def deep(x)"),
    "a default": ("k=2.0", "k=2.5"),
    "the entry's default": ("n: int = 1", "n: int = 2"),
    "the entry's annotation": ("n: int = 1", "n: dsl.i32 = 1"),
    "a float": ("ALPHA = 2.0", "ALPHA = 2.5"),
    "the sign of a zero": ("CONFIG.offset = 0.5", "CONFIG.offset = -0.5"),
    "the type of a number": ("WHOLE = 3", "WHOLE = 3.0"),
    "an item": ("TABLE = [1.0, 2.0]", "TABLE = [1.0, 3.0]"),
    "the length of a list": ("TABLE = [1.0, 2.0]", "TABLE = [1.0, 2.0, 3.0]"),
    "the type of a container": ("TABLE = [1.0, 2.0]", "TABLE = (1.0, 2.0)"),
    "a nested item": ("(1.0, [2.0])", "(1.0, [3.0])"),
    "an element": ("np.array([1.0, 2.0])", "np.array([1.0, 3.0])"),
    "the type of elements": ("np.array([1.0, 2.0])", "np.array([1.0, 2.0], np.float32)"),
    "a function of the standard library": ("FUNCTION = math.sin", "FUNCTION = math.cos"),
    "a function of NumPy": ("UFUNC = np.sin", "UFUNC = np.cos"),
    "a module": ("MODULE = math", "MODULE = np"),
    "an argument of a partial": ("lambda a, x: a * x, 2.0", "lambda a, x: a * x, 3.0"),
    "the value of a member": ("FAST = 1", "FAST = 2"),
    "which member": ("MODE = Mode.FAST", "MODE = None"),
    "an attribute of a class": ("scale = 1.5", "scale = 2.5"),
    "an attribute of an object": ("CONFIG.offset = 0.5", "CONFIG.offset = 1.5"),
    "a default of a NamedTuple": ("b: float = 2.0", "b: float = 3.0"),
    "a default of a dataclass": ("y: float = 1.0", "y: float = 2.0"),
    "a factory of a dataclass": ("lambda: 0.25", "lambda: 0.75"),
    "a class attribute of a dataclass": ("factor = 4.0", "factor = 5.0"),
    "a frozen dataclass": ("@dataclass\n    class Point", "@dataclass(unsafe_hash=True)\n    class Point"),
    "a property": ("return self.x * self.factor", "return self.x + self.factor"),
    "a closure variable": ("closing(4.0)", "closing(5.0)"),
    "the rule of a function": ("ct * 2.0", "ct * 3.0"),
    "a derivative that is used": ("GRADIENT = dsl.grad(lambda x: x * x)", "GRADIENT = dsl.grad(lambda x: x + x)"),
    "a name that hides a builtin": ("WHOLE = 3", "WHOLE = 3; max = min"),
    "an option": ("@dsl.kernel", "@dsl.kernel(bounds_check=False)"),
}
KEEPS = {
    "nothing": ("", ""),
    "a function that is not reached": ("def unused(x):\n        return x", "def unused(x):\n        return x + x"),
    "a variable that is not read": ("def unused", "OTHER = 1.0\n\n    def unused"),
}


class Loaded(SimpleNamespace):
    """The names of a program text that was run as a file."""


@pytest.fixture
def load(tmp_path):
    def load(text: str, old: str = "", new: str = "", name: str = "user_program") -> Loaded:
        source, old, new = textwrap.dedent(text), old.replace("\n    ", "\n"), new.replace("\n    ", "\n")
        path = tmp_path / "user_program.py"
        path.write_text(source.replace(old, new, 1) if old else source)
        assert not old or path.read_text() != source
        module = type(sys)(name)
        sys.modules[name] = module
        exec(compile(path.read_text(), str(path), "exec"), vars(module))
        return Loaded(**{key: value for key, value in vars(module).items() if not key.startswith("__")})

    return load


def found(program, *args, target=None, **kwargs) -> bool:
    """Whether the cache has a program for these arguments."""
    return Request(open_cache(), dsl.api.kernels.as_program(program), args, kwargs, target).find() is not None


@pytest.fixture
def kept(load):
    """A program that is in the cache."""
    loaded = load(SOURCE)
    value = loaded.entry(1.5, loaded.Point(0.5))
    assert (STATS.misses, STATS.uncacheable) == (1, {})
    assert value == pytest.approx(loaded.entry.python(1.5, loaded.Point(0.5)), rel=1e-14)
    return loaded


def test_every_ingredient_makes_another_program(kept, load):
    for name, (old, new) in (CHANGES | KEEPS).items():
        changed = load(SOURCE, old, new)
        assert found(changed.entry, 1.5, changed.Point(0.5)) == (name in KEEPS), name
        assert not STATS.uncacheable, name


def test_types_options_target_and_versions_make_another_program(kept, monkeypatch):
    point, f = kept.Point(0.5), kept.entry
    assert found(f, 1.5, point) and found(f, x=1.5, p=point) and found(f, 2.5, kept.Point(7.0), target="cpu")
    assert not found(f, 1, point) and not found(f, np.float32(1.5), point) and not found(f, np.float64(1.5), point)
    assert not found(f, np.ones(2), point) and not found(f, 1.5, kept.Point(1)) and not found(f, 1.5, kept.Pair(1.0))
    assert not found(f, 1.5, point, 1) and not found(dsl.grad(f), 1.5, point)
    assert not found(f, 1.5, point, target="cpu:generic") and not found(f, 1.5, point, target="vulkan")
    with monkeypatch.context() as patch:
        patch.setattr(disk, "versions", lambda: (*versions.versions()[:-1], "another text of the package"))
        assert not found(f, 1.5, point)
    with monkeypatch.context() as patch:
        patch.setattr(host, "processor", lambda: "another processor")
        assert not found(f, 1.5, point)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "getrecursionlimit", lambda: 1234)
        assert not found(f, 1.5, point)
    monkeypatch.setenv("DSL_DEBUG_NANS", "1")
    assert not found(dsl.kernel(f.python), 1.5, point)
    monkeypatch.setenv("DSL_DEBUG_NANS", "0")
    assert found(dsl.kernel(f.python), 1.5, point)


def test_derivatives_are_told_apart(load):
    text = "import dsl\ndef f(x, y):\n    return x * y * y, x\ndef g(x, y):\n    return x * y * y\n"
    loaded = load(text)
    makers = [
        lambda n: dsl.grad(n.g), lambda n: dsl.grad(n.g, 1), lambda n: dsl.grad(n.g, (0, 1)),
        lambda n: dsl.grad(n.f, has_aux=True), lambda n: dsl.value_and_grad(n.g), lambda n: dsl.jacfwd(n.g),
        lambda n: dsl.jacrev(n.g), lambda n: dsl.jacrev(n.g, 1), lambda n: dsl.hessian(n.g),
    ]  # fmt: skip
    for k, make in enumerate(makers):
        assert not found(make(loaded), 2.0, 3.0), k
        value = make(loaded)(2.0, 3.0)
        again = load(text)
        assert found(make(again), 2.0, 3.0) and make(again)(2.0, 3.0) == value
    assert STATS.hits == len(makers)


def test_sizes_that_depend_on_arguments(load):
    text = """
    import numpy as np
    def f(n, x):
        a = np.zeros(n)
        for i in range(n):
            a[i] = x
        return a.sum()
    """
    assert dsl.kernel(load(text).f)(20, 1.0) == 20.0
    again = dsl.kernel(load(text).f)
    assert found(again, 20, 3.0) and not found(again, 21, 3.0)
    assert again(20, 2.0) == 40.0 and again(21, 2.0) == 42.0 and again(20, 1.5) == 30.0
    assert (STATS.hits, STATS.misses) == (1, 2)


def test_who_shares_what_makes_another_program(load):
    text = "A = [1.0]\nB = [1.0]\nC = A\ndef f(x):\n    return x if A is B else -x\n"
    assert dsl.kernel(load(text).f)(1.0) == -1.0
    assert found(load(text).f, 1.0) and not found(load(text, "B = [1.0]", "B = A").f, 1.0)


def test_a_compiler_that_is_being_worked_on(tmp_path):
    """A change in any file of the package, also one of the same length, is another version."""
    for folder in ("dsl", "passes", "runtime"):
        (tmp_path / folder / "deep").mkdir(parents=True)
        (tmp_path / folder / "__init__.py").write_text("")
        (tmp_path / folder / "deep" / "a.py").write_text("x = 1")
    text = lambda: versions.package_text(*(str(tmp_path / folder) for folder in ("dsl", "passes", "runtime")))
    seen = {text()}
    for folder in ("dsl", "passes", "runtime"):
        (tmp_path / folder / "deep" / "a.py").write_text("x = 2")
        seen.add(text())
    (tmp_path / "dsl" / "new.py").write_text("")
    seen.add(text())
    assert len(seen) == 5
    (tmp_path / "dsl" / "__pycache__").mkdir()
    (tmp_path / "dsl" / "__pycache__" / "b.py").write_text("")
    assert text() in seen


# -- what is not kept ------------------------------------------------------------------------------------------------


def test_what_cannot_be_described_is_compiled_each_time(load):
    text = """
    import dsl
    class Sly:
        scale = 2.0
        def __eq__(self, other): return True
        __hash__ = None
    SLY = Sly()
    def f(x):
        return x * SLY.scale
    """
    for _ in range(2):
        assert dsl.kernel(load(text).f)(1.0) == 2.0
    assert STATS.hits == 0 and STATS.misses == 2 and len(dsl.cache.entries()) == 0
    assert dict(STATS.uncacheable) == {"an object of the class user_program.Sly": 2}


def test_a_source_that_changes_meanwhile_is_not_kept(load, monkeypatch, tmp_path):
    text = "import dsl\ndef helper(x):\n    return x + 1.0\ndef f(x):\n    return helper(x)\n"
    loaded = load(text)
    from dsl.program import compilation

    compile = compilation.build

    def compile_and_change(*args):
        made = compile(*args)
        (tmp_path / "user_program.py").write_text(text.replace("1.0", "2.5"))
        return made

    monkeypatch.setattr(compilation, "build", compile_and_change)
    assert dsl.kernel(loaded.f)(1.0) == 2.0
    assert dict(STATS.uncacheable) == {"Error: the source of helper was changed while it was compiled": 1}
    assert len(dsl.cache.entries()) == 0


def test_the_stages_are_written_also_for_programs_that_are_kept(load, monkeypatch, tmp_path):
    text = "def f(x):\n    return x * 7.0\n"
    dsl.kernel(load(text).f)(1.0)
    monkeypatch.setenv("DSL_DUMP_IR_TO", str(tmp_path / "stages"))
    assert dsl.kernel(load(text).f)(1.0) == 7.0 and STATS.hits == 0
    assert list((tmp_path / "stages").iterdir())


# -- damage ----------------------------------------------------------------------------------------------------------


def test_damaged_files_are_compiled_again(load, tmp_path):
    text = "def f(x):\n    return x * 3.0\n"
    assert dsl.kernel(load(text).f)(2.0) == 6.0
    whole = {path: path.read_bytes() for path in (tmp_path / "cache").glob("*.dslc")}
    assert len(whole) == 2
    source, program = random.Random(2), dsl.kernel(load(text).f)
    for _ in range(400):
        path = source.choice(list(whole))
        data = bytearray(whole[path])
        for _ in range(source.randrange(1, 4)):
            data[source.randrange(len(data))] ^= source.randrange(1, 256)
        path.write_bytes(data[: source.randrange(len(data))] if source.random() < 0.5 else data)
        assert not found(program, 2.0)
        path.write_bytes(whole[path])
        assert found(program, 2.0)
    for path in whole:
        path.write_bytes(b"")
    assert program(2.0) == 6.0 and STATS.hits == 0 and not STATS.uncacheable
    assert found(dsl.kernel(load(text).f), 2.0)


# -- what the user sees of it ----------------------------------------------------------------------------------------


def test_the_cache_is_listed_and_emptied(load, tmp_path, monkeypatch):
    assert dsl.cache.directory == tmp_path / "cache" and list(dsl.cache.entries()) == []
    dsl.grad(load("def f(x):\n    return x * 3.0\n").f)(2.0)
    (row,) = dsl.cache.entries()
    assert (row.program, row.target) == ("f_grad", "cpu:host") and row.size > 1000
    assert f"{dsl.cache.entries()!r}".startswith("program  target    size      used\nf_grad   cpu:host")
    assert repr(dsl.cache) == f"<dsl.cache: 1 programs in {tmp_path / 'cache'}>"
    dsl.cache.clear()
    assert list(dsl.cache.entries()) == [] and dsl.cache.stats.misses == 1
    monkeypatch.setenv("DSL_CACHE", "off")
    assert dsl.cache.directory is None and list(dsl.cache.entries()) == []
    dsl.cache.clear()
    assert repr(dsl.cache) == "<dsl.cache: off>"


def test_switched_off_nothing_is_written(load, tmp_path, monkeypatch):
    monkeypatch.setenv("DSL_CACHE", "0")
    assert dsl.kernel(load("def f(x):\n    return x * 3.0\n").f)(2.0) == 6.0
    assert not (tmp_path / "cache").exists() and STATS.misses == 0


def test_artifacts_ahead_of_time_come_from_the_cache_too(load, tmp_path):
    text = "import numpy as np\ndef f(x, a):\n    return (a * x).sum()\n"
    for _ in range(2):
        dsl.compile(dsl.grad(load(text).f), dsl.f64, dsl.f64[3]).save(tmp_path / "f.dslx")
        assert dsl.load(tmp_path / "f.dslx")(1.0, np.arange(3.0)) == 3.0
    assert (STATS.hits, STATS.misses) == (1, 1)
