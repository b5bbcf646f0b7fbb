"""NumPy's functions that make arrays, take them apart or reduce them; and an array's own methods."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import numpy as np

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import cast, number, promote
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_none
from dsl.frontend.function_table import TABLE, intrinsic
from dsl.frontend.kinds.array_creation import array_of_items, new_array
from dsl.frontend.kinds.indexing import as_int, checked
from dsl.frontend.kinds.ndarray import (
    Array,
    View,
    as_view,
    converted,
    element,
    is_array,
    item_of_array,
    set_element,
    subview,
    total_size,
    transposed,
)
from dsl.frontend.protocols import get_attribute, operate, static_items
from dsl.frontend.values.mutable import List
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Native, Scalar, Static, Tuple, Value, weak
from dsl.types import DType

from . import numpy_arithmetic, numpy_products
from .numpy_arithmetic import (
    array_of,
    copied,
    elementwise,
    flattened,
)

METHODS: dict[str, Callable] = {}
ZERO, ONE = weak(0), weak(1)


def array_method(*names: str):
    return lambda handler: [METHODS.__setitem__(name, handler) for name in names] and handler


def dtype_of(value: Value, default: DType) -> DType:
    """The `dtype` argument of a NumPy function."""
    if isinstance(value, Static) and value.value is None:
        return default
    if not isinstance(value, Static):
        raise Refused("a dtype has to be known at compile time")
    if isinstance(value.value, DType):
        return value.value
    found = types.of_numpy(np.dtype(value.value))
    if found is None:
        raise Refused(f"arrays of {value.value} are not in the language",
                      f"use one of {types.NAMES}")
    return found


def sizes_of(m: Interpreter, shape: Value) -> list[Scalar]:
    parts = static_items(m, shape, "a shape") if isinstance(shape, Tuple | List) else [shape]
    return [as_int(m, number(part, "a shape"), "a shape") for part in parts]


def array_creator(fill: int | None):
    def handler(m: Interpreter, shape: Value, dtype: Value = NONE) -> Value:
        kind = dtype_of(dtype, types.f64)
        value = None if fill is None else Scalar(kind, False, constant=cast_fill(fill, kind))
        return new_array(m, kind, sizes_of(m, shape), value)

    return handler


def cast_fill(fill: int, kind: DType):
    return {"bool": bool, "int": int, "float": float}[kind.kind](fill)


def array_creator_like(fill: int | None):
    def handler(m: Interpreter, other: Value, dtype: Value = NONE) -> Value:
        view = as_view(m, array_of(m, other))
        kind = dtype_of(dtype, view.dtype)
        value = None if fill is None else Scalar(kind, False, constant=cast_fill(fill, kind))
        return new_array(m, kind, list(view.sizes), value)

    return handler


TABLE.update({np.zeros: array_creator(0), np.zeros_like: array_creator_like(0),
              np.ones: array_creator(1), np.ones_like: array_creator_like(1),
              np.empty: array_creator(None), np.empty_like: array_creator_like(None)})


@intrinsic(np.full)
def full(m: Interpreter, shape: Value, fill_value: Value, dtype: Value = NONE) -> Value:
    value = number(fill_value, "np.full")
    return new_array(m, dtype_of(dtype, value.dtype), sizes_of(m, shape), value)


@intrinsic(np.full_like)
def full_like(m: Interpreter, other: Value, fill_value: Value, dtype: Value = NONE) -> Value:
    view = as_view(m, array_of(m, other))
    return new_array(m, dtype_of(dtype, view.dtype), list(view.sizes), number(fill_value, "np.full_like"))


@intrinsic(np.identity)
def identity_matrix(m: Interpreter, n: Value, dtype: Value = NONE) -> Value:
    return eye(m, n, dtype=dtype)


@intrinsic(np.eye)
def eye(m: Interpreter, N: Value, M: Value = NONE, k: Value = ZERO, dtype: Value = NONE) -> Value:
    """Ones on the k-th diagonal, counted from the main one to the right."""
    kind, right = dtype_of(dtype, types.f64), as_int(m, number(k, "np.eye"), "the diagonal of np.eye")
    rows, columns = sizes_of(m, N)[0], sizes_of(m, N if is_none(M) else M)[0]
    made = new_array(m, kind, [rows, columns], Scalar(kind, False, constant=cast_fill(0, kind)))
    one = Scalar(kind, False, constant=cast_fill(1, kind))
    least = lambda *values: m.call(Static(min), list(values), {})
    below = least(right, ZERO)  # minus the row it begins in
    column = operate(m, "-", right, below)
    length = least(operate(m, "+", rows, below), operate(m, "-", columns, column))
    place = lambda k: [operate(m, "-", k, below), operate(m, "+", k, column)]
    numpy_arithmetic.loop_nest(m, [m.call(Static(max), [length, ZERO], {})],
                               lambda at: set_element(m, as_view(m, made), place(at[0]), one))
    return made


def limits(of: Callable):
    """np.finfo and np.iinfo, of an element type or a number of it."""
    def handler(m: Interpreter, type: Value) -> Value:
        if not isinstance(type, Static | Scalar):
            raise Refused(f"np.{of.__name__} of {type.describe()}", "give it an element type, such as a.dtype")
        try:
            return Static(of(type.dtype.numpy if isinstance(type, Scalar) else type.value))
        except (TypeError, ValueError) as error:
            raise Refused(f"np.{of.__name__}: {error}") from None

    return handler


TABLE.update({np.finfo: limits(np.finfo), np.iinfo: limits(functools.cache(np.iinfo))})


@intrinsic(np.asarray)
def as_array(m: Interpreter, value: Value, dtype: Value = NONE) -> Value:
    """An array of that element type: the same one where it is one."""
    if is_array(value) and dtype_of(dtype, as_view(m, value).dtype) is as_view(m, value).dtype:
        return value
    return make_array(m, value, dtype)


@intrinsic(np.ascontiguousarray)
def make_contiguous_array(m: Interpreter, value: Value, dtype: Value = NONE) -> Value:
    """`np.asarray`, but by rows in memory, and of one dimension at least."""
    made = as_array(m, value, dtype)
    view = as_view(m, made)
    if not view.sizes:
        return subview(m, view, Tuple((NONE,)))[0]
    return made if isinstance(made, Array) or is_contiguous(view) else copied(m, made)


def is_contiguous(view: View) -> bool:
    """Whether the elements lie one after another in the base: all of its axes, of the first perhaps a part."""
    if view.axes != tuple(range(len(view.sizes))) or not all(s.is_constant and s.constant == 1 for s in view.strides):
        return False
    return all(size.is_constant and size.constant == n for size, n in zip(view.sizes[1:], view.base.shape[1:]))


@intrinsic(np.array, np.copy)
def make_array(m: Interpreter, value: Value, dtype: Value = NONE) -> Value:
    if is_array(value):
        view = as_view(m, value)
        kind = dtype_of(dtype, view.dtype)
        if kind is view.dtype:
            return copied(m, value)
        return elementwise(m, lambda x: converted(m, x, kind), [view])
    shape, items = nested(m, value)
    if not items:
        return array_of_items(m, dtype_of(dtype, types.f64), shape, [])
    kind = dtype_of(dtype, common_dtype(items))
    return array_of_items(m, kind, shape, [converted(m, item, kind) for item in items])


def common_dtype(items: list[Scalar]) -> DType:
    """The element type of an array of these numbers; in it, Python's own are not weak."""
    common = Scalar(items[0].dtype, False)
    for item in items[1:]:
        common = Scalar(*promote(common, Scalar(item.dtype, False)))
    return common.dtype


