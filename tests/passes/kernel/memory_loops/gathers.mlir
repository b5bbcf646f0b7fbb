// RUN: gathers
// A short loop from row to row hides the index of one load, one that goes along the rows does not.
func.func @f(%a: memref<5x8xf64>, %b: memref<8x5xf64>, %y: memref<5xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  scf.for %i = %c0 to %c5 step %c1 {
    %v = memref.load %a[%i, %c0] : memref<5x8xf64>
    %w = memref.load %a[%i, %c2] : memref<5x8xf64>
    %s = arith.mulf %v, %w : f64
    memref.store %s, %y[%i] : memref<5xf64>
  }
  scf.for %i = %c0 to %c5 step %c1 {
    %v = memref.load %b[%c0, %i] : memref<8x5xf64>
    %w = memref.load %b[%c2, %i] : memref<8x5xf64>
    %s = arith.mulf %v, %w : f64
    memref.store %s, %y[%i] : memref<5xf64>
  }
  return
}
// CHECK: scf.for
// CHECK: %[[I:.*]] = llvm.inline_asm
// CHECK: %[[PLACE:.*]] = arith.index_cast %[[I]]
// CHECK: memref.load %arg0[%[[PLACE]], %{{.*}}]
// CHECK: scf.for
// CHECK-NOT: llvm.inline_asm
// CHECK: return
