// RUN: float-bounds
func.func @f(%x: f64, %y: f64, %n: f64) -> f64 {
  %small = arith.constant 1.0e-3 : f64
  %tiny = arith.constant 1.0e-30 : f64
  %two = arith.constant 2.0 : f64
  // x * x + 0.001 is positive, and so is its root
  %a = arith.mulf %x, %x : f64
  %b = arith.addf %a, %small : f64
  %c = math.sqrt %b : f64
  %d = arith.divf %y, %c : f64
  // so is the greater of a number and anything else
  %e = arith.cmpf ogt, %y, %small : f64
  %f = arith.select %e, %y, %small : f64
  %g = math.log %f : f64
  // the sine of anything is less than 2
  %h = math.sin %y : f64
  %i = arith.divf %h, %two : f64
  %j = math.asin %i : f64
  // not these: x * x may be 0, of two unknown ones the greater may be the smaller if one is NaN, tiny * tiny vanishes
  %k = math.sqrt %a : f64
  %l = arith.cmpf ogt, %b, %n : f64
  %m = arith.select %l, %b, %n : f64
  %o = math.log %m : f64
  %p = arith.mulf %tiny, %tiny : f64
  %q = arith.divf %y, %p : f64
  %r = math.exp %y : f64
  return %r : f64
}
// CHECK: %[[B:.*]] = arith.addf
// CHECK: %[[C:.*]] = math.sqrt %[[B]] {regular}
// CHECK: arith.divf %{{.*}}, %[[C]] {regular}
// CHECK: math.log %{{.*}} {regular}
// CHECK: arith.divf {{.*}} {regular}
// CHECK: math.asin {{.*}} {regular}
// CHECK-NOT: regular
// CHECK: return
