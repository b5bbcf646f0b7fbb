"""Element types and array types: `dsl.f32`, `dsl.f32[128, 64]`.

An element type called on a number converts it, in a kernel and outside of one: `dsl.f32(x)` is `np.float32(x)`.
NumPy is imported on first use, so that naming a type costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class DType:
    """One element type. `kind` is "bool", "int" or "float"; `mlir` is its name in the IR."""

    name: str
    kind: str
    bits: int
    numpy_name: str
    mlir: str

    def __getitem__(self, shape) -> ArrayType:
        return ArrayType(self, tuple(shape) if isinstance(shape, tuple | list) else (shape,))

    def __call__(self, value=0):
        return self.numpy(value)

    @property
    def numpy(self):
        """The NumPy scalar type."""
        import numpy

        return getattr(numpy, self.numpy_name)

    def __repr__(self) -> str:
        return f"dsl.{self.name}"


@dataclass(frozen=True)
class ArrayType:
    """An array of known element type and shape."""

    dtype: DType
    shape: tuple[int, ...]

    def __repr__(self) -> str:
        return f"{self.dtype!r}[{', '.join(map(str, self.shape))}]"


f64 = DType("f64", "float", 64, "float64", "f64")
f32 = DType("f32", "float", 32, "float32", "f32")
f16 = DType("f16", "float", 16, "float16", "f16")
i64 = DType("i64", "int", 64, "int64", "i64")
i32 = DType("i32", "int", 32, "int32", "i32")
bool_ = DType("bool_", "bool", 8, "bool_", "i1")

DTYPES = (bool_, i32, i64, f16, f32, f64)
_BY_NUMPY_NAME = {"float64": f64, "float32": f32, "float16": f16, "int64": i64, "int32": i32, "bool": bool_}
_BY_MLIR_NAME = {dtype.mlir: dtype for dtype in DTYPES}


def of_numpy(dtype) -> DType | None:
    """The element type of a NumPy dtype; None for one the language does not have."""
    return _BY_NUMPY_NAME.get(dtype.name) if dtype.isnative else None


def of_mlir(name: str) -> DType:
    """The element type that the IR calls `name`."""
    return _BY_MLIR_NAME[name]
