// RUN: dead-code; clean
func.func @f(%x: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x, %k = %c0) -> (f64, i64) : i64 {
    %t = math.sin %s : f64
    %k1 = arith.addi %k, %c1 : i64
    scf.yield %t, %k1 : f64, i64
  }
  return %r#0 : f64
}
// CHECK: scf.for {{.*}} iter_args(%[[S:[a-z0-9]+]] = %{{[a-z0-9]+}}) -> (f64)
// CHECK-NEXT: %[[T:.*]] = math.sin %[[S]]
// CHECK-NEXT: scf.yield %[[T]] : f64
