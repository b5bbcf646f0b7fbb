"""A corpus module in 60-digit arithmetic: the same source with Numbers in arrays, `math` and literals.

Differences of it give derivatives to more digits than a float holds, with no derivative rule involved.
"""

import ast
import inspect
import math
from functools import cache
from types import SimpleNamespace

import numpy as np
from mpmath import mpf

from tests.corpus import Routine
from tests.fuzz import number as numbers
from tests.fuzz.number import MATH, STATE, Number, number
from tests.fuzz.oracle import NotSmooth, Substitute, total

STEP = mpf(10) ** -18


def precisely(value):
    """Floats as Numbers, arrays of floats as arrays of Numbers, the rest as it is."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f":
            return value.copy()
        out = np.empty(value.shape, dtype=object)
        out.ravel()[:] = [number(float(v)) for v in value.ravel()]
        return out
    if isinstance(value, tuple):
        return tuple(map(precisely, value))
    return number(value) if isinstance(value, float) else value


def filled(value):
    def make(shape, dtype=float):
        if dtype not in (float, np.float64):
            return np.full(shape, value, dtype=dtype)
        out = np.empty(shape, dtype=object)
        out.ravel()[:] = [number(value) for _ in range(out.size)]
        return out

    return make


NUMPY = SimpleNamespace(
    zeros=filled(0.0), ones=filled(1.0), empty=filled(0.0), arange=np.arange, int64=np.int64, array=np.array
)
SHIMS = {"float": number, "sum": total, "print": lambda *a, **k: None}
SHIMS |= {"_number": number, "_divide": lambda a, b: number(a) / b}


@cache
def module(origin) -> dict:
    """The namespace of a corpus module executed with the substitutes; its imports of math and numpy are dropped."""
    tree = ast.parse(inspect.getsource(origin))
    # The example arguments are not needed and would be made of NumPy's floats.
    tree.body = [n for n in tree.body if keeps(n)]
    scope = {"__name__": origin.__name__, "math": MATH, "np": NUMPY, **SHIMS}
    MATH.inf = math.inf
    exec(compile(ast.fix_missing_locations(Substitute().visit(tree)), origin.__file__, "exec"), scope)
    return scope


def keeps(node) -> bool:
    if isinstance(node, ast.Import):
        return False
    if isinstance(node, ast.Assign):
        return isinstance(node.value, (ast.Tuple, ast.Constant)) and not any(
            isinstance(n, ast.Call) for n in ast.walk(node.value)
        )
    return not (isinstance(node, ast.ImportFrom) and node.module == "tests.corpus")


def run(routine: Routine, args):
    """(value of the objective, decisions taken)"""
    numbers.start()
    function = module(inspect.getmodule(routine.function))[routine.differentiated.__name__]
    value = function(*args)
    return value, STATE.decisions


def moved(routine: Routine, position: int, index, step):
    args = list(precisely(routine.args))
    if index is None:
        args[position] = Number(args[position].value + step)
    else:
        args[position][index] = Number(args[position][index].value + step)
    return run(routine, args)


def derivative(routine: Routine, position: int, index=None):
    """By the argument at the position, or by one element of it."""
    (up, path), (down, other) = (moved(routine, position, index, s) for s in (STEP, -STEP))
    if path != other:
        raise NotSmooth(routine.name)
    return float((up.value - down.value) / (2 * STEP))


def gradient(routine: Routine, position: int):
    """By every element of the argument: a float, or an array like it."""
    given = routine.args[position]
    if not isinstance(given, np.ndarray):
        return derivative(routine, position)
    out = np.empty(given.shape)
    for index in np.ndindex(given.shape):
        out[index] = derivative(routine, position, index)
    return out
