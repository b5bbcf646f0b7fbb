"""What `lower` takes and gives: types in place of values, trees of leaves, places, keys."""

import functools
import linecache
import textwrap
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from dsl import types
from dsl.calling.binding import bind_arguments
from dsl.calling.signature import signature_key
from dsl.frontend.lower import lower
from dsl.passes.ir.diagnostics import CompileError
from tests.frontend.compare import check, in_ir
from tests.support.interpret import interpret


class Point(NamedTuple):
    x: float
    n: int


@dataclass
class Body:
    position: Point
    mass: float


def test_types_in_place_of_values():
    def f(a, x):
        return a[0] * x

    lowered = lower(f, (types.f32[4], types.f32))
    assert [(leaf.dtype, leaf.shape, leaf.path) for leaf in lowered.in_leaves] == [
        (types.f32, (4,), "a"), (types.f32, None, "x")]
    assert lowered.out_leaves[0].dtype is types.f32
    assert "(%arg0: tensor<4xf32>, %arg1: f32) -> f32" in str(lowered.module)


def test_trees_flatten_and_give_the_same_python_types_back():
    def f(body, d, flag):
        return Body(body.position._replace(x=d["k"][0]), body.mass), (flag, [d["k"][1]]), {"m": body.mass}, None, "text"

    args = (Body(Point(1.0, 2), 3.0), {"k": (4.0, np.float32(5.0))}, True)
    lowered = lower(f, args)
    assert [leaf.path for leaf in lowered.in_leaves] == [
        "body.position.x", "body.position.n", "body.mass", "d['k'][0]", "d['k'][1]", "flag"]
    leaves = lowered.in_tree.flattener()(args)
    assert leaves == [1.0, 2, 3.0, 4.0, 5.0, True]
    result = lowered.out_tree.unflattener()(list(interpret(lowered.module, lowered.entry, *leaves)))
    assert result == (Body(Point(4.0, 2), 3.0), (True, [5.0]), {"m": 3.0}, None, "text")
    assert type(result[1][1][0]) is np.float32 and type(result[0].position) is Point


def test_annotations_convert_python_numbers():
    def f(x: types.f32, y: float, n: types.i32, z):
        return x, y, n, z

    lowered = lower(f, (1.0, 2, 3, 4))
    assert [(leaf.dtype, leaf.weak) for leaf in lowered.in_leaves] == [
        (types.f32, False), (types.f64, True), (types.i32, False), (types.i64, True)]
    bound = bind_arguments(f, (1.0, 2), {"z": 4, "n": 3})
    assert list(bound) == ["x", "y", "n", "z"] and type(bound["x"]) is np.float32


def test_keywords_and_defaults():
    def f(x, *, scale=2.0, n=3):
        for _ in range(n):
            x = x * scale
        return x

    lowered = lower(f, (1.0,), {"n": 2})
    assert lowered.parameters == ("x", "n")
    assert interpret(lowered.module, lowered.entry, 1.0, 2) == (4.0,)


def test_changed_arguments_are_results_with_an_attribute():
    def f(a, b, p):
        b[0] = a[0]
        p["k"] = 2.0 * a[1]
        return a[1]

    lowered = lower(f, (np.zeros(2), np.zeros(2), {"k": 1.0}))
    assert lowered.mutated == {1: 1, 2: 2}
    assert "dsl.updates = 1 : i64" in str(lowered.module) and "dsl.updates = 2 : i64" in str(lowered.module)


def test_every_operation_has_a_place_and_inlined_ones_the_call_too():
    def helper(x):
        return x * 2.0

    def f(x):
        return helper(x) + 1.0

    lowered = lower(f, (1.0,))
    places = [str(op.location) for op in lowered.module.body.operations[0].regions[0].blocks[0].operations]
    line = f.__code__.co_firstlineno + 1
    inlined = [place for place in places if place.startswith("loc(callsite")]
    assert any(f'"{__file__}":{line - 3}:16' in p and f'at "{__file__}":{line}:16' in p for p in inlined)
    assert all(__file__ in place for place in places)


