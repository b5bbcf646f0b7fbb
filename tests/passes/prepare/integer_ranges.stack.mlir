// RUN: integer-ranges
// What is popped at a site is one of the numbers that are pushed there; behind a loop that ends by a flag, everything
// is what an iteration handed on, as the flag is not set where the loop starts.
func.func @f(%x: f64) -> (i64, i64) {
  %end = arith.constant -1 : i64
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %ten = arith.constant 10 : i64
  %false = arith.constant false
  %true = arith.constant true
  "dsl.push"(%end) {site = 0 : i64, tape = "control"} : (i64) -> ()
  %0:3 = scf.while (%pc = %zero, %low = %zero, %high = %ten) : (i64, i64, i64) -> (i64, i64, i64) {
    %go = arith.cmpi ne, %pc, %end : i64
    scf.condition(%go) %pc, %low, %high : i64, i64, i64
  } do {
  ^bb0(%pc: i64, %low: i64, %high: i64):
    %enters = arith.cmpi eq, %pc, %zero : i64
    %1:3 = scf.if %enters -> (i64, i64, i64) {
      %done = arith.cmpi sge, %low, %high : i64
      %2:3 = scf.if %done -> (i64, i64, i64) {
        %next = "dsl.pop"() {site = 0 : i64, tape = "control"} : () -> i64
        scf.yield %next, %low, %high : i64, i64, i64
      } else {
        %before = arith.addi %high, %one {dsl.checked} : i64
        %at:2 = scf.while (%j = %before, %stop = %false) : (i64, i1) -> (i64, i1) {
          %fine = arith.xori %stop, %true : i1
          scf.condition(%fine) %j, %stop : i64, i1
        } do {
        ^bb0(%j: i64, %stop: i1):
          %down = arith.subi %j, %one {dsl.checked} : i64
          %over = arith.cmpi sgt, %down, %ten : i64
          %under = arith.cmpi slt, %down, %zero : i64
          %outside = arith.ori %under, %over : i1
          "dsl.fail"(%outside) {exception = "IndexError", message = ""} : (i1) -> ()
          %y = arith.sitofp %down : i64 to f64
          %found = arith.cmpf olt, %y, %x : f64
          scf.yield %down, %found : i64, i1
        }
        "dsl.push"(%at#0, %high) {site = 1 : i64, tape = "locals"} : (i64, i64) -> ()
        "dsl.push"(%one) {site = 0 : i64, tape = "control"} : (i64) -> ()
        scf.yield %zero, %low, %at#0 : i64, i64, i64
      }
      scf.yield %2#0, %2#1, %2#2 : i64, i64, i64
    } else {
      %3:2 = "dsl.pop"() {site = 1 : i64, tape = "locals"} : () -> (i64, i64)
      %first = arith.addi %3#0, %one {dsl.checked} : i64
      %last = arith.addi %3#1, %zero {dsl.checked} : i64
      scf.yield %zero, %first, %last : i64, i64, i64
    }
    scf.yield %1#0, %1#1, %1#2 : i64, i64, i64
  }
  %low = arith.addi %0#1, %zero : i64
  %high = arith.addi %0#2, %zero : i64
  return %low, %high : i64, i64
}
// CHECK: "dsl.pop"() {site = 0 : i64, tape = "control", within = "-1 to 1"}
// CHECK: arith.addi {{.*}} {dsl.checked, within = "2 to 11"}
// CHECK: arith.subi {{.*}} {dsl.checked, within = "-1 to 10"}
// CHECK: "dsl.pop"() {site = 1 : i64, tape = "locals"}
// CHECK: arith.addi {{.*}} {dsl.checked, within = "1 to 11"}
// CHECK: arith.addi {{.*}} {dsl.checked, within = "1 to 10"}
// CHECK: arith.addi {{.*}} {within = "0 to 11"}
// CHECK: arith.addi {{.*}} {within = "0 to 10"}
