// RUN: layout; effects; scalars; interrupts
func.func @f(%x: f64, %n: i64) -> f64 {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %nine = arith.constant 9 : i64
  %short = scf.for %i = %zero to %nine step %one iter_args(%s = %x) -> (f64) : i64 {
    %next = arith.mulf %s, %x : f64
    scf.yield %next : f64
  }
  %long = scf.for %i = %zero to %n step %one iter_args(%s = %short) -> (f64) : i64 {
    %next = arith.addf %s, %x : f64
    scf.yield %next : f64
  }
  return %long : f64
}
// the short loop does not look; a chunk of the long one ends where its distance to the end does not overflow
// CHECK: arith.mulf
// CHECK: %[[LEFT:.*]] = arith.subi %[[N:.*]], %c0
// CHECK: %[[FAR:.*]] = arith.cmpi sgt, %[[LEFT]], %[[CHUNK:.*]] : i64
// CHECK: arith.select %[[FAR]], {{.*}}, %[[N]] : i64
// CHECK: arith.addf
// CHECK-NOT: arith.addf
// CHECK: arith.cmpi slt
// CHECK: llvm.inline_asm has_side_effects "{{.*}}callq
// CHECK: %[[STOP:.*]] = arith.cmpi ne
// CHECK-NEXT: cf.cond_br %[[STOP]]
// CHECK: return
// CHECK: memref.store %c8_i64_{{[0-9]+}}, %arg0
// CHECK-NEXT: return