def nested(m: Interpreter, value: Value) -> tuple[tuple, list[Scalar]]:
    """The shape and the numbers of nested tuples and lists."""
    if isinstance(value, Scalar):
        return (), [value]
    if is_array(value):
        view = as_view(m, value)
        if not all(s.is_constant for s in view.sizes):
            raise Refused("np.array of arrays of run-time size", "make it with np.zeros and fill it")
        shape = tuple(s.constant for s in view.sizes)
        return shape, [element(m, view, [weak(k) for k in at]) for at in itertools.product(*map(range, shape))]
    parts = [nested(m, item) for item in static_items(m, value, "np.array")]
    if any(shape != parts[0][0] for shape, _ in parts):
        raise Refused("np.array of rows of different shapes")
    inner = parts[0][0] if parts else ()
    return (len(parts), *inner), [x for _, items in parts for x in items]


TABLE.update({np.dot: numpy_products.dot, np.matmul: numpy_products.matmul, np.inner: numpy_products.inner_product,
                  np.vdot: numpy_products.vdot, np.cross: numpy_products.cross,
                  np.outer: numpy_products.outer, np.linalg.norm: numpy_products.norm,
                  np.trace: numpy_products.trace})
METHODS.update({"dot": numpy_products.dot, "trace": numpy_products.trace})


