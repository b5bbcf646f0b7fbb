// RUN: reverse {"wrt": [0, 1]}; drop-others; clean
#mk = affine_map<(i, j, k) -> (i, k)>
#kn = affine_map<(i, j, k) -> (k, j)>
#mn = affine_map<(i, j, k) -> (i, j)>
func.func @f(%a: tensor<8x5xf64>, %b: tensor<5x9xf64>) -> tensor<8x9xf64> {
  %zero = arith.constant dense<0.0> : tensor<8x9xf64>
  %r = linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<8x5xf64>, tensor<5x9xf64>) outs(%zero : tensor<8x9xf64>) {
  ^bb0(%x: f64, %y: f64, %s: f64):
    %p = arith.mulf %x, %y : f64
    %t = arith.addf %s, %p : f64
    linalg.yield %t : f64
  } -> tensor<8x9xf64>
  return %r : tensor<8x9xf64>
}
// The cotangent of an operand is a product again, indexed as the operand is: g @ b.T and a.T @ g.
// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK: func.func @f_vjp(%[[A:.*]]: tensor<8x5xf64>, %[[B:.*]]: tensor<5x9xf64>, %[[G:.*]]: tensor<8x9xf64>)
// CHECK: %[[DA:.*]] = linalg.generic {indexing_maps = [#[[KN]], #[[MN]], #[[MK]]], iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[B]], %[[G]] :
// CHECK: %[[DB:.*]] = linalg.generic {indexing_maps = [#[[MK]], #[[MN]], #[[KN]]], iterator_types = ["reduction", "parallel", "parallel"]} ins(%[[A]], %[[G]] :
// CHECK: return %{{.*}}, %[[DA]], %[[DB]]
