// RUN: integer-ranges
// A loop that halves has as many turns as its start has bits, one that doubles as many as its limit, and one that goes
// on while a bit is set ends when the bit is shifted out: so counters in them are small.
func.func @f(%any: i64) -> (i64, i64, i64) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %start = arith.constant 100 : i64
  %eight = arith.constant 8 : i64
  %half:2 = scf.while (%n = %start, %t = %zero) : (i64, i64) -> (i64, i64) {
    %more = arith.cmpi sgt, %n, %one : i64
    scf.condition(%more) %n, %t : i64, i64
  } do {
  ^bb0(%n: i64, %t: i64):
    %next = arith.shrsi %n, %one : i64
    %counted = arith.addi %t, %one {dsl.checked} : i64
    scf.yield %next, %counted : i64, i64
  }
  %double:2 = scf.while (%n = %one, %t = %zero) : (i64, i64) -> (i64, i64) {
    %more = arith.cmpi sle, %n, %start : i64
    scf.condition(%more) %n, %t : i64, i64
  } do {
  ^bb0(%n: i64, %t: i64):
    %next = arith.shli %n, %one {dsl.checked} : i64
    %counted = arith.addi %t, %one {dsl.checked} : i64
    scf.yield %next, %counted : i64, i64
  }
  %bit:2 = scf.while (%b = %eight, %t = %zero) : (i64, i64) -> (i64, i64) {
    %common = arith.andi %any, %b : i64
    %set = arith.cmpi ne, %common, %zero : i64
    scf.condition(%set) %b, %t : i64, i64
  } do {
  ^bb0(%b: i64, %t: i64):
    %next = arith.shrsi %b, %one : i64
    %counted = arith.addi %t, %one {dsl.checked} : i64
    scf.yield %next, %counted : i64, i64
  }
  %first = arith.addi %half#1, %zero : i64
  %second = arith.addi %double#1, %zero : i64
  %third = arith.addi %bit#1, %zero : i64
  return %first, %second, %third : i64, i64, i64
}
// CHECK: arith.shrsi {{.*}} {within = "1 to 50"}
// CHECK: arith.addi {{.*}} {dsl.checked, within = "1 to 8"}
// CHECK: arith.shli {{.*}} {dsl.checked, within = "2 to 200"}
// CHECK: arith.addi {{.*}} {dsl.checked, within = "1 to 9"}
// CHECK: arith.andi {{.*}} {within = "0 to 8"}
// CHECK: arith.addi {{.*}} {dsl.checked, within = "1 to 6"}
// CHECK: arith.addi {{.*}} {within = "1 to 7"}
// CHECK: arith.addi {{.*}} {within = "1 to 8"}
// CHECK: arith.addi {{.*}} {within = "0 to 5"}
