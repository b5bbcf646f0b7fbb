"""What is refused: each program with the message and the place, which a caret below the line marks."""

import ast
import linecache
import math

import numpy as np
import pytest

from dsl import types
from dsl.frontend.lower import lower
from dsl.frontend.machine import EXPRESSIONS, STATEMENTS
from dsl.frontend.refusals import REFUSED
from dsl.passes.diagnostics import CompileError, Error

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
class Strange(Exception):
    pass
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
def helper_with_try(x):
    try:
        return x
    except ValueError:
        return 0.0
def generator(x):
    yield x
async def coroutine(x):
    return x
"""

X, N, A = (1.5,), (3,), (np.array([1.0, 2.0, 3.0]),)

PROGRAMS = [
    # syntax
    ("a class inside of a kernel is not in the language", X, """
def f(x):
    class C: pass
    ^
    return x
"""),
    ("try is not in the language", X, """
def f(x):
    try:
    ^
        return 1.0 / x
    except ZeroDivisionError:
        return 0.0
"""),
    ("with is not in the language", X, """
def f(x):
    with open("a") as g:
    ^
        return x
"""),
    ("import inside of a kernel is not in the language", X, """
def f(x):
    import math
    ^
    return math.sin(x)
"""),
    ("import inside of a kernel is not in the language", X, """
def f(x):
    from math import sin
    ^
    return sin(x)
"""),
    ("del is not in the language", X, """
def f(x):
    y = x
    del y
    ^
    return x
"""),
    ("match is not in the language", N, """
def f(n):
    match n:
    ^
        case 1: return 2
    return 3
"""),
    ("a set is not in the language", X, """
def f(x):
    y = {x, 2.0}
        ^
    return x
"""),
    ("a set comprehension is not in the language", X, """
def f(x):
    return len({k for k in range(3)})
               ^
"""),
    ("f is a generator function", X, """
def f(x):
    yield x
    ^
"""),
    ("f is a generator function", X, """
def f(x):
    y = x
    yield from [x]
    ^
"""),
    ("generator is a generator function", X, """
def f(x):
    return sum(generator(x))
"""),
    ("an async function is not in the language", X, """
def f(x):
    async def g(): return x
    ^
    return x
"""),
    ("coroutine is an async function", X, """
def f(x):
    return coroutine(x)
           ^
"""),
    ("assignment to the global name total", X, """
def f(x):
    global total
    total = x
    ^
    return x
"""),
    ("assignment to the global name total", X, """
def f(x):
    global total
    total += 1
    ^
    return x
"""),
    ("try is not in the language", X, """
def f(x):
    return helper_with_try(x)
"""),
    # names
    ("name 'undefined' is not defined", X, """
def f(x):
    return undefined + x
           ^
"""),
    ("y has no value here in the first iteration of the loop", N, """
def f(n):
    s = 0
    for i in range(n):
        s += y
             ^
        y = i
    return s
"""),
    ("y is an int on one path and a float on another", X, """
def f(x):
    if x > 0.0:
        y = 1
    else:
        y = 2.0
    return y
           ^
"""),
    ("s is an int before the loop and a float after an iteration", N, """
def f(n):
    s = 0
    for i in range(n):
    ^
        s = s + 0.5
    return s
"""),
    ("s is an int before the loop and a float after an iteration", N, """
def f(n):
    s = 0
    while s < n:
    ^
        s += 0.5
    return s
"""),
    ("y is a float on one path and a tuple of 2 on another", X, """
def f(x):
    y = x
    if x > 0.0:
        y = (x, x)
    return y
           ^
"""),
    ("y is None on one path and a float on another", X, """
def f(x):
    y = None
    if x > 0.0:
        y = x
    return y + 1.0
           ^
"""),
    ("f returns a float on some paths and None on others", X, """
def f(x):
^
    if x > 0.0:
        return x
"""),
    ("what f returns is an int on one path and a float on another", X, """
def f(x):
^
    if x > 0.0:
        return 1
    return x
"""),
    ("this expression is an int on one path and a float on another", X, """
def f(x):
    return 1 if x > 0.0 else x
           ^
"""),
    # numbers
    ("complex numbers are not in the language", X, """
def f(x):
    return x * 2j
               ^
