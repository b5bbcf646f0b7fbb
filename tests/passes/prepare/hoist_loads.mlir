// RUN: hoist-loads
func.func @f(%a: tensor<9xf64>, %k: i64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %z = arith.constant 0.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %z) -> f64 : i64 {
    %j = arith.index_cast %k : i64 to index
    %x = tensor.extract %a[%j] : tensor<9xf64>
    %t = arith.addf %s, %x : f64
    scf.yield %t : f64
  }
  return %r : f64
}
// CHECK: arith.index_cast
// CHECK: arith.minsi
// CHECK: %[[J:.*]] = arith.maxsi
// CHECK: %[[X:.*]] = tensor.extract %{{.*}}[%[[J]]]
// CHECK: scf.for
// CHECK-NEXT: arith.addf %{{.*}}, %[[X]]
