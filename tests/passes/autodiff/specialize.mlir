// RUN: silence; drop-updates {"results": [1]}
func.func @f(%x: f64, %y: f64) -> (f64, f64) {
  %a = arith.addf %x, %y : f64
  %b = arith.mulf %x, %y : f64
  "dsl.record"(%a) {text = ["", ""], spec = [""], kind = ["float"]} : (f64) -> ()
  return %a, %b : f64, f64
}
// CHECK: func.func @f(%[[X:.*]]: f64, %[[Y:.*]]: f64) -> f64
// CHECK-NEXT: %[[B:.*]] = arith.mulf %[[X]], %[[Y]]
// CHECK-NEXT: return %[[B]] : f64