"""),
    ("complex numbers are not in the language", X, """
def f(x):
    return complex(x, 1.0)
           ^
"""),
    ("& needs ints, found a float", X, """
def f(x):
    return x & 1
           ^
"""),
    ("~ needs an int, found a float", X, """
def f(x):
    return ~x
           ^
"""),
    ("range needs ints, found a float", X, """
def f(x):
    for i in range(x):
             ^
        pass
    return x
"""),
    ("unsupported operands of +: a float and the str 'a'", X, """
def f(x):
    return x + "a"
           ^
"""),
    ("a tuple of 1 repeated a number of times that is not known", X, """
def f(x):
    return (x,) * x
           ^
"""),
    ("round with a number of digits that is not known at compile time", (1.5, 2), """
def f(x, n):
    return round(x, n)
           ^
"""),
    ("sin takes 1 arguments, found 2", X, """
def f(x):
    return math.sin(x, x)
           ^
"""),
    ("sin needs a number, found a tuple of 2", X, """
def f(x):
    return math.sin((x, x))
           ^
"""),
    ("min or max of an int and a float", (1.5, 2), """
def f(x, n):
    return max(x, n)
           ^
"""),
    ("a condition needs a number, found a string of run-time values", X, """
def f(x):
    if f"{x}":
       ^
        return 1.0
    return 2.0
"""),
    ("`is` between numbers or tuples", X, """
def f(x):
    return x is 1.5
           ^
"""),
    # calls
    ("a call of time.time, which the language does not have", X, """
def f(x):
    return time.time() + x
           ^
"""),
    ("open() opens a file", X, """
def f(x):
    open("a")
    ^
    return x
"""),
    ("input() reads from the terminal", X, """
def f(x):
    return float(input()) + x
                 ^
"""),
    ("eval() runs text as a program", X, """
def f(x):
    return eval("x")
           ^
"""),
    ("helper() is missing the argument 'b'", X, """
def helper(a, b):
    return a
def f(x):
    return helper(x)
           ^
"""),
    ("got an unexpected keyword argument 'c'", X, """
def helper(a):
    return a
def f(x):
    return helper(x, c=1)
           ^
"""),
    ("got multiple values for argument 'a'", X, """
def helper(a):
    return a
def f(x):
    return helper(x, a=1)
           ^
"""),
    ("takes 1 positional arguments but 2 were given", X, """
def helper(a):
    return a
def f(x):
    return helper(x, x)
           ^
"""),
    ("an int cannot be called", X, """
def f(x):
    g = 3
    return g(x)
           ^
"""),
    ("a call of the class Plain", X, """
def f(x):
    return len([Plain(), NAMES.keys, os.environ(x)])
                                     ^
"""),
    ("never returns anything that would say what its result is", N, """
def endless(n):
    return endless(n + 1) + 1
def f(n):
    return endless(n)
           ^
"""),
    # strings, prints, raises
    ("a string of run-time values cannot be padded", X, """
def f(x):
    y = f"{x}"
    print(f"{y:10}")
          ^
    return x
"""),
    ("a format spec has to be known at compile time", (1.5, 2), """
def f(x, n):
    print(f"{x:.{n}f}")
          ^
    return x
"""),
    ("the exception Strange is not one of Python's own", X, """
def f(x):
    if x > 0.0:
        raise Strange("no")
              ^
    return x
"""),
    ("raise ... from ... is not in the language", X, """
def f(x):
    if x > 0.0:
        raise ValueError("no") from None
        ^
    return x
"""),
    ("a bare raise", X, """
def f(x):
    if x > 0.0:
        raise
        ^
    return x
"""),
    ("an exception takes one message", X, """
def f(x):
    if x > 0.0:
        raise ValueError("no", x)
              ^
    return x
"""),
    # sequences
    ("too many values to unpack: 2 names, 3 values", X, """
def f(x):
    a, b = x, x, x
    ^
    return a
"""),
    ("cannot iterate over a float", X, """
def f(x):
    for i in x:
    ^
        pass
    return x
"""),
    ("a list of the module cannot be changed by a kernel", X, """
def f(x):
    COUNT[0] = 1
    ^
    return x
"""),
    ("a tuple of 2 cannot be changed", X, """
