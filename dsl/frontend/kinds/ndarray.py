"""Arrays and views of them: shape, indexing, element reads and writes.

An array keeps its elements in one slot, as a tensor. A view is a base and, for each of its axes, an offset and a
stride, so a write through a view is a write to its base.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import prod

import numpy as np

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.arithmetic import binary, float_to_int
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.protocols import get_item, iterate, length
from dsl.frontend.values.iterables import Sequence
from dsl.frontend.values.mutable import Mutable, change
from dsl.frontend.values.ranges import of_binary
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Composite, Scalar, Slice, Static, Tensor, Tuple, Value, weak
from dsl.passes.ir.limits import COMPARED_ELEMENTS, SMALL_ARRAY
from dsl.types import DType

from .indexing import checked, pick_least, slice_extent

ZERO, ONE = weak(0), weak(1)


class Array(Mutable):
    """`shape` is what is allocated; an array of run-time size uses the beginning of it, its `sizes` are a slot.
    `is_looped` is set once a place in one of more than a few elements was known only at run time: it will lie in
    memory, and a loop over it is a loop."""

    python_class = np.ndarray

    def __init__(self, store, dtype: DType, shape: tuple, is_looped: bool = False):
        super().__init__(store)
        self.dtype, self.shape, self.is_looped = dtype, tuple(shape), is_looped

    def like(self, store) -> Array:
        return Array(store, self.dtype, self.shape, self.is_looped)

    def key(self):
        return (Array, self.dtype, self.shape)

    def sizes(self, m: Interpreter) -> tuple:
        if "sizes" in self.slots:
            return m.store.read(self, "sizes").items
        return tuple(weak(n) for n in self.shape)

    def describe(self) -> str:
        return f"an array {types.ArrayType(self.dtype, self.shape)!r}"


@dataclass(frozen=True, eq=False)
class View(Composite):
    """Axis k of the base is indexed by offsets[k] + strides[k] * (the index of the view's axis axes[k])."""

    python_class = np.ndarray
    base: Array
    offsets: tuple
    strides: tuple
    axes: tuple
    sizes: tuple

    @property
    def dtype(self) -> DType:
        return self.base.dtype

    def parts(self):
        return [self.base, *self.offsets, *self.strides, *self.sizes]

    def with_parts(self, parts):
        n = len(self.offsets)
        return View(parts[0], tuple(parts[1:n + 1]), tuple(parts[n + 1:2 * n + 1]), self.axes,
                    tuple(parts[2 * n + 1:]))

    def key(self):
        return ("view", self.axes, len(self.sizes))

    def describe(self) -> str:
        return f"a view of {self.base.describe()}"


def is_array(value: Value) -> bool:
    return isinstance(value, Array | View)


def as_view(m: Interpreter, value: Value) -> View:
    if isinstance(value, View):
        return value
    assert isinstance(value, Array), value
    n = len(value.shape)
    return View(value, (ZERO,) * n, (ONE,) * n, tuple(range(n)), value.sizes(m))


# elements


def flat_index(array: Array, at: list[Scalar]) -> int | None:
    """Which element, counted by rows, an index names, if that is known."""
    flat = 0
    for k, n in zip(at, array.shape):
        if not k.is_constant:
            array.is_looped |= prod(array.shape) > COMPARED_ELEMENTS
            return None
        flat = flat * n + k.constant
    return flat


def tensor_of(m: Interpreter, array: Array) -> Tensor:
    """The elements of an array as they are now."""
    data = m.store.read(array, "data")
    if not isinstance(data, Tensor):
        raise m.conflict("the elements of this array", data)
    return data


def load_element(m: Interpreter, array: Array, at: list[Scalar]) -> Scalar:
    """The element at an index that lies inside."""
    data, flat = tensor_of(m, array), flat_index(array, at)
    item = data.items[flat] if flat is not None and data.items is not None else None
    if isinstance(item, Scalar):
        return item
    return element_of(m, data, at)


def elements_of(m: Interpreter, tensor: Tensor) -> list[Scalar]:
    """All elements, by rows."""
    places = itertools.product(*map(range, tensor.shape))
    items = tensor.items or (None,) * prod(tensor.shape)
    return [x if isinstance(x, Scalar) else element_of(m, tensor, list(map(weak, at))) for x, at in zip(items, places)]


def element_of(m: Interpreter, tensor: Tensor, at: list[Scalar]) -> Scalar:
    indices = [as_index(m, k) for k in at]
    ssa = m.builder.apply("tensor.extract", m.builder.ssa(tensor), *indices,
                          result=m.builder.scalar_types[tensor.dtype])
    return Scalar(tensor.dtype, False, ssa)


def as_index(m: Interpreter, k: Scalar):
    key = ("index", k.constant if k.is_constant else k.ssa)
    noted = m.builder.recall(key)
    if noted is None:
        b = m.builder
        noted = b.index_constant(k.constant) if k.is_constant else b.apply("arith.index_cast", b.ssa(k), result=b.index)
        b.note(key, noted)
    return noted


def store(m: Interpreter, array: Array, at: list[Scalar], value: Scalar) -> None:
    """Writes the element at an index that lies inside."""
    change(array)
    value = converted(m, value, array.dtype)
    m.unless_raised(lambda: store_converted(m, array, at, value))


def store_converted(m: Interpreter, array: Array, at: list[Scalar], value: Scalar) -> None:
    b, data, flat = m.builder, tensor_of(m, array), flat_index(array, at)
    indices = [as_index(m, k) for k in at]
    ssa = b.emit("tensor.insert", [b.ssa(value), b.ssa(data), *indices], [b.type_of(data)]).result
    items = None
    if flat is not None and data.items is not None:
        items = (*data.items[:flat], value, *data.items[flat + 1:])
    m.store.write(array, "data", Tensor(array.dtype, array.shape, ssa, items), m.origin())


def converted(m: Interpreter, value: Scalar, dtype: DType) -> Scalar:
    """A number as an element: NumPy converts to any type, a float to an int by truncation."""
    if value.dtype.kind == "float" and dtype.kind == "int":
        folded = scalar_ops.fold(int, value)
        value = folded if folded is not None else float_to_int(m.builder, value, dtype, False)
    return scalar_ops.cast(m.builder, value, dtype, False)


def base_index(m: Interpreter, view: View, at: list[Scalar]) -> list[Scalar]:
    """Where an element of a view lies in its base."""
    b, result = m.builder, []
    for offset, stride, axis in zip(view.offsets, view.strides, view.axes):
        if axis is None:
            result.append(offset)
            continue
        k = at[axis]
        if not (stride.is_constant and stride.constant == 1):
            k = ranged(b, "*", k, stride)
        if not (offset.is_constant and offset.constant == 0):
            k = ranged(b, "+", k, offset)
        result.append(k)
    return result


def ranged(b, symbol: str, x: Scalar, y: Scalar) -> Scalar:
    result = binary(b, symbol, x, y)
    if not result.is_constant:
        result.range = of_binary(symbol, x.extent, y.extent)
    return result


def element(m: Interpreter, view: View, at: list[Scalar]) -> Scalar:
    return load_element(m, view.base, base_index(m, view, at))


def set_element(m: Interpreter, view: View, at: list[Scalar], value: Scalar) -> None:
    store(m, view.base, base_index(m, view, at), value)


# indexing


def index_parts(m: Interpreter, view: View, index: Value) -> list:
    """An index as one entry for each axis, with None for a new one."""
    parts = list(index.items) if isinstance(index, Tuple) else [index]
    known = [p.value if isinstance(p, Static) else p for p in parts]
    given = sum(1 for p in known if p is not None and p is not Ellipsis)
    if given > len(view.sizes):
        raise Refused(f"too many indices: {given} for an array of {len(view.sizes)} dimensions")
    missing = [Slice(Static(None), Static(None), Static(None))] * (len(view.sizes) - given)
    if Ellipsis in [p for p in known if not isinstance(p, Value)]:
        k = next(k for k, p in enumerate(known) if p is Ellipsis)
        return [*known[:k], *missing, *known[k + 1:]]
    return [*known, *missing]


def subview(m: Interpreter, view: View, index: Value) -> tuple[View, list | None]:
    """The part of a view that an index names; the list of indices where that is a single element."""
    parts = index_parts(m, view, index)
    if all(isinstance(p, Scalar) for p in parts):
        return view, [checked(m, p, size, k) for k, (p, size) in enumerate(zip(parts, view.sizes))]
    offsets, strides = list(view.offsets), list(view.strides)
    place: dict[int, int] = {}
    fixed: dict[int, Scalar] = {}
    ranges: dict[int, tuple] = {}
    sizes: list[Scalar] = []
    axis = 0
    for part in parts:
        if part is None:
            sizes.append(ONE)
            continue
        if isinstance(part, Scalar):
            fixed[axis] = checked(m, part, view.sizes[axis], axis)
        elif isinstance(part, Slice):
            start, step, length = slice_extent(m, part, view.sizes[axis])
            ranges[axis] = (start, step)
            place[axis] = len(sizes)
            sizes.append(length)
        else:
            raise Refused("an index by an array, a list or a mask", "loop over the indices")
        axis += 1
    b, axes = m.builder, []
    for k, old in enumerate(view.axes):
        if old is None:
            axes.append(None)
            continue
        if old in fixed:
            offsets[k] = ranged(b, "+", offsets[k], ranged(b, "*", strides[k], fixed[old]))
            axes.append(None)
        else:
            start, step = ranges[old]
            offsets[k] = ranged(b, "+", offsets[k], ranged(b, "*", strides[k], start))
            strides[k] = ranged(b, "*", strides[k], step)
            axes.append(place[old])
    return View(view.base, tuple(offsets), tuple(strides), tuple(axes), tuple(sizes)), None


@get_item.of(Array, View)
def item_of_array(m: Interpreter, owner: Value, index: Value) -> Value:
    view, at = subview(m, as_view(m, owner), index)
    return view if at is None else element(m, view, at)


@length.of(Array, View)
def length_of_array(m: Interpreter, value: Value) -> Scalar:
    sizes = as_view(m, value).sizes
    if not sizes:
        raise Refused("len() of an array without dimensions")
    return sizes[0]


@iterate.of(Array, View)
def sequence_of_array(m: Interpreter, value: Value) -> Sequence:
    """A loop over the first axis: unrolled over the elements of a small array that the program made."""
    view = as_view(m, value)
    if not view.sizes:
        raise Refused("a loop over an array without dimensions")
    is_static = view.sizes[0].is_constant and prod(view.base.shape) <= SMALL_ARRAY and not view.base.is_looped
    return Sequence(ZERO, view.sizes[0], lambda m, k: item_of_array(m, value, k), is_static, over=(value,))


def transposed(view: View) -> View:
    n = len(view.sizes)
    axes = tuple(None if a is None else n - 1 - a for a in view.axes)
    return View(view.base, view.offsets, view.strides, axes, tuple(reversed(view.sizes)))


def total_size(m: Interpreter, view: View) -> Scalar:
    result = ONE
    for size in view.sizes:
        result = ranged(m.builder, "*", result, size)
    return result


def least(m: Interpreter, sizes: list[Scalar]) -> Scalar:
    return pick_least(m, sizes)
