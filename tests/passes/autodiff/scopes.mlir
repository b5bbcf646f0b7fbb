// RUN: reverse {"wrt": [0]}; drop-others; clean
// the cotangent of %x goes through the branch: in, and out again
func.func @f(%x: f64, %c: i1) -> f64 {
  %y = scf.if %c -> f64 {
    %a = math.exp %x : f64
    scf.yield %a : f64
  } else {
    scf.yield %x : f64
  }
  %z = arith.mulf %y, %x : f64
  return %z : f64
}
// CHECK: func.func @f_vjp(%[[X:.*]]: f64, %[[C:.*]]: i1, %{{.*}}: f64)
// CHECK: scf.if %[[C]]
// CHECK: %[[CT:.*]] = scf.if %[[C]] -> (f64)
// CHECK: return %{{.*}}, %[[CT]] : f64, f64
