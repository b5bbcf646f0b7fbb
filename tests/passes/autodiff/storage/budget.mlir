// RUN: segments {"wrt": [0], "plan": 1600}
func.func @f(%x: f64, %m: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %n = arith.constant 10000 : i64
  %c1 = arith.constant 1 : i64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> f64 : i64 {
    %t = math.sin %s : f64
    scf.yield %t : f64
  }
  return %r : f64
}
// CHECK: dsl.segment = array<i64: {{[0-9, ]+}}>
