// RUN: unused {"wrt": [0]}
// The first root is chosen or not, and its cotangent may be zero; the second one is used for certain.
func.func @f(%x: f64, %use: i1) -> f64 {
  %a = math.sqrt %x : f64
  %b = math.sqrt %x : f64
  %c = arith.select %use, %a, %x : f64
  %d = arith.addf %b, %c : f64
  return %d : f64
}
// CHECK: math.sqrt %{{.*}} {strong} : f64
// CHECK-NEXT: math.sqrt %{{[a-z0-9_]+}} : f64
// CHECK-NEXT: arith.select
