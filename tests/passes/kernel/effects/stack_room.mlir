// RUN: layout; stack-room
func.func @f(%x: f64, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    "dsl.push"(%x) {tape = "t0", site = 0 : i64} : (f64) -> ()
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
