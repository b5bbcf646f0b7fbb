// RUN: unordered-sums; rounding
// Sums of cotangents that a long innermost loop carries lose their order: all between what it carries and what it hands
// on. None does that somebody sees, that is a sum of the program, or that few turns make.
func.func @f(%x: memref<100xf64>, %n: index) -> (f64, f64, f64, f64, f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %zero = arith.constant 0.0 : f64
  %r:4 = scf.for %i = %c0 to %n step %c1
      iter_args(%a = %zero, %b = %zero, %c = %zero, %seen = %zero) -> (f64, f64, f64, f64) {
    %v = memref.load %x[%i] : memref<100xf64>
    %a1 = arith.addf %v, %a fastmath<contract> : f64
    %a2 = arith.subf %a1, %v fastmath<contract> : f64
    %b1 = arith.addf %b, %v : f64
    %c1_ = arith.mulf %c, %v : f64
    %c2 = arith.addf %c1_, %v fastmath<contract> : f64
    %s = arith.addf %seen, %v fastmath<contract> : f64
    memref.store %s, %x[%i] : memref<100xf64>
    scf.yield %a2, %b1, %c2, %s : f64, f64, f64, f64
  }
  %short = scf.for %i = %c0 to %c5 step %c1 iter_args(%a = %zero) -> f64 {
    %v = memref.load %x[%i] : memref<100xf64>
    %s = arith.addf %a, %v fastmath<contract> : f64
    scf.yield %s : f64
  }
  return %r#0, %r#1, %r#2, %r#3, %short : f64, f64, f64, f64, f64
}
// CHECK: %[[V:.*]] = memref.load
// CHECK: %[[ONE:.*]] = arith.constant 1.0
// CHECK: %[[A:.*]] = math.fma %[[V]], %[[ONE]], %{{.*}} fastmath<reassoc>
// CHECK: %[[LESS:.*]] = arith.constant -1.0
// CHECK: math.fma %[[V]], %[[LESS]], %[[A]] fastmath<reassoc>
// CHECK-NOT: reassoc
// CHECK: return
