// RUN: segments {"wrt": [0], "plan": [8]}; split-loops
func.func @f(%x: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> f64 : i64 {
    %t = math.sin %s : f64
    scf.yield %t : f64
  }
  return %r : f64
}
// CHECK: scf.while
// CHECK: "dsl.checkpoint"
// CHECK: scf.while
// CHECK: arith.constant 8 : i64
// CHECK: arith.andi
// CHECK: math.sin
// CHECK: "dsl.yield"
