// RUN: integer-ranges
func.func @f(%n: i64, %x: i64) -> (i64, i64, i64, i64) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c7 = arith.constant 7 : i64
  %c100 = arith.constant 100 : i64
  %low = arith.maxsi %n, %c0 : i64
  %size = arith.minsi %low, %c100 : i64
  %count = scf.for %i = %c0 to %size step %c1 iter_args(%c = %c7) -> i64 : i64 {
    %twice = arith.addi %i, %i {dsl.checked} : i64
    %even = arith.cmpi slt, %x, %i : i64
    %next = scf.if %even -> i64 {
      %more = arith.addi %c, %c7 {dsl.checked} : i64
      scf.yield %more : i64
    } else {
      scf.yield %c : i64
    }
    scf.yield %next : i64
  }
  %open = scf.while (%k = %c1) : (i64) -> i64 {
    %go = arith.cmpi sle, %k, %n : i64
    %b = arith.cmpi slt, %k, %c100 : i64
    %both = arith.andi %go, %b : i1
    scf.condition(%both) %k : i64
  } do {
  ^bb0(%k: i64):
    %square = arith.muli %k, %k {dsl.checked} : i64
    %j = arith.addi %k, %c1 {dsl.checked} : i64
    scf.yield %j : i64
  }
  %outside = arith.cmpi sge, %x, %c100 : i64
  "dsl.fail"(%outside) {exception = "IndexError", message = ""} : (i1) -> ()
  %negative = arith.cmpi slt, %x, %c0 : i64
  %k = arith.select %negative, %c0, %x : i64
  %same = arith.addi %k, %c0 : i64
  %wraps = arith.addi %x, %n : i64
  return %count, %open, %same, %wraps : i64, i64, i64, i64
}
// CHECK: arith.minsi %{{.*}} {within = "0 to 100"}
// CHECK: scf.for
// CHECK: arith.addi %{{.*}} {dsl.checked, within = "0 to 198"}
// CHECK: arith.addi %{{.*}} {dsl.checked, within = "14 to 714"}
// CHECK: {within = "7 to 714"}
// CHECK: {within = "7 to 707"}
// CHECK: arith.muli %{{.*}} {dsl.checked, within = "1 to 9801"}
// CHECK: arith.addi %{{.*}} {dsl.checked, within = "2 to 100"}
// CHECK: {within = "1 to 100"}
// CHECK: arith.select %{{.*}} {within = "0 to 99"}
// CHECK: arith.addi %{{.*}} {within = "0 to 99"}
// CHECK: arith.addi %{{.*}} {within = "-9223372036854775808 to 9223372036854775807"}
