// RUN: layout; tensors
// a splat is a loop of stores
func.func @f(%x: f64) -> tensor<4x5xf64> {
  %b = tensor.splat %x : tensor<4x5xf64>
  return %b : tensor<4x5xf64>
}
// CHECK: func.func @f(%{{.*}}: f64, %{{.*}}: memref<{{[0-9]+}}xi64>, %[[R:.*]]: memref<4x5xf64>)
// CHECK: scf.for %[[I:.*]] = %c0
// CHECK: scf.for %[[J:.*]] = %c0
// CHECK: memref.store %{{.*}}, %[[R]][%[[I]], %[[J]]]
