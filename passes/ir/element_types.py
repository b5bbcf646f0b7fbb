"""The one table of element types: what a number or an element of an array can be, from the user's name for it to its
bits in the kernel's memory.

One type is one row of DTYPES; whatever else asks something about a type asks its row. To add one, add a row and name it
in dsl/types.py and dsl/__init__.py; what a table cannot say (how it is computed with where the machine cannot, how it
promotes where NumPy does not know it) is then missing with an error that names the type.

Neither the compiler nor NumPy is imported here: an artifact is run without the one, and naming a type costs nothing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

KINDS = ("bool", "int", "float")  # in the order in which numbers of them promote


@dataclass(frozen=True, eq=False)
class DType:
    """One element type. Called on a number it converts it, in a kernel and outside of one: `dsl.f32(x)` is
    `np.float32(x)`; indexed by a shape it is the type of such arrays.

    name: the user's, `dsl.NAME`.
    kind: one of KINDS.
    bits: how many an element takes in memory.
    numpy_name: the NumPy scalar type.
    mlir: the type in the IR.
    slot: how `struct` writes it into an 8-byte slot of a kernel's block, in the low bytes.
    storage: the IR's type of it in memory, where that is another.
    python: the Python type whose numbers are of this type, weakly; None where there is none.
    printed: what a print calls a NumPy scalar of this type (`python` is what it calls a weak one).
    """

    name: str
    kind: str
    bits: int
    numpy_name: str
    mlir: str
    slot: str
    storage: str = ""
    python: type | None = None
    printed: str = ""

    def __getitem__(self, shape) -> ArrayType:
        return ArrayType(self, tuple(shape) if isinstance(shape, tuple | list) else (shape,))

    def __call__(self, value=0):
        return self.numpy(value)

    @property
    def numpy(self):
        """The NumPy scalar type."""
        import numpy

        return getattr(numpy, self.numpy_name)

    @property
    def rank(self) -> int:
        """Of two kinds the one of higher rank is the kind of a sum."""
        return KINDS.index(self.kind)

    @property
    def in_memory(self) -> str:
        """The IR's type of it in memory."""
        return self.storage or self.mlir

    def printed_as(self, weak: bool) -> str:
        """How it is printed: as the Python number it is, or as a NumPy scalar."""
        return self.python.__name__ if weak and self.python else self.printed or self.name

    def __repr__(self) -> str:
        return f"dsl.{self.name}"


@dataclass(frozen=True)
class ArrayType:
    """An array of known element type and shape."""

    dtype: DType
    shape: tuple[int, ...]

    def __repr__(self) -> str:
        return f"{self.dtype!r}[{', '.join(map(str, self.shape))}]"


bool_ = DType("bool_", "bool", 8, "bool_", "i1", slot="?7x", storage="i8", python=bool, printed="boolean")
i32 = DType("i32", "int", 32, "int32", "i32", slot="i4x")
i64 = DType("i64", "int", 64, "int64", "i64", slot="q", python=int)
f16 = DType("f16", "float", 16, "float16", "f16", slot="e6x")
f32 = DType("f32", "float", 32, "float32", "f32", slot="f4x")
f64 = DType("f64", "float", 64, "float64", "f64", slot="d", python=float)

DTYPES = (bool_, i32, i64, f16, f32, f64)
_I8 = DType("i8", "int", 8, "int8", "i8", slot="b7x")  # only in memory: the bytes of booleans

_BY_NAME = {dtype.name: dtype for dtype in DTYPES}
_BY_NUMPY_NAME = {dtype.numpy_name.rstrip("_"): dtype for dtype in DTYPES}
_BY_MLIR_NAME = {dtype.mlir: dtype for dtype in (*DTYPES, _I8)}
_WEAK = {dtype.kind: dtype for dtype in DTYPES if dtype.python}

NAMES = ", ".join(dtype.numpy_name for dtype in DTYPES)  # for messages


def of_numpy(dtype) -> DType | None:
    """The element type of a NumPy dtype; None for one the language does not have."""
    return _BY_NUMPY_NAME.get(dtype.name) if dtype.isnative else None


def of_mlir(name: str) -> DType:
    """The element type that the IR calls `name`, be it one of values or only one of memory."""
    return _BY_MLIR_NAME[name]


def find_mlir(name: str) -> DType | None:
    """The same, None where there is none."""
    return _BY_MLIR_NAME.get(name)


def of_name(name: str) -> DType:
    """The element type of the user's name for it."""
    return _BY_NAME[name]


def of_python(value) -> DType:
    """The element type of a Python number, which is the first of bool, int and float that it is."""
    return weak("bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "float")


def weak(kind: str) -> DType:
    """The element type of Python's numbers of a kind."""
    return _WEAK[kind]


@functools.cache
def scalar_classes() -> frozenset[type]:
    """The classes of all numbers of the language, Python's and NumPy's."""
    return frozenset({bool, int, float, *(dtype.numpy for dtype in DTYPES)})
