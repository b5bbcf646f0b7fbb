// RUN: layout; tensors; effects; scalars
func.func @f(%x: f64, %n: i64) -> (i64, tensor<?xf64>) {
  %capacity = "dsl.capacity"() : () -> index
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %a = tensor.empty(%capacity) : tensor<?xf64>
  %b = tensor.empty(%capacity) : tensor<?xf64>
  "dsl.reserve"(%n) : (i64) -> ()
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (tensor<?xf64>, tensor<?xf64>) : i64 {
    %k = arith.index_cast %i : i64 to index
    %s = tensor.insert %x into %p[%k] : tensor<?xf64>
    %y = tensor.extract %s[%k] : tensor<?xf64>
    %t = tensor.insert %y into %q[%k] : tensor<?xf64>
    scf.yield %s, %t : tensor<?xf64>, tensor<?xf64>
  }
  return %n, %r#1 : i64, tensor<?xf64>
}
// one binding for both, each with as many elements as the block says
// CHECK: func.func @f(%[[B:[a-z0-9]+]]: memref<{{[0-9]+}}xi64>, %[[LISTS:[a-z0-9]+]]: memref<?xf64>)
// CHECK: %[[CAPACITY:[a-z0-9]+]] = arith.index_cast
// CHECK: %[[SECOND:[a-z0-9]+]] = arith.muli %[[CAPACITY]], %c1
// CHECK: memref.store %{{.*}}, %[[LISTS]]
// CHECK: memref.load %[[LISTS]]
// CHECK: arith.addi %[[SECOND]]
// CHECK-NEXT: memref.store %{{.*}}, %[[LISTS]]
// CHECK-NOT: tensor
// CHECK: return
