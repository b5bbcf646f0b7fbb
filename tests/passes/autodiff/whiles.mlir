// RUN: whiles
func.func @f(%x: f64, %y: f64) -> f64 {
  %r = scf.while (%s = %x) : (f64) -> f64 {
    %c = arith.cmpf olt, %s, %y : f64
    scf.condition(%c) %s : f64
  } do {
  ^bb0(%s: f64):
    %t = arith.mulf %s, %s : f64
    scf.yield %t : f64
  }
  return %r : f64
}
// CHECK: scf.while (%{{.*}} = %{{.*}}, %[[N:.*]] = %{{.*}}) : (f64, i64) -> (f64, i64)
// CHECK: scf.condition(%{{.*}}) %{{.*}}, %[[N]] : f64, i64
// CHECK: arith.addi %{{.*}} {dsl.counter}
// CHECK: scf.yield %{{.*}}, %{{.*}} : f64, i64
