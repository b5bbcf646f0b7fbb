// RUN: layout; tensors; effects
func.func @f(%x: f64, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index

    "dsl.push"(%x) {tape = "t0", site = 0 : i64} : (f64) -> ()
  %y = "dsl.pop"() {tape = "t0", site = 0 : i64} : () -> f64
  return
}
// CHECK: arith.minsi
// CHECK: memref.store
// CHECK: arith.maxsi
// CHECK: memref.load
// CHECK-NOT: dsl.p
// CHECK: return
