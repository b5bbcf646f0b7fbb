// RUN: forward {"wrt": [0]}; drop-others; clean
func.func @f(%x: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> f64 : i64 {
    %t = math.sin %s : f64
    scf.yield %t : f64
  }
  return %r : f64
}
// CHECK: func.func @f_jvp(%[[X:.*]]: f64, %{{.*}}: i64, %[[D:.*]]: f64) -> (f64, f64)
// CHECK: %[[R:.*]]:2 = scf.for {{.*}} iter_args(%[[S:.*]] = %[[X]], %[[SD:.*]] = %[[D]])
// CHECK: math.sin %[[S]]
// CHECK: %[[C:.*]] = math.cos %[[S]]
// CHECK: arith.mulf %[[SD]], %[[C]]
// CHECK: return %[[R]]#0, %[[R]]#1
// CHECK-NOT: dsl.push
