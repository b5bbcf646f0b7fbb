// RUN: math
func.func @f(%x: f64) -> f64 {
  %y = math.exp %x : f64
  %z = math.sqrt %y : f64
  return %z : f64
}
// CHECK-NOT: math.exp
// CHECK: arith.
// CHECK: math.sqrt
