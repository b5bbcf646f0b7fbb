// RUN: nests
// A triangle over a local array of three elements, in a loop that turns a number of times known only at run time.
func.func @f(%x: tensor<9xf64>, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c3 = arith.constant 3 : i64
  %z = arith.constant 0.0 : f64
  %r = scf.for %t = %c0 to %n step %c1 iter_args(%s = %z) -> f64 : i64 {
    %e = tensor.empty() : tensor<3xf64>
    %a = scf.for %i = %c0 to %c3 step %c1 iter_args(%b = %e) -> tensor<3xf64> : i64 {
      %k = arith.index_cast %i : i64 to index
      %v = tensor.extract %x[%k] : tensor<9xf64>
      %w = arith.mulf %v, %s : f64
      %b1 = tensor.insert %w into %b[%k] : tensor<3xf64>
      scf.yield %b1 : tensor<3xf64>
    }
    %u = scf.for %i = %c0 to %c3 step %c1 iter_args(%p = %s) -> f64 : i64 {
      %q = scf.for %j = %c0 to %i step %c1 iter_args(%o = %p) -> f64 : i64 {
        %k = arith.index_cast %j : i64 to index
        %v = tensor.extract %a[%k] : tensor<3xf64>
        %w = arith.addf %o, %v : f64
        scf.yield %w : f64
      }
      scf.yield %q : f64
    }
    scf.yield %u : f64
  }
  return %r : f64
}
// CHECK: @f
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: tensor.insert
// CHECK-COUNT-3: arith.addf
// CHECK-NEXT: scf.yield

// An array that the caller gave stays one: its loops too.
func.func @g(%a: tensor<3xf64>, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c3 = arith.constant 3 : i64
  %z = arith.constant 0.0 : f64
  %r = scf.for %t = %c0 to %n step %c1 iter_args(%s = %z) -> f64 : i64 {
    %u = scf.for %i = %c0 to %c3 step %c1 iter_args(%p = %s) -> f64 : i64 {
      %k = arith.index_cast %i : i64 to index
      %v = tensor.extract %a[%k] : tensor<3xf64>
      %w = arith.addf %p, %v : f64
      scf.yield %w : f64
    }
    scf.yield %u : f64
  }
  return %r : f64
}
// CHECK: @g
// CHECK-COUNT-2: scf.for
