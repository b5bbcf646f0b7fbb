// RUN: options {"vector_bytes": 32}; array-loops; layout; tensors
#mk = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#m = affine_map<(i, k) -> (i)>
func.func @f(%a: tensor<40x50xf64>, %x: tensor<50xf64>, %y: tensor<40xf64>) -> tensor<40xf64> {
  %r = linalg.generic {indexing_maps = [#k, #mk, #m], iterator_types = ["parallel", "reduction"]}
      ins(%x, %a : tensor<50xf64>, tensor<40x50xf64>) outs(%y : tensor<40xf64>) {
  ^bb0(%e: f64, %c: f64, %s: f64):
    %p = arith.mulf %e, %c : f64
    %t = arith.addf %s, %p : f64
    linalg.yield %t : f64
  } -> tensor<40xf64>
  return %r : tensor<40xf64>
}
// y + a @ x is a call that adds to a copy of y, which is the caller's.
// CHECK: func.func @f({{.*}}, %[[A:.*]]: memref<40x50xf64>, %[[X:.*]]: memref<50xf64>, %[[Y:.*]]: memref<40xf64>, %[[R:.*]]: memref<40xf64>)
// CHECK: memref.load %[[Y]]
// CHECK: memref.store %{{.*}}, %[[R]]
// CHECK-DAG: %[[AA:.*]] = memref.cast %[[A]]
// CHECK-DAG: %[[XX:.*]] = memref.cast %[[X]]
// CHECK-DAG: %[[RR:.*]] = memref.cast %[[R]]
// CHECK: call @rows_times_vector_f64(%[[AA]], %[[XX]], %[[RR]],
// CHECK: func.func private @rows_times_vector_f64(
// CHECK-COUNT-4: vector.reduction <add>
