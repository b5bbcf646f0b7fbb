"""Runs a function in CPython and as lowered IR, and asserts that nothing differs: value, type, output, exception."""

import contextlib
import copy
import io
import math

import numpy as np
from iree.compiler import ir

from dsl.calling.interface import Interface
from dsl.frontend.lower import lower
from dsl.passes.prepare.overflow_checks import check_overflow
from tests.support.interpret import execute


def same(a, b) -> bool:
    """Equal with equal types, NaN equal to itself, zeros by sign. A literal may have become a NumPy f64."""
    if type(a) is np.float64 and type(b) is float:
        a = float(a)
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if hasattr(a, "__dataclass_fields__"):
        return all(same(getattr(a, name), getattr(b, name)) for name in a.__dataclass_fields__)
    if isinstance(a, float | np.floating):
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (a != a and b != b)
    return a == b


def close(a, b) -> bool:
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and np.allclose(a, b, rtol=1e-12, equal_nan=True)
    if isinstance(a, float | np.floating):
        return same(type(a)(0), type(b)(0)) and (abs(a - b) <= 1e-12 * max(abs(a), abs(b)) or same(a, b))
    return same(a, b)


def in_python(function, args):
    """(result, output, exception, arguments afterwards) in CPython."""
    args = copy.deepcopy(args)
    output, error, result = io.StringIO(), None, None
    with contextlib.redirect_stdout(output), np.errstate(all="ignore"):
        try:
            result = function(*args)
        except Exception as exception:
            error = exception
    return result, output.getvalue(), error, args


def checked(lowered):
    """With the checks of its integers, which the first pass makes."""
    with lowered.module.context, ir.Location.unknown():
        check_overflow(lowered.module)
    return lowered


def in_ir(function, args, lowered=None):
    """The same by lowering and interpreting."""
    args = copy.deepcopy(args)
    lowered = lowered or checked(lower(function, args))
    leaves = lowered.in_tree.flattener()(args)
    plain = [x if isinstance(x, np.ndarray | np.float32 | np.float16) else getattr(x, "item", lambda x=x: x)()
             for x in leaves]
    run = execute(lowered.module, lowered.entry, *plain)
    error = run.exception() if run.failure is not None else None
    count = len(lowered.out_tree.leaves())
    result = lowered.out_tree.unflattener()(list(run.results[:count])) if error is None else None
    return result, run.output, error, lowered, run.results


def check(function, *args, approximately=False):
    """Asserts that both agree; returns the result."""
    expected, output, error, after = in_python(function, args)
    result, printed, raised, lowered, results = in_ir(function, args)
    if error is not None or raised is not None:
        assert type(error) is type(raised), f"CPython: {error!r}, kernel: {raised!r}"
        assert printed == output
        return None
    assert (close if approximately else same)(result, expected), f"CPython: {expected!r}, kernel: {result!r}"
    assert printed == output
    check_arguments(function, args, lowered, results, close if approximately else same)
    return result


def check_arguments(function, args, lowered, results, agree):
    """Asserts that the arguments are what CPython makes of them, and so is everything that was in them before."""
    expected, found = copy.deepcopy(args), copy.deepcopy(args)
    before, held = things_in(expected), things_in(found)
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        function(*expected)
    interface = Interface("f", lowered.parameters, lowered.in_tree, lowered.out_tree, lowered.mutated, lowered.rebound)
    update = interface.updater()
    if update is not None:
        update(found, results)
    assert agree(found, expected), f"arguments in CPython: {expected!r}, of the kernel: {found!r}"
    assert agree(held, before), f"what was in the arguments, in CPython: {before!r}, of the kernel: {held!r}"


def things_in(value) -> list:
    """Every structure and array inside."""
    parts = vars(value).values() if hasattr(value, "__dataclass_fields__") else value
    if isinstance(value, dict):
        parts = value.values()
    if isinstance(value, np.ndarray):
        return [value]
    if not isinstance(value, list | tuple | dict) and parts is value:
        return []
    return [value, *(thing for part in parts for thing in things_in(part))]
