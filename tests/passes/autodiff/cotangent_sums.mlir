// RUN: reverse {"wrt": [0]}; reverse {"wrt": [0]}
// What the first adjoint sums up is rounded as it is computed once it is differentiated itself.
func.func @f(%x: f64) -> f64 {
  %y = arith.mulf %x, %x : f64
  return %y : f64
}
// CHECK: func.func @f_vjp(
// CHECK: %[[A:.*]] = arith.mulf %arg1, %arg0 : f64
// CHECK: arith.addf %{{.*}}, %{{.*}} fastmath<contract> : f64
// CHECK: func.func @f_vjp_vjp(
// CHECK: arith.addf %{{.*}}, %{{.*}} : f64
// CHECK: arith.addf %{{.*}}, %{{.*}} fastmath<contract> : f64
