// RUN: contraction
// Marked sums take in products that are zero where the cotangent is, and that nothing else uses; no others.
func.func @f(%g: f64, %x: f64, %t: f64) -> (f64, f64, f64, f64) {
  %zero = arith.constant 0.0 : f64
  %is_zero = arith.cmpf oeq, %g, %zero : f64
  %a = arith.mulf %g, %x : f64
  %b = arith.select %is_zero, %zero, %a : f64
  %first = arith.addf %t, %b fastmath<contract> : f64
  %c = arith.mulf %g, %x : f64
  %second = arith.addf %c, %t fastmath<contract> : f64
  %d = arith.mulf %g, %x : f64
  %e = arith.select %is_zero, %zero, %d : f64
  %third = arith.addf %t, %e fastmath<contract> : f64
  %h = arith.mulf %g, %x : f64
  %i = arith.select %is_zero, %zero, %h : f64
  %fourth = arith.addf %t, %i : f64
  return %first, %second, %e, %fourth : f64, f64, f64, f64
}
// CHECK: %[[A:.*]] = llvm.intr.fmuladd(%arg0, %arg1, %arg2)
// CHECK-NEXT: %[[B:.*]] = arith.select %{{.*}}, %arg2, %[[A]]
// CHECK-NOT: llvm.intr.fmuladd
// CHECK: return %[[B]]
