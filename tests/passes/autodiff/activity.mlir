// RUN: activity {"wrt": [0]}
func.func @f(%x: f64, %y: f64) -> f64 {
  %a = arith.mulf %x, %x : f64
  %b = arith.mulf %y, %y : f64
  %c = arith.divf %x, %y : f64
  %d = arith.addf %a, %b : f64
  return %d : f64
}
// CHECK: arith.mulf %{{.*}} {active}
// CHECK-NEXT: arith.mulf %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} : f64
// CHECK-NEXT: arith.divf %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}} : f64
// CHECK-NEXT: arith.addf %{{.*}} {active}
