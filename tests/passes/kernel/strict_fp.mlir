// RUN: rounding; subnormals
func.func @f(%x: f64, %y: f64) -> f64 {
  %a = arith.mulf %x, %y : f64
  %b = arith.addf %a, %x : f64
  return %b : f64
}
// CHECK: stmxcsr
// CHECK: ldmxcsr
// CHECK: math.fma
// CHECK: math.fma
// CHECK-NOT: arith.mulf
// CHECK: ldmxcsr
// CHECK: return
