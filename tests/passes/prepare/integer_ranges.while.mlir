// RUN: integer-ranges
// An index that was in bounds, from the front or from the back, is as small; a loop that counts down to 0 has as many
// turns as its start allows.
func.func @f(%n: i64, %b: i1) -> (i64, i64) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %size = arith.constant 11 : i64
  %false = arith.constant false
  %negative = arith.cmpi slt, %n, %zero : i64
  %back = arith.addi %n, %size : i64
  %place = arith.select %negative, %back, %n : i64
  %over = arith.cmpi sge, %place, %size : i64
  %under = arith.cmpi slt, %place, %zero : i64
  %outside = arith.ori %under, %over : i1
  "dsl.fail"(%outside) {exception = "IndexError", message = ""} : (i1) -> ()
  %next = arith.addi %n, %one : i64
  %left, %turns = scf.while (%i = %next, %t = %zero) : (i64, i64) -> (i64, i64) {
    %some = arith.cmpi sge, %i, %zero : i64
    %more = scf.if %some -> (i1) {
      scf.yield %b : i1
    } else {
      scf.yield %false : i1
    }
    scf.condition(%more) %i, %t : i64, i64
  } do {
  ^bb0(%i: i64, %t: i64):
    %down = arith.subi %i, %one : i64
    %counted = arith.addi %t, %one {dsl.checked} : i64
    scf.yield %down, %counted : i64, i64
  }
  %first = arith.addi %left, %zero : i64
  %second = arith.addi %turns, %zero : i64
  return %first, %second : i64, i64
}
// CHECK: arith.addi {{.*}} {within = "-10 to 11"}
// CHECK: arith.subi {{.*}} {within = "-1 to 10"}
// CHECK: arith.addi {{.*}} {dsl.checked, within = "1 to 13"}
