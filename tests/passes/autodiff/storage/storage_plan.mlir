// RUN: reverse {"wrt": [0]}; drop-others; clean
func.func @f(%x: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> f64 : i64 {
    %t = math.sin %s : f64
    scf.yield %t : f64
  }
  return %r : f64
}
// CHECK: scf.for {{.*}} iter_args(%[[S:.*]] = %{{.*}})
// CHECK: math.sin %[[S]]
// CHECK: "dsl.push"(%[[S]])
// CHECK: scf.for
// CHECK: %[[P:.*]] = "dsl.pop"()
// CHECK: math.cos %[[P]]
