// RUN: branch-trace
func.func @f(%x: f64, %y: f64) -> i1 {
  %a = math.floor %x : f64
  %c = arith.cmpf olt, %a, %y : f64
  %d = arith.select %c, %x, %y : f64
  return %c : i1
}
// CHECK: %[[A:.*]] = math.floor
// CHECK-NEXT: "dsl.record"(%[[A]]) {{.*}}"0 "
// CHECK-NEXT: %[[C:.*]] = arith.cmpf
// CHECK-NEXT: "dsl.record"(%[[C]]) {{.*}}"1 "
// CHECK-NEXT: arith.select
// CHECK-NEXT: return