@intrinsic(np.transpose)
@array_method("transpose")
def transpose(m: Interpreter, value: Value) -> Value:
    return transposed(as_view(m, array_of(m, value)))


@array_method("copy")
def copy(m: Interpreter, value: Value) -> Value:
    return copied(m, value)


@array_method("flatten")
def flatten(m: Interpreter, value: Value) -> Value:
    return flattened(m, as_view(m, value))


@array_method("astype")
def as_type(m: Interpreter, value: Value, dtype: Value) -> Value:
    kind = dtype_of(dtype, types.f64)
    return elementwise(m, lambda x: converted(m, x, kind), [value])


@array_method("fill")
def fill(m: Interpreter, value: Value, number_: Value) -> Value:
    numpy_arithmetic.assign_view(m, as_view(m, value), number_)
    return NONE


@array_method("item")
def item(m: Interpreter, value: Value, *index: Value) -> Value:
    """One element as Python's number; a single index counts by rows."""
    view = as_view(m, value)
    if not index:
        size = total_size(m, view)
        differ = scalar_ops.compare_scalars(m.builder, "ne", size, ONE)
        m.builder.fail(m.builder.ssa(differ), "ValueError", "can only convert an array of size 1 to a Python scalar")
    if len(index) > 1 and len(index) != len(view.sizes):
        raise Refused(f"item of {len(index)} indices for an array of {len(view.sizes)} dimensions")
    at = list(index) if len(index) == len(view.sizes) else place_of(m, view, index[0] if index else ZERO)
    return python_number(m, item_of_array(m, value, Tuple(tuple(at))))


def place_of(m: Interpreter, view: View, k: Value) -> list[Value]:
    """The index of the k-th element, counted by rows."""
    rest, at = checked(m, number(k, "an index"), total_size(m, view), 0), []
    for size in reversed(view.sizes):
        at.insert(0, operate(m, "%", rest, size))
        rest = operate(m, "//", rest, size)
    return at


def python_number(m: Interpreter, value: Value) -> Scalar:
    """The same number as Python's own."""
    x = number(value, "item")
    return cast(m.builder, x, types.weak(x.dtype.kind), True)


@array_method("tolist")
def to_list(m: Interpreter, value: Value) -> Value:
    shape, items = nested(m, value)

    def build(shape: tuple, items: list) -> Value:
        if not shape:
            return python_number(m, items[0])
        size = len(items) // shape[0] if shape[0] else 0
        return List(m.store, [build(shape[1:], items[k * size:(k + 1) * size]) for k in range(shape[0])])

    return build(shape, items)


@intrinsic(np.shape)
def shape_of(m: Interpreter, value: Value) -> Value:
    return Tuple(tuple(as_view(m, array_of(m, value)).sizes))


# attributes


@get_attribute.of(Array, View)
def attribute_of_array(m: Interpreter, owner: Value, name: str) -> Value | None:
    view = as_view(m, owner)
    if name in METHODS:
        handler = METHODS[name]
        return Native(lambda m, *a, **k: m.call(Native(handler, name), [owner, *a], k), name)
    if name in ("ravel", "reshape"):
        raise Refused(f"{name} of an array, which may be a view of it or a copy", "write a.flatten(), which is a copy")
    known = {"shape": lambda: Tuple(tuple(view.sizes)), "ndim": lambda: weak(len(view.sizes)),
             "size": lambda: total_size(m, view), "T": lambda: transposed(view),
             "dtype": lambda: Static(np.dtype(view.dtype.numpy))}
    return known[name]() if name in known else None


@get_attribute.of(Scalar)
def method_of_number(m: Interpreter, owner: Scalar, name: str) -> Value | None:
    """NumPy's numbers have the methods of an array without dimensions."""
    if owner.weak or name not in METHODS or name in ("item", "fill"):
        return None

    def method(m: Interpreter, *values: Value, **keywords: Value) -> Value:
        result = m.call(Native(METHODS[name], name), [array_of(m, owner), *values], keywords)
        return item_of_array(m, result, Tuple(())) if is_array(result) and not as_view(m, result).sizes else result

    return Native(method, name)
