"""Products of a matrix and a vector, and of two vectors, whose sums go along rows: calls of functions that add up in
vectors.

Before: `linalg.generic` of a matrix, by (i, k), and a vector, by (k), summed over k.
After: `func.call @rows_times_vector_…(%a, %x, %y, …)`, which takes four rows at a time, and the function in the module.

Sums along columns are not among them: those loops LLVM computes in vectors, as the elements of the result lie in a row.
Sound as products of matrices are (gemm_calls.py); what a vector holds behind the end of a row is masked, and zero.
"""

from __future__ import annotations

from string import Template

from iree.compiler import ir
from iree.compiler.dialects import func, memref

from dsl.passes.ir.expr import element_type
from dsl.passes.ir.limits import DOT_TERMS
from dsl.passes.ir.maps import SumOfTerms
from dsl.passes.kernel.op_builder import index_constant
from dsl.passes.options import KernelOptions

from .gemm_calls import add_functions, is_product_of_elements, product, register_shape

_MASKED = 32  # bytes of a register from which on masks are instructions

_ROWS = Template("""
func.func private @rows_times_vector_$e(%A: $matrix, %x: $line, %y: $line, %M: index, %K: index) {
  %zero = arith.constant dense<0.0> : $vector
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %lanes = arith.constant $lanes : index
  %fours = arith.divui %M, %c4 : index
  %full = arith.muli %fours, %c4 : index
  scf.for %i0 = %c0 to %full step %c4 {
    %i1 = arith.addi %i0, %c1 : index
    %i2 = arith.addi %i0, %c2 : index
    %i3 = arith.addi %i0, %c3 : index
    %sums:4 = scf.for %k = %c0 to %K step %lanes iter_args(%s0 = %zero, %s1 = %zero, %s2 = %zero, %s3 = %zero)
        -> ($vector, $vector, $vector, $vector) {
      %left = arith.subi %K, %k : index
      %mask = vector.create_mask %left : $mask
      %v = vector.maskedload %x[%k], %mask, %zero : $line, $mask, $vector into $vector
      %a0 = vector.maskedload %A[%i0, %k], %mask, %zero : $matrix, $mask, $vector into $vector
      %a1 = vector.maskedload %A[%i1, %k], %mask, %zero : $matrix, $mask, $vector into $vector
      %a2 = vector.maskedload %A[%i2, %k], %mask, %zero : $matrix, $mask, $vector into $vector
      %a3 = vector.maskedload %A[%i3, %k], %mask, %zero : $matrix, $mask, $vector into $vector
      %t0 = vector.fma %a0, %v, %s0 : $vector
      %t1 = vector.fma %a1, %v, %s1 : $vector
      %t2 = vector.fma %a2, %v, %s2 : $vector
      %t3 = vector.fma %a3, %v, %s3 : $vector
      scf.yield %t0, %t1, %t2, %t3 : $vector, $vector, $vector, $vector
    }
    $four
  }
  scf.for %i = %full to %M step %c1 {
    %sum = scf.for %k = %c0 to %K step %lanes iter_args(%s = %zero) -> ($vector) {
      %left = arith.subi %K, %k : index
      %mask = vector.create_mask %left : $mask
      %v = vector.maskedload %x[%k], %mask, %zero : $line, $mask, $vector into $vector
      %a = vector.maskedload %A[%i, %k], %mask, %zero : $matrix, $mask, $vector into $vector
      %t = vector.fma %a, %v, %s : $vector
      scf.yield %t : $vector
    }
    %r = vector.reduction <add>, %sum fastmath<reassoc> : $vector into $e
    %old = memref.load %y[%i] : $line
    %new = arith.addf %old, %r : $e
    memref.store %new, %y[%i] : $line
  }
  return
}
""")
_ONE_OF_FOUR = Template("""
    %r$n = vector.reduction <add>, %sums#$n fastmath<reassoc> : $vector into $e
    %old$n = memref.load %y[%i$n] : $line
    %new$n = arith.addf %old$n, %r$n : $e
    memref.store %new$n, %y[%i$n] : $line""")


def rows_times_vector(m: SumOfTerms, options: KernelOptions) -> tuple[int, int] | None:
    """The positions of the matrix and the vector among the inputs, where the operation is to be a call."""
    if options.vector_bytes < _MASKED or not options.fused or not is_product_of_elements(m):
        return None
    if len(m.extents) != 2 or len(m.result_map) != 1 or m.extents[0] * m.extents[1] < DOT_TERMS:
        return None
    (row,), (summed,) = m.result_map, m.summed
    pairs = [k for k, dims in enumerate(m.maps[:-1]) if dims == (row, summed)]
    lines = [k for k, dims in enumerate(m.maps[:-1]) if dims == (summed,)]
    return (pairs[0], lines[0]) if pairs and lines else None


def is_call(m: SumOfTerms, options: KernelOptions) -> bool:
    """Whether an operation is a call of a function of this folder."""
    return product(m, options) is not None or rows_times_vector(m, options) is not None


def emit_rows_times_vector(functions: ir.Block, m: SumOfTerms, options: KernelOptions, buffers: list[ir.Value]) -> None:
    """Add A @ x to y, buffers [A, x, y], at the insertion point; `functions` are the module's."""
    shape = register_shape(str(element_type(m.init.type)), options)
    types, name = shape.types(), f"rows_times_vector_{shape.element}"
    four = "".join(_ONE_OF_FOUR.substitute(types, n=n) for n in range(4))
    add_functions(functions, {name: lambda: _ROWS.substitute(types, four=four)})
    kinds = (types["matrix"], types["line"], types["line"])
    views = [memref.cast(ir.Type.parse(kind), buffer) for kind, buffer in zip(kinds, buffers, strict=True)]
    (row,), (summed,) = m.result_map, m.summed
    func.call([], name, [*views, index_constant(m.extents[row]), index_constant(m.extents[summed])])
