"""A corpus module in 60-digit arithmetic: the same source with Numbers in arrays, `math` and literals.

Differences of it give derivatives to more digits than a float holds, with no derivative rule involved.
"""

import ast
import inspect
from functools import cache

import numpy as np
from mpmath import mpf

from tests.corpus import Routine
from tests.fuzz import number as numbers
from tests.fuzz.number import STATE, Number
from tests.fuzz.oracle import NotSmooth, substituted
from tests.fuzz.shims import precisely

STEP = mpf(10) ** -18


@cache
def module(origin) -> dict:
    """The namespace of a corpus module executed with the substitutes, without its example arguments."""
    tree = ast.parse(inspect.getsource(origin))
    tree.body = [n for n in tree.body if keeps(n)]
    return substituted(tree, origin.__name__)


def keeps(node) -> bool:
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
