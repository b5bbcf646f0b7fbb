// RUN: nested; clean
func.func @f(%x: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %y:2 = "dsl.vjp"(%x, %one) ({
  ^bb0(%a: f64):
    %b = arith.mulf %a, %a : f64
    "dsl.yield"(%b) : (f64) -> ()
  }) {wrt = array<i64: 0>} : (f64, f64) -> (f64, f64)
  return %y#1 : f64
}
// CHECK: func.func @f(%[[X:.*]]: f64) -> f64
// CHECK-NOT: dsl.vjp
// CHECK: %[[D:.*]] = arith.addf %[[X]], %[[X]]
// CHECK-NEXT: return %[[D]]
