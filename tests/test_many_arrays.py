"""Kernels of more arrays than a dispatch takes buffers: arguments, results and what is changed, as CPython has them."""

from dataclasses import dataclass

import numpy as np
import pytest

import dsl

TYPES = (np.float64, np.float32, np.int64, np.int32, np.bool_)


@dataclass
class Cells:
    first: np.ndarray
    rows: list
    last: np.ndarray


def mixed(*arrays):
    total = 0.0
    for k, a in enumerate(arrays):
        total += a[0] * (k + 1) + a[2]
    for a in arrays[:10]:
        a[1] = a[0]
    return total, arrays[3] * 2, arrays[30] + arrays[31]


def test_arguments_of_all_types_go_in_and_come_out():
    random = np.random.default_rng(5)
    arrays = [random.integers(0, 5, 3).astype(TYPES[k % 5]) for k in range(45)]
    ours, theirs = [a.copy() for a in arrays], [a.copy() for a in arrays]
    got, want = dsl.kernel(mixed)(*ours), mixed(*theirs)
    assert got[0] == want[0]
    for a, b in zip([*got[1:], *ours], [*want[1:], *theirs]):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def waves(cells, x):
    """Products of neighbours; every row is changed, so that an old version is needed for its derivative."""
    total = x * 0.5
    for row in cells.rows:
        row[0] = row[0] * row[1] * x
        total += row[0] * row[0]
    cells.last[1] = total * cells.first[0]
    return total * cells.last[1] + cells.last[0]


def make_cells(rows, dtype=np.float64):
    first, *middle, last = np.random.default_rng(2).uniform(0.5, 1, (rows + 2, 2)).astype(dtype)
    return Cells(first, middle, last)


def leaves(cells):
    return np.array([cells.first, *cells.rows, cells.last])


def derivative(rows):
    """By complex steps, with respect to every element."""
    found = []
    for k in range(2 * rows + 4):
        cells = make_cells(rows, np.complex128)
        parts = [cells.first, *cells.rows, cells.last]
        parts[k // 2][k % 2] += 1e-30j
        found.append(waves(cells, 0.9).imag / 1e-30)
    return np.reshape(found, (-1, 2))


def test_structures_of_arrays_are_changed_and_differentiated(tmp_path):
    ours, theirs = make_cells(40), make_cells(40)
    kernel = dsl.kernel(waves)
    assert kernel(ours, 0.9) == pytest.approx(waves(theirs, 0.9), rel=1e-14)
    np.testing.assert_allclose(leaves(ours), leaves(theirs), rtol=1e-14)
    np.testing.assert_allclose(leaves(dsl.grad(kernel)(make_cells(40), 0.9)), derivative(40), rtol=1e-12)
    along = dsl.jvp(kernel, (make_cells(40), 0.9), (Cells(np.ones(2), [np.ones(2)] * 40, np.ones(2)), 0.0))[1]
    assert along == pytest.approx(derivative(40).sum(), rel=1e-12)
    dsl.compile(kernel, make_cells(40), 0.9).save(tmp_path / "waves.dslx")
    saved = make_cells(40)
    assert dsl.load(tmp_path / "waves.dslx")(saved, 0.9) == pytest.approx(waves(make_cells(40), 0.9), rel=1e-14)
    np.testing.assert_allclose(leaves(saved), leaves(theirs), rtol=1e-14)


@pytest.mark.vulkan
def test_a_gpu_has_them_too(require_device):
    require_device("vulkan")
    x = np.float32(0.9)
    gradient = dsl.grad(dsl.kernel(waves, target="vulkan"))(make_cells(33, np.float32), x)
    np.testing.assert_allclose(leaves(gradient), derivative(33), rtol=1e-4)


def test_large_ones_are_copied_no_more_than_before():
    """The caller's memory is used where it lies, as far as buffers go."""
    arrays = [np.full(5000 if k > 35 else 2, float(k)) for k in range(40)]
    program = dsl.compile(dsl.kernel(summed), arrays)
    starts = ["start" in leaf for leaf in program.artifact.signature["args"]]
    assert not any(starts[36:]) and any(starts)
    assert program(arrays) == sum(range(40))


def summed(arrays):
    total = 0.0
    for a in arrays:
        total += a[1]
    return total
