// RUN: reverse {"wrt": [0]}; drop-others; inline-rules; clean
// x with x * x = p: the adjoint differentiates the residual only, whatever found x
func.func @f(%p: f64) -> f64 {
  %x = "dsl.custom_root"(%p) ({
  ^bb0(%q: f64):
    %s = math.sqrt %q : f64
    "dsl.yield"(%s) : (f64) -> ()
  }, {
  ^bb0(%y: f64, %q: f64):
    %yy = arith.mulf %y, %y : f64
    %r = arith.subf %yy, %q : f64
    "dsl.yield"(%r) : (f64) -> ()
  }, {
  ^bb0(%m: f64, %b: f64):
    %s = arith.divf %b, %m : f64
    "dsl.yield"(%s) : (f64) -> ()
  }) : (f64) -> f64
  return %x : f64
}
// CHECK: func.func @f_vjp
// CHECK: math.sqrt
// CHECK: arith.addf
// CHECK: arith.divf
// CHECK-NOT: math.sqrt
// CHECK: return