def test_bounds_checks_can_be_left_out():
    def f(a, n):
        s = 0.0
        for i in range(n):
            s += a[i]
        for j in range(len(a)):
            s += a[j] + a[-1 - j]
        return s

    a = np.ones(7)
    checked = str(lower(f, (a, 3)).module)
    assert checked.count('"dsl.fail"') == 1  # the other loop's indices are known to lie inside
    assert "dsl.fail" not in str(lower(f, (a, 3), options={"bounds_check": False}).module)


def test_one_check_for_one_index():
    def f(a, i):
        a[i] += 1.0
        a[i] *= 2.0
        return a[i]

    assert str(lower(f, (np.ones(5), 2)).module).count('"dsl.fail"') == 1


def test_the_value_that_decides_a_size_is_named():
    def f(n, x):
        a = np.zeros(2 * n)
        a[n] = x
        return a.sum()

    lowered = lower(f, (3, 1.5))
    assert lowered.specialized == {0: 3}
    assert interpret(lowered.module, lowered.entry, 3, 1.5) == (1.5,)
    with pytest.raises(ValueError, match="compiled for n = 3, on which the size of an array depends; called with 4"):
        interpret(lowered.module, lowered.entry, 4, 1.5)
    with pytest.raises(CompileError, match="the size of an array depends on the argument n"):
        lower(f, (types.i64, types.f64))


def test_signature_keys():
    assert signature_key((1.0, 2)) == signature_key((3.0, 4)) != signature_key((1, 2))
    assert signature_key((np.zeros(3),)) == signature_key((np.ones(3),)) != signature_key((np.zeros(4),))
    assert signature_key((np.zeros(3),)) != signature_key((np.zeros(3, np.float32),))
    assert signature_key(("a",)) != signature_key(("b",))
    assert signature_key((1.0,), {"n": 1}) == signature_key((2.0,), {"n": 5}) != signature_key((1.0,), {"m": 1})
    assert signature_key((Body(Point(1.0, 2), 3.0),)) == signature_key((Body(Point(0.0, 0), 0.0),))
    assert hash(signature_key(([1.0, (2.0, np.float32(1))], {"k": 1})))


def test_source_from_text_with_linecache():
    text = textwrap.dedent("""
        def outer():
            # a comment, and a function that is not at the left margin
            def f(x): return x & 1
            return f
    """)
    linecache.cache["<cell 1>"] = (len(text), None, text.splitlines(True), "<cell 1>")
    namespace = {}
    exec(compile(text, "<cell 1>", "exec"), namespace)
    with pytest.raises(CompileError) as caught:
        lower(namespace["outer"](), (1.0,))
    assert (caught.value.filename, caught.value.line, caught.value.column) == ("<cell 1>", 4, 22)


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) + 1.0

    return wrapper


@decorated
def shifted(x):
    return x * 2.0


def test_decorators_wrap_helpers():
    def f(x):
        return shifted(x)

    def g(x):
        @decorated
        def h(y):
            return y * x
        return h(3.0)

    check(f, 1.5)
    check(g, 1.5)


def test_lambdas_on_one_line_are_told_apart():
    pair = (lambda x: x + 1.0), (lambda x: x * 3.0)

    def f(x):
        return pair[0](x), pair[1](x)

    check(f, 2.0)
    assert in_ir(pair[1], (2.0,))[0] == 6.0


def test_a_method_of_a_class_without_fields_in_the_kernel():
    class Scale:
        def __init__(self, k):
            self.k = k

        def __call__(self, x):
            return x * self.k

    def f(x):
        s = Scale(2.0)
        s.k += x
        return s(x)

    check(f, 1.5)


def test_the_same_function_lowers_twice_to_the_same_text():
    def f(x, n):
        for i in range(n):
            x = x * i if i > 2 else x - 1.0
        return x

    assert str(lower(f, (1.0, 3)).module) == str(lower(f, (1.0, 3)).module)


def test_loops_are_visited_once():
    count = [0]

    def f(x, n):
        for _ in range(n):
            for _ in range(n):
                for _ in range(n):
                    for _ in range(n):
                        x = x + touched(x)
        return x

    def touched(x):
        return x

    from dsl.frontend.engine import calls

    plain = calls.visit_body

    def counting(m, info, *rest):
        count[0] += info.name == "touched"
        return plain(m, info, *rest)

    calls.visit_body = counting
    try:
        lower(f, (1.0, 3))
    finally:
        calls.visit_body = plain
    assert count == [1]
