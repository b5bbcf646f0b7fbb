// RUN: winners
func.func @f(%a: tensor<9xf64>, %m: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %m) -> f64 : i64 {
    %j = arith.index_cast %i : i64 to index
    %x = tensor.extract %a[%j] : tensor<9xf64>
    %y = arith.mulf %x, %x : f64
    %c = arith.cmpf ogt, %y, %s : f64
    %t = arith.select %c, %y, %s : f64
    scf.yield %t : f64
  }
  return %r : f64
}
// CHECK: %[[NONE:.*]] = arith.subi
// CHECK: %[[L:.*]]:2 = scf.for %[[I:.*]] = {{.*}} iter_args(%{{.*}} = %arg1, %[[K:.*]] = %[[NONE]])
// CHECK: %[[C:.*]] = arith.cmpf
// CHECK: %[[W:.*]] = arith.select %[[C]], %[[I]], %[[K]]
// CHECK: scf.yield %{{.*}}, %[[W]]
// CHECK: %[[ANY:.*]] = arith.cmpi ne, %[[L]]#1, %[[NONE]]
// CHECK: %[[R:.*]] = scf.if %[[ANY]]
// CHECK: arith.index_cast %[[L]]#1
// CHECK: arith.mulf
// CHECK: } else {
// CHECK: scf.yield %arg1
// CHECK: return %[[R]]

// What the loop carries goes into the candidate: nothing is known of it from the iteration's number.
func.func @g(%a: tensor<9xf64>, %m: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%s = %m, %p = %m) -> (f64, f64) : i64 {
    %j = arith.index_cast %i : i64 to index
    %x = tensor.extract %a[%j] : tensor<9xf64>
    %y = arith.addf %p, %x : f64
    %c = arith.cmpf ogt, %y, %s : f64
    %t = arith.select %c, %y, %s : f64
    scf.yield %t, %y : f64, f64
  }
  return %r#0 : f64
}
// CHECK: @g
// CHECK-NOT: scf.if
