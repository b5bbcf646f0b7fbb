"""Which products are calls of a function of the kernel (gemm_texts.py), and the calls.

Before: `linalg.generic` of two matrices in memory, whose term is the product of their elements.
After: `func.call @gemm_…(%a, %b, %c, %room, …)`, and the function in the module, once for all such products.

Sound because a product is recognised by its dimensions alone: those of the rows index A and C, those of the columns B
and C, the others A and B. What is added to is memory of its own (kernel/memory/tensors.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from iree.compiler import ir
from iree.compiler.dialects import func, memref

from dsl.passes.ir import edit
from dsl.passes.ir.expr import element_type
from dsl.passes.ir.limits import PRODUCT_COLUMNS, PRODUCT_TERMS
from dsl.passes.ir.maps import SumOfTerms
from dsl.passes.kernel.op_builder import index_constant
from dsl.passes.options import KernelOptions

from . import gemm_texts

# Rows and vectors of the register tile, by the bytes of a register: of 32 registers in AVX-512, of 16 otherwise.
_TILES = {64: (12, 2), 32: (6, 2), 16: (4, 2)}


@dataclass(frozen=True)
class Product:
    """`C += A @ B`: the positions of A and B among the inputs, and whether each is stored transposed."""

    a: int
    b: int
    a_transposed: bool
    b_transposed: bool
    rows: int
    columns: int
    terms: int


def product(m: SumOfTerms, options: KernelOptions) -> Product | None:
    """The product of two matrices that an operation is, where it is to be a call; None otherwise."""
    if options.vector_bytes not in _TILES or not is_product_of_elements(m):
        return None
    if len(m.extents) != 3 or len(m.result_map) != 2 or any(len(dims) != 2 for dims in m.maps):
        return None
    row, column = m.result_map
    (summed,) = m.summed
    by_dims = {frozenset(dims): k for k, dims in enumerate(m.maps[:-1])}
    a, b = by_dims.get(frozenset((row, summed))), by_dims.get(frozenset((summed, column)))
    if a is None or b is None:
        return None
    found = Product(
        a, b, m.maps[a] == (summed, row), m.maps[b] == (column, summed),
        m.extents[row], m.extents[column], m.extents[summed],
    )  # fmt: skip
    return found if _pays(found) else None


def is_product_of_elements(m: SumOfTerms) -> bool:
    """Whether the term is the product of an element of each of two inputs, of the result's type, f32 or f64."""
    maker = edit.defining_op(m.term)
    if maker is None or maker.name != "arith.mulf" or len(m.inputs) != 2:
        return False
    kinds = {str(element_type(v.type)) for v in m.op.operands}
    if kinds not in ({"f32"}, {"f64"}):
        return False
    first, second = (m.body.arguments[k] for k in range(2))
    return list(maker.operands) in ([first, second], [second, first])


def _pays(p: Product) -> bool:
    return p.rows > 1 and p.columns >= PRODUCT_COLUMNS and p.rows * p.columns * p.terms >= PRODUCT_TERMS


def register_shape(element: str, options: KernelOptions) -> gemm_texts.Shape:
    rows, vectors = _TILES[options.vector_bytes]
    return gemm_texts.Shape(element, options.vector_bytes * 8 // int(element[1:]), rows, vectors, options.fused)


def room(p: Product, s: gemm_texts.Shape) -> int:
    """Elements of the buffer for panels of A and B."""
    panels = math.ceil(min(p.columns, gemm_texts.COLUMNS) / s.columns)
    return min(p.terms, gemm_texts.TERMS) * (panels * s.columns + s.rows)


def emit_call(functions: ir.Block, p: Product, s: gemm_texts.Shape, buffers: list[ir.Value], panels: ir.Value) -> None:
    """Add A @ B to C, buffers [A, B, C], at the insertion point; `functions` are the module's."""
    a_by, b_by = "pack_rows" if p.a_transposed else "pack_columns", "pack_columns" if p.b_transposed else "pack_rows"
    rest = p.rows % s.rows
    name = f"gemm_{'t' if p.a_transposed else 'n'}{'t' if p.b_transposed else 'n'}{rest}_{s.element}"
    made = {
        f"tile{s.rows}_{s.element}": lambda: gemm_texts.tile(s, s.rows),
        name: lambda: gemm_texts.gemm(s, name, a_by, b_by, rest),
    }
    if "pack_rows" in (a_by, b_by):
        made[f"pack_rows_{s.element}"] = lambda: gemm_texts.pack_rows(s)
    if "pack_columns" in (a_by, b_by):
        made[f"pack_columns_{s.element}"] = lambda: gemm_texts.pack_columns(s)
    if rest:
        made[f"tile{rest}_{s.element}"] = lambda: gemm_texts.tile(s, rest)
    add_functions(functions, made)
    types = s.types()
    matrices = [memref.cast(ir.Type.parse(types["matrix"]), buffer) for buffer in buffers]
    line = memref.cast(ir.Type.parse(types["line"]), panels)
    sizes = [index_constant(n) for n in (p.rows, p.columns, p.terms)]
    func.call([], name, [*matrices, line, *sizes])


def add_functions(functions: ir.Block, made: dict[str, Callable[[], str]]) -> None:
    """Add the functions that the module lacks, at the current place in the source. They are parsed together, as each
    looks up those that it calls."""
    present = {ir.StringAttr(op.attributes["sym_name"]).value for op in functions.operations}
    if set(made) <= present:
        return
    here = ir.Location.current
    parsed = ir.Module.parse("\n".join(text() for text in made.values()), here.context)
    for view in list(parsed.body.operations):
        op = view.operation
        if ir.StringAttr(op.attributes["sym_name"]).value not in present:
            op.detach_from_parent()
            functions.append(op)
            op.location = here
            for inner in edit.walk(op):
                inner.location = here
