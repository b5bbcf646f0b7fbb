// RUN: forward-stores
func.func @f(%a: tensor<9xf64>, %v: f64, %k: i64, %n: i64) -> (f64, f64, f64) {
  %c1 = arith.constant 1 : i64
  %next = arith.addi %k, %c1 : i64
  %i = arith.index_cast %k : i64 to index
  %j = arith.index_cast %next : i64 to index
  %o = arith.index_cast %n : i64 to index
  %b = tensor.insert %v into %a[%i] : tensor<9xf64>
  %w = arith.addf %v, %v : f64
  %c = tensor.insert %w into %b[%j] : tensor<9xf64>
  %again = arith.index_cast %k : i64 to index
  %x = tensor.extract %c[%again] : tensor<9xf64>
  %y = tensor.extract %c[%j] : tensor<9xf64>
  %z = tensor.extract %c[%o] : tensor<9xf64>
  return %x, %y, %z : f64, f64, f64
}
// CHECK: %[[W:.*]] = arith.addf
// CHECK: %[[C:.*]] = tensor.insert %[[W]]
// CHECK: %[[Z:.*]] = tensor.extract %[[C]]
// CHECK-NOT: tensor.extract
// CHECK: return %arg1, %[[W]], %[[Z]]

// What was written to a place that may be the one asked for is not looked through.
func.func @g(%a: tensor<9xf64>, %v: f64, %i: index, %j: index) -> f64 {
  %b = tensor.insert %v into %a[%i] : tensor<9xf64>
  %c = tensor.insert %v into %b[%j] : tensor<9xf64>
  %x = tensor.extract %c[%i] : tensor<9xf64>
  return %x : f64
}
// CHECK: @g
// CHECK: tensor.extract
