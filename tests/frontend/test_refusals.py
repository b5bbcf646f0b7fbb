"""What is refused: each program with the message and the place, which a caret below the line marks."""

import ast
import linecache
import math

import numpy as np
import pytest

from dsl import types
from dsl.frontend.engine.interpreter import EXPRESSIONS, STATEMENTS
from dsl.frontend.lower import lower
from dsl.frontend.syntax.unsupported import REFUSED
from dsl.passes.ir.diagnostics import CompileError, Error
from tests.frontend import refused_code, refused_data

PRELUDE = """
import asyncio, copy, dataclasses, functools, math, operator, os, random, time
import numpy as np
from dataclasses import dataclass
from typing import NamedTuple
COUNT = [0]
NAMES = {"a": 1.0}
FIXED = np.zeros(3)
total = 0
class Plain:
    pass
def local_class():
    class Local(Exception):
        pass
    return Local
Local = local_class()
@dataclass(frozen=True)
class Frozen:
    x: float
class Named(NamedTuple):
    x: float
@dataclass
class Mutable:
    x: float
SHARED = Mutable(1.0)
def no_source_builtin():
    pass
def helper_with_file(x):
    with open("a") as g:
        return x
def shares_of(n):
    return 1.0 / n + shares_of(n // 2) if n > 0 else 0.0
async def coroutine(x):
    return x
"""

PROGRAMS = [*refused_code.PROGRAMS, *refused_data.PROGRAMS]


def split(text: str) -> tuple[str, int, int]:
    """The program without its caret line, and the place that the caret marks."""
    lines = text.strip("\n").splitlines()
    offset = PRELUDE.count("\n")
    for k, line in enumerate(lines):
        if line.strip() == "^":
            return "\n".join(lines[:k] + lines[k + 1:]), offset + k, line.index("^") + 1
    return "\n".join(lines), 0, 0


def define(text: str, name: str = "f"):
    source = PRELUDE + text + "\n"
    filename = f"<refused {abs(hash(source))}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace = {"__name__": "refused"}
    exec(compile(source, filename, "exec"), namespace)
    return namespace[name], filename


@pytest.mark.parametrize("message, args, text", PROGRAMS, ids=[f"{k}-{m[:40]}" for k, (m, _, _) in enumerate(PROGRAMS)])
def test_refused(message, args, text):
    source, line, column = split(text)
    function, filename = define(source)
    with pytest.raises(CompileError) as caught:
        lower(function, args)
    error = caught.value
    assert message in str(error)
    if line:
        assert (error.filename, error.line, error.column) == (filename, line, column), str(error)
    assert f"{error.filename}:{error.line}:{error.column}: " in str(error)


def test_enough_programs():
    assert len(PROGRAMS) >= 60


def test_every_syntax_node_has_a_meaning_or_a_refusal():
    forgotten = []
    for base in (ast.expr, ast.stmt):
        for kind in base.__subclasses__():
            old_constants = kind.__name__ in ("Num", "Str", "Bytes", "NameConstant", "Ellipsis")
            if old_constants or kind is ast.Starred:
                continue  # a star is understood by what it stands in
            if kind not in EXPRESSIONS and kind not in STATEMENTS and kind not in REFUSED:
                forgotten.append(kind.__name__)
    assert not forgotten


def test_no_source_says_so():
    namespace = {}
    exec("def f(x): return x", namespace)
    with pytest.raises(CompileError, match="the source of f is not available"):
        lower(namespace["f"], (1.0,))


def test_several_refused_pieces_of_syntax_are_reported_together():
    function, _ = define("def f(x):\n    import math\n    y = {1}\n    with y: pass\n    return x\n")
    with pytest.raises(CompileError) as caught:
        lower(function, (1.0,))
    assert [finding.place.column for finding in caught.value.findings] == [5, 9, 5]


def test_an_error_shows_the_line_a_caret_and_help():
    function, filename = define("def f(x):\n    return math.sin(x) & 1\n")
    line = PRELUDE.count("\n") + 2
    with pytest.raises(CompileError) as caught:
        lower(function, (1.0,))
    assert str(caught.value) == (f"{filename}:{line}:12: & needs ints, found a float\n"
                                 "        return math.sin(x) & 1\n               ^\nhelp: convert it with int()")


def test_the_call_is_named_where_a_helper_is_refused():
    function, filename = define("def f(x):\n    return helper_with_file(x)\n")
    with pytest.raises(CompileError, match="in a call of helper_with_file here") as caught:
        lower(function, (1.0,))
    ((place, _),) = caught.value.related
    assert (place.line, place.column) == (PRELUDE.count("\n") + 2, 12)


def test_columns_count_characters():
    function, _ = define("def f(x):\n    é = x; return é & 1\n")
    with pytest.raises(CompileError) as caught:
        lower(function, (1.0,))
    assert caught.value.column == 19


@pytest.mark.parametrize("args, message", [
    ((np.zeros(3, np.uint8),), "elements of type uint8"),
    ((np.zeros(3, complex),), "elements of type complex128"),
    ((1.0, 2.0), "too many positional arguments"),
    ((), "missing a required argument"),
])
def test_refused_arguments(args, message):
    def f(a):
        return a

    with pytest.raises(Error, match=message):
        lower(f, args)


def test_an_int_parameter_takes_no_float():
    def f(n: types.i64):
        return n

    with pytest.raises(Error, match="annotated dsl.i64, found the float 1.5"):
        lower(f, (1.5,))


def test_math_is_there():
    assert math.pi


@pytest.mark.parametrize("text, meant", [
    ("SHARED.xx", "x"), ("[x].apend(x)", "append"), ("np.ones(3).summ()", "sum"), ("np.sine(x)", "sin"),
    ("(x, x).cont(x)", "count"), ("mth.sin(x)", "math"),
])
def test_a_misspelt_name_gets_its_nearest(text, meant):
    function, _ = define(f"def f(x):\n    return {text}\n")
    with pytest.raises(CompileError) as caught:
        lower(function, (1.0,))
    assert caught.value.help == f"did you mean {meant}?"
