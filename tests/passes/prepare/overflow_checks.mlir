// RUN: overflow-checks
func.func @f(%a: i64, %b: i64, %n: i64) -> (i64, i64, i64, i64, i64) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c3 = arith.constant 3 : i64
  %unused = arith.muli %a, %a {dsl.checked} : i64
  %numpy = arith.muli %a, %b : i64
  %sum = arith.addi %a, %b {dsl.checked} : i64
  %more = arith.addi %a, %c3 {dsl.checked} : i64
  %product = arith.muli %a, %b {dsl.checked} : i64
  %count = scf.for %i = %c0 to %n step %c1 iter_args(%c = %c0) -> i64 : i64 {
    %next = arith.addi %c, %c3 {dsl.checked} : i64
    scf.yield %next : i64
  }
  return %numpy, %sum, %more, %product, %count : i64, i64, i64, i64, i64
}
// CHECK-NOT: dsl.checked
// CHECK: arith.muli %arg0, %arg1 : i64
// CHECK-NEXT: %[[SUM:.*]] = arith.addi %arg0, %arg1
// CHECK-NEXT: %[[A:.*]] = arith.xori %arg0, %[[SUM]]
// CHECK-NEXT: %[[B:.*]] = arith.xori %arg1, %[[SUM]]
// CHECK-NEXT: %[[SIGNS:.*]] = arith.andi %[[A]], %[[B]]
// CHECK: %[[OVER:.*]] = arith.cmpi slt, %[[SIGNS]]
// CHECK-NEXT: "dsl.fail"(%[[OVER]]) {exception = "OverflowError", message = "an int of more than 64 bits"}
// CHECK: arith.addi %arg0
// CHECK: %[[MOST:.*]] = arith.constant 9223372036854775804
// CHECK: %[[FAR:.*]] = arith.cmpi sgt, %arg0, %[[MOST]]
// CHECK-NEXT: "dsl.fail"(%[[FAR]])
// CHECK: arith.muli
// CHECK: arith.mulsi_extended %arg0, %arg1
// CHECK: arith.cmpi ne
// CHECK: "dsl.fail"
// CHECK: arith.cmpi sgt, %arg2
// CHECK-NEXT: "dsl.fail"{{.*}}"a loop of more than 2**56 turns"
// CHECK: "dsl.failed"
// CHECK: arith.select
// CHECK: scf.for
// CHECK-NEXT: arith.addi
// CHECK-NEXT: scf.yield
