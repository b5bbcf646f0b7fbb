// RUN: layout; tensors
func.func @f(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = tensor.splat %x : tensor<50xf64>
  %b = tensor.splat %x : tensor<50xf64>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (tensor<50xf64>, tensor<50xf64>) {
    %v = tensor.extract %p[%i] : tensor<50xf64>
    %c = tensor.insert %v into %q[%c0] : tensor<50xf64>
    scf.yield %c, %p : tensor<50xf64>, tensor<50xf64>
  }
  %z = tensor.extract %r#0[%c0] : tensor<50xf64>
  return %z : f64
}
// CHECK: memref<2x50xf64>
// CHECK: scf.for {{.*}} iter_args(%[[P:[a-z0-9]+]] = %{{[a-z0-9_]+}}, %[[Q:[a-z0-9]+]] = %{{[a-z0-9_]+}}) -> (index, index)
// CHECK-NEXT: memref.load %{{.*}}[%[[P]], %{{.*}}]
// CHECK-NEXT: memref.store %{{.*}}[%[[Q]], %{{.*}}]
// CHECK-NEXT: scf.yield %[[Q]], %[[P]]
