// RUN: reverse {"wrt": [0]}; drop-others; clean
func.func @f(%x: f64) -> f64 {
  %y = arith.mulf %x, %x : f64
  return %y : f64
}
// CHECK: func.func @f_vjp(%[[X:.*]]: f64, %[[G:.*]]: f64) -> (f64, f64)
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[X]], %[[X]]
// CHECK-NEXT: %[[A:.*]] = arith.mulf %[[G]], %[[X]]
// CHECK: return %[[Y]], %{{.*}} : f64, f64
