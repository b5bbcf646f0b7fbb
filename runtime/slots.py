"""Scalars in 8-byte slots: the formats, and the numbers that need more care than `struct` takes."""

import struct

import numpy as np

FORMATS = {"i1": "?7x", "i32": "i4x", "i64": "q", "f16": "e6x", "f32": "f4x", "f64": "d"}
DTYPES = {"i1": "?", "i8": "i1", "i32": "<i4", "i64": "<i8", "f16": "<f2", "f32": "<f4", "f64": "<f8"}


def layout(leaves: list, prefix: str = "") -> struct.Struct:
    """The consecutive slots of some scalars, after what `prefix` describes."""
    return struct.Struct("<" + prefix + "".join(FORMATS[leaf["type"]] for leaf in leaves))


def decode(slot: int, type: str):
    """The Python number in an 8-byte slot."""
    return struct.unpack("<" + FORMATS[type], struct.pack("<q", slot))[0]


def encode(value, type: str) -> int:
    """A number as its slot. Floats too large for a narrow type become infinite.

    Raises OverflowError for an integer out of range and TypeError for what is not a number of the type's kind.
    """
    if type[0] == "f" and isinstance(value, int):
        value = float(value)
    elif type in ("i32", "i64") and isinstance(value, int):
        bits = int(type[1:])
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise OverflowError(f"{value} does not fit in {bits} bits")
    array = np.asarray(value)
    if array.shape or array.dtype.kind not in "?biuf":
        raise TypeError(f"a number is needed, not {value!r}")
    with np.errstate(over="ignore"):
        converted = array.astype(DTYPES[type], casting="same_kind")
    if type[0] == "i" and int(converted) != int(array):
        raise OverflowError(f"{value} does not fit in {type[1:]} bits")
    return int.from_bytes(converted.tobytes().ljust(8, b"\0"), "little", signed=True)
