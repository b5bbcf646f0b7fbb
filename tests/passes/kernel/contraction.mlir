// RUN: contraction
// Marked sums take in products that nothing else uses, also those that are zero where the cotangent is; no other sums.
func.func @f(%g: f64, %x: f64, %t: f64) -> (f64, f64, f64, f64) {
  %zero = arith.constant 0.0 : f64
  %a = arith.mulf %g, %x : f64
  %first = arith.addf %a, %t fastmath<contract> : f64
  %b = arith.mulf %g, %x : f64
  %c = arith.cmpf oeq, %g, %zero : f64
  %d = arith.select %c, %zero, %b : f64
  %second = arith.addf %t, %d fastmath<contract> : f64
  %e = arith.mulf %g, %x : f64
  %third = arith.addf %t, %e fastmath<contract> : f64
  %h = arith.mulf %g, %t : f64
  %fourth = arith.addf %t, %h : f64
  return %first, %second, %third, %e : f64, f64, f64, f64
}
// CHECK: %[[A:.*]] = llvm.intr.fmuladd(%arg0, %arg1, %arg2)
// CHECK: %[[B:.*]] = llvm.intr.fmuladd(%arg0, %arg1, %arg2)
// CHECK-NEXT: %[[C:.*]] = arith.select %{{.*}}, %arg2, %[[B]]
// CHECK: %[[D:.*]] = arith.addf %arg2, %[[E:.*]] fastmath<contract>
// CHECK-NOT: llvm.intr.fmuladd
// CHECK: return %[[A]], %[[C]], %[[D]], %[[E]]
