// RUN: array-loops
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
// One loop along which no operand is strided is innermost; what does not depend on it is read outside.
// CHECK: %[[R:.*]] = tensor.splat
// CHECK: scf.for %[[I:.*]] = %{{.*}} iter_args(%{{.*}} = %[[R]])
// CHECK: scf.for %[[K:.*]] = %{{.*}} iter_args
// CHECK: %[[X:.*]] = tensor.extract %arg0[%[[I]], %[[K]]]
// CHECK: scf.for %[[J:.*]] = %{{.*}} iter_args(%[[T:.*]] = %{{.*}})
// CHECK: %[[Y:.*]] = tensor.extract %arg1[%[[K]], %[[J]]]
// CHECK: %[[S:.*]] = tensor.extract %[[T]][%[[I]], %[[J]]]
// CHECK: %[[P:.*]] = arith.mulf %[[X]], %[[Y]]
// CHECK: %[[Q:.*]] = arith.addf %[[S]], %[[P]]
// CHECK: tensor.insert %[[Q]] into %[[T]][%[[I]], %[[J]]]
// CHECK-NOT: linalg
