// RUN: options {"f64": false}; refuse-f64
func.func @f(%x: f64) -> f64 {
  %y = arith.mulf %x, %x : f64
  return %y : f64
}
// CHECK: refused: target here has no 64-bit floats, and this is one
