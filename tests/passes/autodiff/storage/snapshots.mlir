// RUN: reverse {"wrt": [0]}; drop-others
// the state at the start of each checkpointed iteration is an array
func.func @f(%a: tensor<5xf64>, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %k = arith.constant 2 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %a) -> tensor<5xf64> : i64 {
    %t = "dsl.checkpoint"(%s) ({
    ^bb0(%b: tensor<5xf64>):
      %x = tensor.extract %b[%k] : tensor<5xf64>
      %y = math.sin %x : f64
      %c = tensor.insert %y into %b[%k] : tensor<5xf64>
      "dsl.yield"(%c) : (tensor<5xf64>) -> ()
    }) : (tensor<5xf64>) -> tensor<5xf64>
    scf.yield %t : tensor<5xf64>
  }
  %x = tensor.extract %r[%k] : tensor<5xf64>
  return %x : f64
}
// CHECK: scf.for
// CHECK: scf.for
// CHECK: %[[X:.*]] = tensor.extract
// CHECK: "dsl.push"(%[[X]])
// CHECK: scf.for
// CHECK: %[[P:.*]] = "dsl.pop"()
// CHECK: tensor.insert %[[P]]
