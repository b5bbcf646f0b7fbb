// RUN: layout; tensors; effects; scalars; dispatch
func.func @f(%a: tensor<9xf64> , %x: f64, %m: i64) -> tensor<9xf64> {
  %k = arith.constant 2 : index
  %b = tensor.insert %x into %a[%k] : tensor<9xf64>
  return %b : tensor<9xf64>
}
// CHECK: {{.*}}slots\22: 3, \22capacities\22: 2, \22details\22: 2, \22attention\22: 2
// CHECK: stream.executable
