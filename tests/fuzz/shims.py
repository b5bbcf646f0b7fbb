"""The modules a program may import, with Numbers in place of floats, and values turned into Numbers."""

import math
from types import SimpleNamespace

import numpy as np

from tests.fuzz import differences
from tests.fuzz.number import MATH, number

MATH.inf, MATH.nan = math.inf, math.nan


def precisely(value):
    """Floats as Numbers, arrays of floats as arrays of Numbers, the rest as it is."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f":
            return value.copy()
        out = np.empty(value.shape, dtype=object)
        for index in np.ndindex(value.shape):
            out[index] = number(float(value[index]))
        return out
    if isinstance(value, tuple):
        return tuple(map(precisely, value))
    return number(value) if isinstance(value, float) else value


def is_float(dtype) -> bool:
    return np.dtype(dtype).kind == "f"


def filled(value):
    def make(shape, dtype=float):
        if not is_float(dtype):
            return np.full(shape, value, dtype=dtype)
        out = np.empty(shape, dtype=object)
        for index in np.ndindex(out.shape):
            out[index] = number(value)
        return out

    return make


def full(shape, value, dtype=None):
    if dtype is None and isinstance(value, int):
        return np.full(shape, value)
    return filled(value)(shape, dtype or float)


def array(items, dtype=None):
    if any(isinstance(i, bool) or not isinstance(i, int) for i in items) and (dtype is None or is_float(dtype)):
        out = np.empty(len(items), dtype=object)
        out[:] = [number(i) for i in items]
        return out
    return np.array(items, dtype=dtype)


def linspace(start, stop, count):
    step = (number(stop) - start) / (count - 1)
    return array([start + step * i for i in range(count)], float)


def total(items, start=0):
    for item in items:
        start = start + item
    return start


NUMPY = SimpleNamespace(
    zeros=filled(0.0),
    ones=filled(1.0),
    empty=filled(0.0),
    full=full,
    array=array,
    arange=np.arange,
    linspace=linspace,
    dot=lambda a, b: total([x * y for x, y in zip(a, b)]),
    sum=lambda a: total(list(a)),
    int64=np.int64,
    float64=float,
    ndarray=np.ndarray,
)
MODULES = {"math": MATH, "numpy": NUMPY, "dsl": differences.DSL}
BUILTINS = {
    "float": number,
    "sum": total,
    "print": lambda *a, **k: None,
    "_number": number,
    "_divide": lambda a, b: number(a) / b,
}
