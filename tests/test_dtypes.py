"""The table of element types agrees with NumPy, with MLIR and with what a kernel does, and is the only one."""

import ast
import math
import struct
from pathlib import Path

import numpy as np
import pytest
from iree.compiler import ir

import dsl
from dsl import types
from dsl.passes.ir import element_types
from dsl.passes.ir.expr import is_float
from dsl.passes.kernel.op_builder import bit_width, storage_type
from dsl.runtime import slots
from tests.support.kernels import build

ROOT = Path(__file__).resolve().parents[1]
EVERY = pytest.mark.parametrize("dtype", types.DTYPES, ids=lambda dtype: dtype.name)


@EVERY
def test_rows_agree_with_numpy(dtype):
    numpy = np.dtype(dtype.numpy)
    assert numpy.itemsize * 8 == dtype.bits
    assert numpy.kind == {"bool": "b", "int": "i", "float": "f"}[dtype.kind]
    assert types.of_numpy(numpy) is dtype and types.of_numpy(numpy.newbyteorder()) in (None, dtype)
    assert types.of_name(dtype.name) is dtype and element_types.of_mlir(dtype.mlir) is dtype
    assert dtype(1) == 1 and type(dtype(1)) is dtype.numpy
    assert repr(dtype[3, 4]) == f"dsl.{dtype.name}[3, 4]"


@EVERY
def test_rows_agree_with_mlir(dtype):
    with ir.Context():
        type_ = ir.Type.parse(dtype.mlir)
        stored = storage_type(type_)
        assert is_float(type_) == (dtype.kind == "float")
        assert bit_width(type_) == (1 if dtype.kind == "bool" else dtype.bits)
        assert str(stored) == dtype.in_memory and bit_width(stored) == dtype.bits
        assert slots.numpy_type(str(stored)).itemsize * 8 == dtype.bits


@EVERY
def test_rows_are_exported(dtype):
    assert getattr(dsl, dtype.name) is getattr(types, dtype.name) is dtype and dtype.name in dsl.__all__


def test_weak_numbers_are_pythons():
    for value, dtype in ((True, types.bool_), (3, types.i64), (0.5, types.f64)):
        assert types.of_python(value) is types.weak(dtype.kind) is dtype and dtype.python is type(value)
        assert dtype.printed_as(weak=True) == type(value).__name__
    assert [dtype.rank for dtype in (types.bool_, types.i32, types.f16)] == [0, 1, 2]
    assert types.f32.printed_as(weak=True) == types.f32.printed_as(weak=False) == "f32"


def samples(dtype) -> np.ndarray:
    """Numbers at the edges of a type."""
    if dtype.kind == "bool":
        return np.array([False, True])
    if dtype.kind == "int":
        limits = np.iinfo(dtype.numpy)
        return np.array([0, 1, -1, limits.min, limits.max, limits.min + 1], dtype.numpy)
    limits = np.finfo(dtype.numpy)
    bits = [0.0, -0.0, 1.0, -1.5, limits.max, limits.min, limits.tiny, limits.smallest_subnormal, np.inf, -np.inf]
    return np.array(bits, dtype.numpy)


def nans(dtype) -> np.ndarray:
    """Quiet NaNs of both signs, with other payloads (what hardware makes of a signalling one is its own business)."""
    unsigned = np.dtype(f"u{dtype.bits // 8}")
    mantissa = np.finfo(dtype.numpy).nmant
    quiet = np.array(np.nan, dtype.numpy).view(unsigned)
    payloads = (0, 1, 5, (1 << mantissa - 1) - 1)
    bits = [int(quiet) | sign << dtype.bits - 1 | payload for sign in (0, 1) for payload in payloads]
    return np.array(bits, unsigned).view(dtype.numpy)


def low_bits(slot: int, dtype) -> int:
    return slot & (1 << dtype.bits) - 1


@EVERY
def test_slots_hold_every_number(dtype):
    for value in samples(dtype):
        slot = slots.encode(value, dtype.mlir)
        assert low_bits(slot, dtype) == int.from_bytes(value.tobytes(), "little")
        assert dtype.numpy(slots.decode(slot, dtype.mlir)).tobytes() == value.tobytes()
        # as the fast path writes it
        (packed,) = struct.unpack("<q", struct.pack("<" + dtype.slot, value.item()))
        assert low_bits(packed, dtype) == low_bits(slot, dtype)


@pytest.mark.parametrize("dtype", [dtype for dtype in types.DTYPES if dtype.kind == "float"], ids=repr)
def test_slots_hold_the_payloads_of_nans(dtype):
    for value in nans(dtype):
        assert low_bits(slots.encode(value, dtype.mlir), dtype) == int.from_bytes(value.tobytes(), "little")
        assert math.isnan(slots.decode(slots.encode(value, dtype.mlir), dtype.mlir))


@EVERY
def test_a_kernel_gives_back_what_it_gets(dtype):
    """Scalars through slots, elements through memory; of arrays also every bit of a NaN."""
    scalar, array = dtype.mlir, f"tensor<18x{dtype.mlir}>"
    same = build(f"""
    func.func @f(%x: {scalar}, %a: {array}, %j: i64) -> ({scalar}, {array}) {{
        %i = arith.index_cast %j : i64 to index
        %y = tensor.extract %a[%i] : {array}
        %b = tensor.insert %y into %a[%i] : {array}
        return %x, %b : {scalar}, {array}
    }}""")
    values = samples(dtype)
    array = np.resize(np.concatenate([values, nans(dtype)]) if dtype.kind == "float" else values, 18)
    for value in values:
        got, elements = same([value, array, 3])
        assert type(got) is (dtype.python or dtype.numpy)
        assert dtype.numpy(got).tobytes() == value.tobytes() and elements.tobytes() == array.tobytes()


NAMES = {name for dtype in types.DTYPES
         for name in (dtype.name, dtype.mlir, dtype.numpy_name, f"{dtype.mlir.upper()}Type")}  # fmt: skip


def named(node) -> bool:
    """Whether an expression names an element type: "f64", types.f64, np.float64, ir.F64Type."""
    if isinstance(node, ast.Constant):
        return node.value in NAMES
    return isinstance(node, ast.Attribute) and node.attr in NAMES


def test_no_other_module_holds_a_table_of_element_types():
    found = []
    for folder in ("dsl", "passes", "runtime"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                keys = node.keys if isinstance(node, ast.Dict) else node.elts if isinstance(node, ast.Set) else ()
                if sum(map(named, keys)) >= 3:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found


def test_no_message_lists_the_element_types_itself():
    """They are in the table, so that a message names also those that are added."""
    texts = [
        (path, node.value)
        for folder in ("dsl", "passes", "runtime")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(("convert", "help"))
    ]
    assert not [path for path, text in texts if sum(name in text for name in NAMES) >= 3]
