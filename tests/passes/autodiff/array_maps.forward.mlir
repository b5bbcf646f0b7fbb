// RUN: forward {"wrt": [0]}; drop-others; clean
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
// The tangent of a @ b, where only a moves, is a_dot @ b.
// CHECK: func.func @f_jvp(%[[A:.*]]: tensor<8x5xf64>, %[[B:.*]]: tensor<5x9xf64>, %[[D:.*]]: tensor<8x5xf64>)
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[A]], %[[B]] :
// CHECK: %[[T:.*]] = linalg.generic {{.*}} ins(%[[B]], %[[D]] :
// CHECK: return %[[R]], %[[T]]
