// RUN: layout; tensors; effects; scalars
func.func @f(%c: i1, %k: i64) -> i64 {
  "dsl.fail"(%c, %k) {exception = "ValueError", message = "{0}"} : (i1, i64) -> ()
  return %k : i64
}
// CHECK: func.func @f(%[[B:.*]]: memref<{{[0-9]+}}xi64>) {
// CHECK: memref.load %[[B]]
// CHECK: scf.if
// CHECK: memref.store
// CHECK: memref.store
// CHECK-NOT: dsl.
// CHECK: return
