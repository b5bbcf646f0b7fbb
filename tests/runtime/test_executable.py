"""Calling kernels: threads, printed text, interrupted and repeated calls."""

import threading

import numpy as np
import pytest

from dsl.runtime.reports import Site
from tests.passes.test_kernel import FAIL, TAPE
from tests.passes.test_kernel_arrays import INPLACE
from tests.support.kernels import agrees, build, run


def test_threads_get_their_own_results():
    f, g = build(TAPE), build(INPLACE)
    expected = [f([x / 10, 40, True]) for x in range(8)]
    wrong = []

    def work(x):
        for _ in range(200):
            if f([x / 10, 40, True]) != expected[x]:
                wrong.append(x)
            total, array = g([np.full(8, float(x)), 0])
            if total != 8 * x or array[0] != x:
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(x,)) for x in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_results_are_not_overwritten_by_the_next_call():
    f = build(INPLACE)
    first = f([np.ones(8), 0])[1]
    kept = first.copy()
    f([np.zeros(8), 0])
    np.testing.assert_array_equal(first, kept)


def test_a_failing_call_leaves_the_kernel_usable():
    f = build(FAIL)
    for n in (3, 100, 3):
        agrees(FAIL, n, 0.1, executable=f)


def test_what_was_printed_before_the_failure_is_printed():
    results, output, error = run(build(FAIL), 20, 0.25)
    assert results is None
    assert output == "".join(f"i= {k} 0.25\n" for k in range(8))
    assert str(error) == "index 7 at 0.25"


@pytest.mark.parametrize(
    "kind, spec, value, text",
    [
        ("float", "", 0.1, "0.1"),
        ("float", ".3e", 0.1, "1.000e-01"),
        ("f32", "!s", 0.10000000149011612, "0.1"),
        ("f32", "", 0.10000000149011612, format(np.float32(0.1), "")),
        ("f32", "!r", 0.10000000149011612, repr(np.float32(0.1))),
        ("int", ">5", 7, "    7"),
        ("int", "!r>5", 7, "    7"),
        ("bool", "", True, "True"),
        ("boolean", "!r", True, repr(np.True_)),
        ("i32", "x", 255, "ff"),
        ("f16", "!s", 0.0999755859375, "0.1"),
    ],
)
def test_numbers_are_printed_as_python_prints_them(kind, spec, value, text):
    site = Site({"text": ["<", ">"], "spec": [spec], "kind": [kind], "types": ["f64"]})
    assert site.text([value]) == f"<{text}>"
