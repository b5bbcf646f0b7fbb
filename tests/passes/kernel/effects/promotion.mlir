// RUN: promotion {"cells": ["n"]}
func.func @f(%m: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1 : i64
  scf.for %i = %c0 to %m step %c1 {
    %n = "dsl.cell_get"() {cell = "n"} : () -> i64
    %k = arith.addi %n, %one : i64
    "dsl.cell_set"(%k) {cell = "n"} : (i64) -> ()
  }
  return
}
// CHECK: %[[R:.*]] = scf.for {{.*}} iter_args(%[[N:[a-z0-9]+]] = %{{[a-z0-9_]+}}) -> (i64)
// CHECK-NEXT: %[[K:.*]] = arith.addi %[[N]]
// CHECK-NEXT: scf.yield %[[K]]
// CHECK: return %[[R]]
