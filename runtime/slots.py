"""Scalars in 8-byte slots: the formats, and the numbers that need more care than `struct` takes."""

import struct

import numpy as np

from dsl.passes.ir.element_types import of_mlir


def numpy_type(type: str) -> np.dtype:
    """The NumPy type of array elements that the IR calls `type`."""
    return np.dtype(of_mlir(type).numpy)


def layout(leaves: list, prefix: str = "") -> struct.Struct:
    """The consecutive slots of some scalars, after what `prefix` describes."""
    return struct.Struct("<" + prefix + "".join(of_mlir(leaf["type"]).slot for leaf in leaves))


def decode(slot: int, type: str):
    """The Python number in an 8-byte slot."""
    return struct.unpack("<" + of_mlir(type).slot, struct.pack("<q", slot))[0]


def encode(value, type: str) -> int:
    """A number as its slot. Floats too large for a narrow type become infinite.

    Raises OverflowError for an integer out of range and TypeError for what is not a number of the type's kind.
    """
    dtype = of_mlir(type)
    if dtype.kind == "float" and isinstance(value, int):
        value = float(value)
    elif dtype.kind == "int" and isinstance(value, int):
        if not -(1 << dtype.bits - 1) <= value < 1 << dtype.bits - 1:
            raise OverflowError(f"{value} does not fit in {dtype.bits} bits")
    array = np.asarray(value)
    if array.shape or array.dtype.kind not in "?biuf":
        raise TypeError(f"a number is needed, not {value!r}")
    with np.errstate(over="ignore"):
        converted = array.astype(dtype.numpy, casting="same_kind")
    if dtype.kind != "float" and int(converted) != int(array):
        raise OverflowError(f"{value} does not fit in {dtype.bits} bits")
    return int.from_bytes(converted.tobytes().ljust(8, b"\0"), "little", signed=True)