def f(x):
    t = (x, x)
    t[0] = 1.0
    ^
    return x
"""),
    ("a dict's key has to be known at compile time", N, """
def f(n):
    d = {1: 2.0}
    return d[n]
           ^
"""),
    ("this list is a list of 1 on one path and a list of 2 on another", X, """
def f(x):
    xs = [x]
    if x > 0.0:
        xs = [x, x]
    return xs
    ^
"""),
    ("this list is a list of 1 on one path and a list of 2 on another", X, """
def f(x):
    xs = [x]
    if x > 0.0:
        xs.append(x)
    return len(xs)
           ^
"""),
    ("a comprehension over something whose length is not known at compile time", N, """
def f(n):
    return [i for i in range(n)]
           ^
"""),
    ("a comprehension's condition that is not known at compile time", X, """
def f(x):
    return len([k for k in (1.0, 2.0) if k > x])
                                         ^
"""),
    ("pop at an index that is not known at compile time", N, """
def f(n):
    xs = [1, 2, 3]
    return xs.pop(n)
           ^
"""),
    # structs
    ("cannot assign to field 'x' of a Frozen, which is frozen", X, """
def f(x):
    p = Frozen(x)
    p.x = 1.0
    ^
    return p.x
"""),
    ("cannot assign to field 'x' of a Named, which is frozen", X, """
def f(x):
    p = Named(x)
    p.x = 1.0
    ^
    return p.x
"""),
    ("a Mutable of the module cannot be changed by a kernel", X, """
def f(x):
    SHARED.x = x
    ^
    return x
"""),
    ("a Frozen has no attribute 'y' in the language", X, """
def f(x):
    return Frozen(x).y
           ^
"""),
    ("Frozen() is missing the argument 'x'", X, """
def f(x):
    return Frozen().x
           ^
"""),
    ("unsupported operands of +: a Frozen and a Frozen", X, """
def f(x):
    return Frozen(x) + Frozen(x)
           ^
"""),
    ("a Mutable is changed, but another name may mean the same one", X, """
def f(x):
    p, q = Mutable(x), Mutable(1.0)
    r = p if x > 0.0 else q
    p.x = 5.0
    ^
    return r.x
"""),
    # arrays
    ("an array dsl.f64[3] of the module cannot be changed by a kernel", X, """
def f(x):
    FIXED[0] = x
    ^
    return x
"""),
    ("an index has to be an int, found a float", A, """
def f(a):
    return a[1.0]
           ^
"""),
    ("too many indices: 2 for an array of 1 dimensions", A, """
def f(a):
    return a[0, 1]
           ^
"""),
    ("an index by an array, a list or a mask", A, """
def f(a):
    return a[a > 1.0]
           ^
"""),
    ("operands of different shapes: 3 and 2 elements", A, """
def f(a):
    return a + np.zeros(2)
           ^
"""),
    ("the size of this array is known only at run time", A, """
def f(a):
    n = int(a[0])
    return np.zeros(n)[0]
           ^
"""),
    ("a slice's step has to be known at compile time", (*A, 2), """
def f(a, n):
    return a[::n][0]
           ^
"""),
    ("arrays of <class 'complex'> are not in the language", X, """
def f(x):
    return np.zeros(3, dtype=complex)[0]
           ^
"""),
    ("a call of numpy.linalg.svd, which the language does not have", A, """
def f(a):
    return np.linalg.svd(a)
           ^
"""),
    ("a condition needs a number, found an array", A, """
def f(a):
    if a > 1.0:
       ^
        return 1.0
    return 2.0
"""),
    ("an array dsl.f64[3] is changed, but another name may mean the same one", (*A, *A, 1.0), """
def f(a, b, x):
    c = a if x > 0.0 else b
    c[0] = x
    ^
    return a[0]
"""),
    ("a kernel cannot return a range", N, """
def f(n):
    return range(n)
    ^
"""),
    ("a kernel cannot return the function g", X, """
def f(x):
    def g(): return x
    return g
    ^
"""),
]


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
    function, _ = define("def f(x):\n    import math\n    y = {1}\n    del y\n    return x\n")
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
    function, filename = define("def f(x):\n    return helper_with_try(x)\n")
    with pytest.raises(CompileError, match="in a call of helper_with_try here") as caught:
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
