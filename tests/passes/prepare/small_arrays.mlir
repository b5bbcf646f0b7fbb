// RUN: small-arrays
func.func @f(%x: f64, %y: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %p = arith.constant 0 : index
  %q = arith.constant 1 : index
  %v = tensor.from_elements %x, %y : tensor<2xf64>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %v) -> tensor<2xf64> : i64 {
    %e = tensor.extract %a[%p] : tensor<2xf64>
    %b = tensor.insert %e into %a[%q] : tensor<2xf64>
    scf.yield %b : tensor<2xf64>
  }
  %z = tensor.extract %r[%q] : tensor<2xf64>
  return %z : f64
}
// CHECK: func.func @f(%[[X:.*]]: f64, %[[Y:.*]]: f64
// CHECK: %[[R:.*]]:2 = scf.for {{.*}} iter_args(%[[A:.*]] = %[[X]], %[[B:.*]] = %[[Y]]) -> (f64, f64)
// CHECK: scf.yield %[[A]], %[[A]]
// CHECK: return %[[R]]#1
