// RUN: overflow-checks; clean
func.func @f(%y: f64, %z: f64) -> (i64, i1, i1, i64) {
  %low = arith.constant 0.0 : f64
  %same = arith.constant 0.0 : f64
  %high = arith.constant 3.0 : f64
  %least = arith.constant -9.2233720368547758E+18 : f64
  %bound = arith.constant 9.2233720368547758E+18 : f64
  %infinity = arith.constant 0x7FF0000000000000 : f64
  %true = arith.constant true
  %c0 = arith.constant 0 : i64
  %c3 = arith.constant 3 : i64
  %c4 = arith.constant 4 : i64
  %negative = arith.cmpf ogt, %low, %y : f64
  %positive = arith.select %negative, %same, %y : f64
  %beyond = arith.cmpf olt, %high, %positive : f64
  %x = arith.select %beyond, %high, %positive : f64
  %nan = arith.cmpf uno, %x, %x : f64
  "dsl.fail"(%nan) {exception = "ValueError", message = "cannot convert float NaN to integer"} : (i1) -> ()
  %above = arith.cmpf oge, %x, %least : f64
  %below = arith.cmpf olt, %x, %bound : f64
  %fits = arith.andi %below, %above : i1
  %outside = arith.xori %fits, %true : i1
  %size = math.absf %x : f64
  %infinite = arith.cmpf oeq, %size, %infinity : f64
  "dsl.fail"(%infinite) {exception = "OverflowError", message = "cannot convert float infinity to integer"} : (i1) -> ()
  "dsl.fail"(%outside, %x) {exception = "OverflowError", message = "does not fit"} : (i1, f64) -> ()
  %safe = arith.select %fits, %x, %low : f64
  %i = arith.fptosi %safe : f64 to i64
  %far = arith.cmpi sge, %i, %c4 : i64
  %last = arith.cmpi sge, %i, %c3 : i64
  %wild = arith.fptosi %x : f64 to i64
  %whether = arith.cmpi sge, %wild, %c4 : i64
  %chosen = arith.select %whether, %c0, %wild : i64
  return %i, %far, %last, %chosen : i64, i1, i1, i64
}
// A clamped float is NaN or fits: one check is left. What may be converted from NaN is not known.
// CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[X:.*]], %[[X]]
// CHECK-NEXT: "dsl.fail"(%[[NAN]])
// CHECK-NOT: "dsl.fail"
// CHECK: %[[SAFE:.*]] = arith.select %[[NAN]], %{{.*}}, %[[X]]
// CHECK-NEXT: %[[I:.*]] = arith.fptosi %[[SAFE]] : f64 to i64
// CHECK: %[[LAST:.*]] = arith.cmpi sge, %[[I]]
// CHECK: %[[WILD:.*]] = arith.fptosi %[[X]]
// CHECK: arith.cmpi sge, %[[WILD]]
// CHECK: return %[[I]], %false, %[[LAST]]
