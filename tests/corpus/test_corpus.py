"""Every routine of the corpus as a kernel: equal to CPython, its gradient equal to differences in 60 digits."""

import numpy as np
import pytest

import dsl
from tests.corpus import routines
from tests.corpus.precise import gradient, precisely, run

ROUTINES = routines()
SMOOTH = [r for r in ROUTINES if r.wrt]


def named(routine):
    return routine.name


def flat(value) -> list:
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in flat(part)]
    return [] if value is None else [np.asarray(value)]


def assert_same(got, expected, rel=1e-12):
    got, expected = flat(got), flat(expected)
    assert len(got) == len(expected)
    for g, e in zip(got, expected):
        assert g.dtype == e.dtype and g.shape == e.shape
        if e.dtype.kind == "f":
            np.testing.assert_allclose(g, e, rtol=rel, atol=1e-14)
        else:
            np.testing.assert_array_equal(g, e)


def test_there_are_thirty():
    assert len(ROUTINES) >= 30


@pytest.mark.parametrize("routine", SMOOTH, ids=named)
def test_precise_value_agrees(routine):
    """The oracle itself: 60 digits against CPython."""
    value, _ = run(routine, precisely(routine.args))
    assert float(value) == pytest.approx(routine.differentiated(*routine.fresh()), rel=1e-9)


@pytest.mark.parametrize("routine", ROUTINES, ids=named)
def test_kernel_equals_cpython(routine):
    expected_args, got_args = routine.fresh(), routine.fresh()
    expected = routine.function(*expected_args)
    got = dsl.kernel(routine.function)(*got_args)
    assert_same(got, expected)
    assert_same(got_args, expected_args)


@pytest.mark.parametrize("routine", SMOOTH, ids=named)
def test_gradient_equals_differences(routine):
    found = dsl.grad(dsl.kernel(routine.differentiated), argnums=routine.wrt)(*routine.fresh())
    for position, got in zip(routine.wrt, found):
        expected = gradient(routine, position)
        scale = max(np.max(np.abs(expected)), 1e-6)
        assert np.shape(got) == np.shape(expected)
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-10 * scale)
