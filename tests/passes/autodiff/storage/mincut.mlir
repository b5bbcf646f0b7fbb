// RUN: reverse {"wrt": [0]}; drop-others; clean
// three values are needed, all of them cheap to compute from one
func.func @f(%x: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> f64 : i64 {
    %a = arith.mulf %s, %s : f64
    %b = arith.mulf %a, %a : f64
    %c = arith.mulf %b, %b : f64
    scf.yield %c : f64
  }
  return %r : f64
}
// CHECK: "dsl.push"(%{{[a-z0-9_]+}}) {{.*}} : (f64) -> ()
// CHECK: "dsl.pop"()
// CHECK-COUNT-2: arith.mulf
