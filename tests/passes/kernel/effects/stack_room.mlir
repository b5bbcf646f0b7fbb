// RUN: layout; stack-room
// A loop that is known to push little is there once, its place brought into range before it.
func.func @f(%x: f64, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %n step %c1 {
    "dsl.push"(%x) {tape = "t0", site = 0 : i64} : (f64) -> ()
  }
  scf.for %i = %c0 to %c64 step %c1 {
    "dsl.push"(%x, %x) {tape = "t0", site = 1 : i64} : (f64, f64) -> ()
  }
  return
}
// CHECK: arith.maxsi
// CHECK: %[[FITS:.*]] = arith.andi
// CHECK: scf.if %[[FITS]]
// CHECK: scf.for
// CHECK: memref.store
// CHECK: } else {
// CHECK: scf.for
// CHECK: "dsl.push"
// CHECK: %[[NEED:.*]] = arith.constant 128
// CHECK: %[[LAST:.*]] = arith.subi %{{.*}}, %[[NEED]]
// CHECK: %[[BASE:.*]] = arith.minsi %{{.*}}, %[[LAST]]
// CHECK: scf.for
// CHECK-NOT: arith.minsi
// CHECK: %[[PLACE:.*]] = arith.addi %[[BASE]]
// CHECK: memref.store
// CHECK: memref.store
// CHECK-NOT: "dsl.push"
// CHECK: return
