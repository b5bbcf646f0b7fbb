// RUN: array-loops
#map = affine_map<(i) -> (i)>
func.func @f(%a: tensor<8x64xf64>, %g: tensor<32xf64>, %k: index) -> tensor<8x64xf64> {
  %part = tensor.extract_slice %a[%k, 16] [1, 32] [1, 1] : tensor<8x64xf64> to tensor<32xf64>
  %sum = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%g : tensor<32xf64>) outs(%part : tensor<32xf64>) {
  ^bb0(%x: f64, %s: f64):
    %t = arith.addf %s, %x : f64
    linalg.yield %t : f64
  } -> tensor<32xf64>
  %r = tensor.insert_slice %sum into %a[%k, 16] [1, 32] [1, 1] : tensor<32xf64> into tensor<8x64xf64>
  return %r : tensor<8x64xf64>
}
// What is added to a slice that is put back is added in its place.
// CHECK: scf.for %[[J:.*]] = %{{.*}} iter_args(%[[T:.*]] = %arg0) -> (tensor<8x64xf64>)
// CHECK: %[[X:.*]] = tensor.extract %arg1[%[[J]]]
// CHECK: %[[P:.*]] = arith.addi %{{.*}}, %[[J]]
// CHECK: %[[S:.*]] = tensor.extract %[[T]][%arg2, %[[P]]]
// CHECK: arith.addf %[[S]], %[[X]]
// CHECK: tensor.insert %{{.*}} into %[[T]][%arg2, %
// CHECK-NOT: slice
