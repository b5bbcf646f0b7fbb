"""docs/language.md: each of its blocks, and each row of its table of deviations."""

import ast
import copy
import functools
import itertools
import linecache
import math
import re
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from dsl.frontend.lower import lower
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import close, in_ir, in_python

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text()
BLOCKS = [(kind.strip(), text) for kind, text in re.findall(r"```python([^\n]*)\n(.*?)```", PAGE, re.DOTALL)]
NAMES = {
    "np": np, "math": math, "functools": functools, "itertools": itertools, "deque": deque, "dataclass": dataclass,
    "Counter": Counter, "defaultdict": defaultdict,
    "field": field, "replace": replace, "copy": copy, "NamedTuple": NamedTuple, "__name__": "language_page",
}  # fmt: skip


def define(text: str) -> tuple:
    """The block's function, its claims and the file it stands in."""
    claims = [line[2:] for line in text.splitlines() if line.startswith("# f(")]
    filename = f"<language page {abs(hash(text))}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace = dict(NAMES)
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"], claims, namespace


def arguments(call: str, namespace: dict) -> tuple:
    return eval(call.replace("f(", "(", 1)[:-1] + ",)", namespace)


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == ""])
def test_allowed(text):
    function, claims, namespace = define(text)
    assert claims
    for claim in claims:
        if " raises " in claim:
            call, _, name = claim.partition(" raises ")
            args = arguments(call, namespace)
            assert type(in_python(function, args)[2]).__name__ == name
            assert type(in_ir(function, args)[2]).__name__ == name
            continue
        call, _, value = claim.partition(" -> ")
        args, expected = arguments(call, namespace), eval(value, namespace)
        assert close(in_python(function, args)[0], expected)
        result, printed, error, _, _ = in_ir(function, args)
        assert error is None and close(result, expected), f"{call} gave {result!r}"
        assert printed == in_python(function, args)[1]


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "refused"])
def test_refused(text):
    function, (call,), namespace = define(text)
    marked = [(k, line.partition("  # ")[2]) for k, line in enumerate(text.splitlines(), 1) if "  # " in line]
    ((line, message),) = marked
    with pytest.raises(CompileError) as caught:
        lower(function, arguments(call, namespace))
    assert message in str(caught.value)
    assert caught.value.line == line


def too_large(n):
    return n * n, 2**100 // 2**98


def long_loop(n):
    count = 0
    for _ in range(n):
        count += 3
    return count


def divides(x, y):
    return x / y, -x / y


def outside_domain(x):
    return math.sqrt(x), math.log(x - x), math.exp(-x * 1000.0), x**0.5


def numpy_division(a):
    return a[0] // a[1]


def narrow(x):
    return math.sin(x)


def literal(a, n):
    s = 0.0
    for i in range(n):
        s += a[i]
    return s


def constant_extremum(x):
    return max(x, 0)


def huge(x):
    return int(x)


def powers(n, k):
    return n**k


def factorials(n):
    return math.factorial(n)


def rounded_twice(n):
    return n / 3


DEVIATIONS = [
    (too_large, (2**31,), (2**62, 4)),
    (too_large, (2**32,), OverflowError),
    (long_loop, (2**56 + 1,), OverflowError),
    (divides, (1.0, 0.0), (math.inf, -math.inf)),
    (outside_domain, (-1.0,), (math.nan, -math.inf, math.inf, math.nan)),
    (numpy_division, (np.array([3, 0]),), ZeroDivisionError),
    (narrow, (np.float32(0.5),), np.float32(math.sin(0.5))),
    (literal, (np.ones(3, np.float32), 0), np.float32(0.0)),
    (constant_extremum, (-1.5,), 0.0),
    (huge, (1e30,), OverflowError),
    (powers, (2, -1), ValueError),
    (factorials, (21,), OverflowError),
    (rounded_twice, (2**53 + 1,), (2**53) / 3),
]


@pytest.mark.parametrize("function, args, expected", DEVIATIONS, ids=lambda v: getattr(v, "__name__", ""))
def test_deviation(function, args, expected):
    result, _, error, _, _ = in_ir(function, args)
    if isinstance(expected, type):
        assert type(error) is expected
    else:
        assert error is None
        assert close(result, expected), result


def test_compensated_and_ordered_sums():
    def f(a):
        return math.fsum([a[0], 1e16, 1.0, -1e16]), a.sum()

    a = np.full(1000, 0.1)
    result, _, _, _, _ = in_ir(f, (a,))
    assert result[0] == 1.1 and abs(result[1] - math.fsum(a)) < 1e-11


def test_the_table_of_refusals_names_syntax_that_is_refused():
    from dsl.frontend.syntax.unsupported import REFUSED

    for kind in (ast.With, ast.Import, ast.ClassDef, ast.Yield, ast.Await, ast.Set):
        assert kind in REFUSED
