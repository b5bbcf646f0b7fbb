"""Making arrays: of a size, of numbers, of an argument, of one in the module; and handing one out as a result."""

from __future__ import annotations

from math import prod

import numpy as np
from iree.compiler import ir

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.protocols import constant
from dsl.frontend.values.signals import Refused, Specialize
from dsl.frontend.values.value import Scalar, Tensor, Tuple, Value
from dsl.passes.ir.limits import LARGEST_BOUNDED_ARRAY, LARGEST_CONSTANT_ARRAY, SMALL_ARRAY
from dsl.types import DType

from .ndarray import Array


def new_array(m: Interpreter, dtype: DType, sizes: list, fill: Scalar | None) -> Array:
    """An array of these sizes. A run-time size needs a range, whose end is what is allocated."""
    shape = tuple(capacity(m, size) for size in sizes)
    made = Array(m.store, dtype, shape)
    if not all(size.is_constant for size in sizes):
        made.slots["sizes"], made.is_looped = Tuple(tuple(sizes)), True
    value = scalar_ops.cast(m.builder, fill, dtype, False) if fill is not None else None
    kind = ir.RankedTensorType.get(shape, m.builder.scalar_types[dtype], loc=m.builder.unknown)
    if value is None:
        ssa = m.builder.emit("tensor.empty", results=[kind]).result
    else:
        ssa = m.builder.apply("tensor.splat", m.builder.ssa(value), result=kind)
    is_known = prod(shape) <= SMALL_ARRAY and not made.is_looped
    items = (value or Scalar(dtype, False, constant=0),) * prod(shape) if is_known else None
    made.slots["data"] = Tensor(dtype, shape, ssa, items)
    return made


def capacity(m: Interpreter, size: Scalar) -> int:
    """How many elements to make room for."""
    if size.dtype.kind != "int" and size.dtype.kind != "bool":
        raise Refused("an array's size has to be an int, found a float", "convert it with int()")
    if size.is_constant:
        if size.constant < 0:
            raise Refused(f"an array's size is negative: {size.constant}")
        return int(size.constant)
    if size.extent is None or size.extent[1] > LARGEST_BOUNDED_ARRAY:
        arguments = m.arguments_behind(size)
        if arguments:
            raise Specialize(arguments)
        raise Refused("the size of this array is known only at run time, and no bound of it is known",
                      "take the size from an argument array's shape, or bound it: min(n, 1000) or n % 100")
    return max(0, size.extent[1])


def array_of_items(m: Interpreter, dtype: DType, shape: tuple, items: list[Scalar]) -> Array:
    """An array of known elements."""
    made = Array(m.store, dtype, shape)
    made.slots["data"] = tensor_of_items(m, dtype, shape, [scalar_ops.cast(m.builder, x, dtype, False) for x in items])
    return made


def tensor_of_items(m: Interpreter, dtype: DType, shape: tuple, items: list[Scalar]) -> Tensor:
    """Numbers of one type, by rows, as the elements of an array."""
    b = m.builder
    kind = ir.RankedTensorType.get(shape, b.scalar_types[dtype], loc=b.unknown)
    name = "tensor.from_elements" if items else "tensor.empty"
    ssa = b.emit(name, [b.ssa(item) for item in items], [kind]).result
    return Tensor(dtype, shape, ssa, tuple(items) if len(items) <= SMALL_ARRAY else None)


def array_of_argument(m: Interpreter, tensor: Tensor) -> Array:
    made = Array(m.store, tensor.dtype, tensor.shape, is_looped=True)
    made.slots["data"] = tensor
    return made


@constant.of(np.ndarray)
def array_of_python(m: Interpreter, array) -> Array:
    """An array of the module: its elements as they are now; a kernel cannot change it."""
    dtype = types.of_numpy(array.dtype)
    if dtype is None:
        raise Refused(f"arrays of {array.dtype} are not in the language",
                      f"convert it to one of {types.NAMES}")
    if array.size > LARGEST_CONSTANT_ARRAY:
        raise Refused(f"an array of the module with {array.size} elements, which would become part of the program",
                      "pass it as an argument")
    key = ("array", id(array))
    if key not in m.converted:
        items = [Scalar(dtype, False, constant=x.item()) for x in array.reshape(-1)]
        with m.builder.at_entry(m.entry_block):
            made = array_of_items(m, dtype, array.shape, items)
        made.constant, made.epoch = True, 0
        m.converted[key] = (made, array)
    return m.converted[key][0]




def contents_of_argument(m: Interpreter, value: Value) -> Tensor | None:
    return value.slots["data"] if isinstance(value, Array) else None
