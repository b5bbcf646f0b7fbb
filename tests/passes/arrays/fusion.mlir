// RUN: fuse
#two = affine_map<(i, j) -> (i, j)>
#one = affine_map<(i, j) -> (j)>
#rows = affine_map<(i, j) -> (i)>
func.func @f(%x: tensor<8x32xf64>, %b: tensor<32xf64>, %g: tensor<8x32xf64>) -> (tensor<8xf64>, tensor<8x32xf64>) {
  %e = tensor.empty() : tensor<8x32xf64>
  %s = linalg.generic {indexing_maps = [#two, #one, #two], iterator_types = ["parallel", "parallel"]}
      ins(%x, %b : tensor<8x32xf64>, tensor<32xf64>) outs(%e : tensor<8x32xf64>) {
  ^bb0(%p: f64, %q: f64, %o: f64):
    %r = arith.addf %p, %q : f64
    linalg.yield %r : f64
  } -> tensor<8x32xf64>
  %t = linalg.generic {indexing_maps = [#two, #two], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<8x32xf64>) outs(%e : tensor<8x32xf64>) {
  ^bb0(%p: f64, %o: f64):
    %r = math.tanh %p : f64
    linalg.yield %r : f64
  } -> tensor<8x32xf64>
  %zero = arith.constant dense<0.0> : tensor<8xf64>
  %u = linalg.generic {indexing_maps = [#two, #two, #rows], iterator_types = ["parallel", "reduction"]}
      ins(%g, %t : tensor<8x32xf64>, tensor<8x32xf64>) outs(%zero : tensor<8xf64>) {
  ^bb0(%p: f64, %q: f64, %o: f64):
    %r = arith.mulf %p, %q : f64
    %v = arith.addf %o, %r : f64
    linalg.yield %v : f64
  } -> tensor<8xf64>
  // what it reads is written to before it is read
  %k = linalg.generic {indexing_maps = [#two, #two], iterator_types = ["parallel", "parallel"]}
      ins(%g : tensor<8x32xf64>) outs(%e : tensor<8x32xf64>) {
  ^bb0(%p: f64, %o: f64):
    %r = math.exp %p : f64
    linalg.yield %r : f64
  } -> tensor<8x32xf64>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1.0 : f64
  %h = tensor.insert %c1 into %g[%c0, %c0] : tensor<8x32xf64>
  %m = linalg.generic {indexing_maps = [#two, #two, #two], iterator_types = ["parallel", "parallel"]}
      ins(%k, %h : tensor<8x32xf64>, tensor<8x32xf64>) outs(%e : tensor<8x32xf64>) {
  ^bb0(%p: f64, %q: f64, %o: f64):
    %r = arith.mulf %p, %q : f64
    linalg.yield %r : f64
  } -> tensor<8x32xf64>
  return %u, %m : tensor<8xf64>, tensor<8x32xf64>
}
// CHECK: linalg.generic
// CHECK-SAME: iterator_types = ["parallel", "reduction"]} ins(%arg2, %arg0, %arg1
// CHECK: arith.addf
// CHECK: math.tanh
// CHECK: arith.mulf
// CHECK: %[[E:.*]] = linalg.generic
// CHECK: math.exp
// CHECK: tensor.insert
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[E]], %
