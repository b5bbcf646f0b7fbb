// RUN: layout; tensors
func.func @f(%a: tensor<9xf64>) -> tensor<9xf64> {
  %b = arith.addf %a, %a : tensor<9xf64>
  return %b : tensor<9xf64>
}
// CHECK: refused: arith.addf on whole arrays cannot be part of a kernel
