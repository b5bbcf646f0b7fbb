// RUN: options {"debug_nans": true}; nan-checks
func.func @f(%x: f64) -> f64 {
  %y = math.log %x : f64
  return %y : f64
}
// CHECK: func.func @f(%[[X:.*]]: f64)
// CHECK-NEXT: %[[Y:.*]] = math.log %[[X]]
// CHECK: arith.cmpf uno, %[[Y]], %[[Y]]
// CHECK: arith.cmpf ord, %[[X]], %[[X]]
// CHECK: %[[BAD:.*]] = arith.andi
// CHECK: "dsl.fail"(%[[BAD]], %[[X]]) {{.*}}FloatingPointError
// CHECK-NEXT: return %[[Y]]
