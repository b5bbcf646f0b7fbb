// RUN: layout; tensors
func.func @f(%x: f64, %n: index) -> tensor<50xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = tensor.empty() : tensor<50xf64>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%b = %a) -> tensor<50xf64> {
    %c = tensor.insert %x into %b[%i] : tensor<50xf64>
    scf.yield %c : tensor<50xf64>
  }
  return %r : tensor<50xf64>
}
// CHECK: %[[R:[a-z0-9]+]]: memref<50xf64>)
// CHECK: scf.for %[[I:[a-z0-9]+]] = %c0 to %{{[a-z0-9]+}} step %c1 {
// CHECK-NEXT: memref.store %{{.*}}, %[[R]][%[[I]]]
// CHECK-NEXT: }
