// RUN: reverse {"wrt": [0]}; drop-others; clean
// nothing writes %a: the reverse reads it again
func.func @f(%a: tensor<30xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %n = arith.constant 30 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %z) -> f64 {
    %x = tensor.extract %a[%i] : tensor<30xf64>
    %xx = arith.mulf %x, %x : f64
    %t = arith.addf %s, %xx : f64
    scf.yield %t : f64
  }
  return %r : f64
}
// CHECK: func.func @f_vjp(%[[A:.*]]: tensor<30xf64>
// CHECK-NOT: dsl.push
// CHECK: scf.for
// CHECK: scf.for
// CHECK: tensor.extract %[[A]]
