"""Element types and array types: `dsl.f32`, `dsl.f32[128, 64]`. (The table is in passes/ir/element_types.py.)"""

from dsl.passes.ir.element_types import (
    DTYPES,
    NAMES,
    ArrayType,
    DType,
    bool_,
    f16,
    f32,
    f64,
    i32,
    i64,
    of_name,
    of_numpy,
    of_python,
    scalar_classes,
    weak,
)

__all__ = [
    "DTYPES",
    "NAMES",
    "ArrayType",
    "DType",
    "bool_",
    "f16",
    "f32",
    "f64",
    "i32",
    "i64",
    "of_name",
    "of_numpy",
    "of_python",
    "scalar_classes",
    "weak",
]
