// RUN: jacobian {"wrt": [0], "wanted": [1], "rows": false, "entry": "f_jac"}; drop-others; clean
func.func @f(%a: tensor<2xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = tensor.extract %a[%c0] : tensor<2xf64>
  %y = tensor.extract %a[%c1] : tensor<2xf64>
  %z = arith.mulf %x, %y : f64
  return %z : f64
}
// CHECK: func.func @f_jac(%{{.*}}: tensor<2xf64>) -> tensor<2xf64>
// CHECK: scf.for
// CHECK: arith.cmpi eq
// CHECK: tensor.insert
// CHECK: return %{{.*}} : tensor<2xf64>
