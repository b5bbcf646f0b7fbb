// RUN: options {"vector_bytes": 32}; array-loops; layout; tensors
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
// a.T @ b is a call: both operands are copied by rows. The sum begins in the result itself, as zeros.
// CHECK: func.func @f(%{{.*}}: tensor<40x50xf32>, {{.*}}, %[[A:.*]]: memref<40x50xf32>, %[[B:.*]]: memref<40x30xf32>, %[[C:.*]]: memref<50x30xf32>, %[[ROOM:.*]]: memref<1520xf32>)
// CHECK: memref.store %{{.*}}, %[[C]][%{{.*}}, %{{.*}}] : memref<50x30xf32>
// CHECK-DAG: %[[AA:.*]] = memref.cast %[[A]]
// CHECK-DAG: %[[BB:.*]] = memref.cast %[[B]]
// CHECK-DAG: %[[CC:.*]] = memref.cast %[[C]]
// CHECK-DAG: %[[PP:.*]] = memref.cast %[[ROOM]]
// CHECK: call @gemm_tn2_f32(%[[AA]], %[[BB]], %[[CC]], %[[PP]],
// CHECK: func.func private @tile6_f32(
// CHECK-COUNT-12: vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK: func.func private @gemm_tn2_f32(
// CHECK: call @tile6_f32(
// CHECK: call @tile2_f32(
// CHECK: func.func private @pack_rows_f32(
// CHECK: func.func private @tile2_f32(
