// RUN: fission
func.func @f(%a: memref<99xf64>, %b: memref<99xf64>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %g = memref.load %b[%i] : memref<99xf64>
    %x = memref.load %a[%i] : memref<99xf64>
    %x1 = arith.addf %x, %g : f64 loc("adjoint"("f.py":1:1))
    memref.store %x1, %a[%i] : memref<99xf64> loc("adjoint"("f.py":1:1))
    %j = arith.addi %i, %c1 : index
    %y = memref.load %a[%j] : memref<99xf64>
    %y1 = arith.addf %y, %g : f64 loc("adjoint"("f.py":1:1))
    memref.store %y1, %a[%j] : memref<99xf64> loc("adjoint"("f.py":1:1))
  }
  return
}
// CHECK-COUNT-2: scf.for
// CHECK-NOT: scf.for
