// RUN: sums
func.func @f(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> f64 {
    %t = arith.subf %s, %x : f64 loc("adjoint"("f.py":1:1))
    scf.yield %t : f64
  }
  return %r : f64
}
// CHECK: llvm.inline_asm
// CHECK: %[[M:.*]] = arith.bitcast
// CHECK: scf.for
// CHECK: llvm.intr.fmuladd(%{{.*}}, %[[M]], %{{.*}})
