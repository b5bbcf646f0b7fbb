// RUN: layout; tensors; effects; scalars; dispatch
func.func @f(%a: tensor<9xf64> , %x: f64) -> tensor<9xf64> {
  %k = arith.constant 2 : index
  %b = tensor.insert %x into %a[%k] : tensor<9xf64>
  return %b : tensor<9xf64>
}
// CHECK: stream.executable private @kernel
// CHECK: stream.binding.subspan
// CHECK: util.func public @call(%{{[a-z0-9]+}}: !hal.buffer, %{{[a-z0-9]+}}: !hal.buffer, %{{[a-z0-9]+}}: !hal.buffer)
// CHECK: flow.dispatch @kernel::@f
