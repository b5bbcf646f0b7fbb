// RUN: registers
func.func @f(%a: memref<9xf64>, %b: memref<9xf64>, %k: index, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %x = memref.load %a[%k] : memref<9xf64>
    %y = memref.load %b[%i] : memref<9xf64>
    %z = arith.addf %x, %y : f64
    memref.store %z, %a[%k] : memref<9xf64>
  }
  return
}
// CHECK: func.func @f(%[[A:[a-z0-9]+]]: memref<9xf64>, %[[B:[a-z0-9]+]]: memref
// CHECK: memref.load %[[A]]
// CHECK: %[[R:.*]] = scf.for {{.*}} iter_args(%[[S:[a-z0-9]+]]
// CHECK-NEXT: %[[Y:.*]] = memref.load %[[B]]
// CHECK-NEXT: %[[Z:.*]] = arith.addf %[[S]], %[[Y]]
// CHECK-NEXT: scf.yield %[[Z]]
// CHECK: memref.store %[[R]], %[[A]]
