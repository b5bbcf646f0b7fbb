// RUN: inline-rules; clean
func.func @f(%x: f64) -> f64 {
  %y = "dsl.custom_vjp"(%x) ({
  ^bb0(%a: f64):
    %b = math.exp %a : f64
    "dsl.yield"(%b) : (f64) -> ()
  }, {
  ^bb0(%a: f64):
    %b = math.exp %a : f64
    "dsl.yield"(%b, %b) : (f64, f64) -> ()
  }, {
  ^bb0(%b: f64, %g: f64):
    %c = arith.divf %g, %b : f64
    "dsl.yield"(%c) : (f64) -> ()
  }) : (f64) -> f64
  return %y : f64
}
// CHECK: %[[B:.*]] = math.exp
// CHECK-NEXT: return %[[B]]
