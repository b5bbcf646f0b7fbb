// RUN: array-loops
#km = affine_map<(i, j, k) -> (k, i)>
#kn = affine_map<(i, j, k) -> (k, j)>
#mn = affine_map<(i, j, k) -> (i, j)>
func.func @f(%a: tensor<40x50xf32>, %b: tensor<40x30xf32>) -> tensor<50x30xf32> {
  %zero = arith.constant dense<0.0> : tensor<50x30xf32>
  %r = linalg.generic {indexing_maps = [#km, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<40x50xf32>, tensor<40x30xf32>) outs(%zero : tensor<50x30xf32>) {
  ^bb0(%x: f32, %y: f32, %s: f32):
    %p = arith.mulf %x, %y : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<50x30xf32>
  return %r : tensor<50x30xf32>
}
// Where there are no vectors a product is loops, whatever its size.
// CHECK-NOT: linalg
// CHECK: scf.for
