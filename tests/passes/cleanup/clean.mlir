// RUN: clean
func.func @f(%x: f64) -> f64 {
  %no = arith.constant false
  "dsl.fail"(%no) {exception = "ValueError", message = "never"} : (i1) -> ()
  %a = math.exp %x : f64
  %b = math.exp %x : f64
  %c = arith.addf %a, %b : f64
  %d = math.sin %x : f64
  return %c : f64
}
// CHECK: func.func @f(%[[X:.*]]: f64)
// CHECK-NEXT: %[[A:.*]] = math.exp %[[X]]
// CHECK-NEXT: %[[C:.*]] = arith.addf %[[A]], %[[A]]
// CHECK-NEXT: return %[[C]]
