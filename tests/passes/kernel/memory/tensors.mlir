// RUN: layout; tensors; effects; scalars
func.func @f(%a: tensor<9xf64> , %x: f64) -> tensor<9xf64> {
  %k = arith.constant 2 : index
  %b = tensor.insert %x into %a[%k] : tensor<9xf64>
  return %b : tensor<9xf64>
}
// CHECK: func.func @f(%[[B:[a-z0-9]+]]: memref<{{[0-9]+}}xi64>, %[[A:[a-z0-9]+]]: memref<9xf64>, %[[R:[a-z0-9]+]]: memref<9xf64>)
// CHECK: memref.load %[[A]]
// CHECK-NEXT: memref.store %{{.*}}, %[[R]]
// CHECK: memref.store %{{.*}}, %[[R]][%c2]
// CHECK-NOT: tensor
// CHECK: return
