"""Arrays in kernels: updated in place where that is sound, copied where an old version is still read."""

import random

import numpy as np
import pytest

from tests.support.kernels import agrees, build, stages

INPLACE = """
func.func @f(%a: tensor<8xf64>, %n: i64) -> (f64, tensor<8xf64> {dsl.updates = 0 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %z = arith.constant 0.0 : f64
  %r:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%t = %a, %s = %z) -> (tensor<8xf64>, f64) {
    %v = tensor.extract %t[%i] : tensor<8xf64>
    %w = arith.addf %v, %s : f64
    %big = arith.cmpf ogt, %w, %z : f64
    %t1 = scf.if %big -> tensor<8xf64> {
      %t2 = tensor.insert %w into %t[%i] : tensor<8xf64>
      scf.yield %t2 : tensor<8xf64>
    } else {
      scf.yield %t : tensor<8xf64>
    }
    scf.yield %t1, %w : tensor<8xf64>, f64
  }
  return %r#1, %r#0 : f64, tensor<8xf64>
}"""


def test_updates_happen_in_place():
    f = build(INPLACE)
    before = np.linspace(-1, 1, 8)
    kept = before.copy()
    agrees(INPLACE, before, 3, executable=f)
    np.testing.assert_array_equal(before, kept)
    tensors = stages(INPLACE)["tensors"]
    assert "memref.alloc" not in tensors and tensors.count("scf.for") == 1


def test_old_versions_are_copied():
    text = """
    func.func @f(%a: tensor<3xf32>, %x: f32) -> (tensor<3xf32>, tensor<3xf32>, f32) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %b = tensor.insert %x into %a[%c0] : tensor<3xf32>
      %c = tensor.insert %x into %b[%c1] : tensor<3xf32>
      %old = tensor.extract %b[%c1] : tensor<3xf32>
      return %b, %c, %old : tensor<3xf32>, tensor<3xf32>, f32
    }"""
    agrees(text, np.arange(3, dtype=np.float32), np.float32(9))


def test_two_arrays_swap_in_a_loop():
    text = """
    func.func @f(%a: tensor<2x3xf64>, %b: tensor<2x3xf64>, %n: i64)
        -> (tensor<2x3xf64> {dsl.updates = 1 : i64}, tensor<2x3xf64> {dsl.updates = 0 : i64}) {
      %c0 = arith.constant 0 : i64
      %c1 = arith.constant 1 : i64
      %i0 = arith.constant 0 : index
      %i1 = arith.constant 1 : index
      %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (tensor<2x3xf64>, tensor<2x3xf64>) : i64 {
        %v = tensor.extract %p[%i1, %i0] : tensor<2x3xf64>
        %w = arith.addf %v, %v : f64
        %q1 = tensor.insert %w into %q[%i0, %i1] : tensor<2x3xf64>
        scf.yield %q1, %p : tensor<2x3xf64>, tensor<2x3xf64>
      }
      return %r#0, %r#1 : tensor<2x3xf64>, tensor<2x3xf64>
    }"""
    f = build(text)
    for n in (0, 1, 2, 3):
        agrees(text, np.arange(6.0).reshape(2, 3), np.arange(6.0, 12).reshape(2, 3), n, executable=f)


def test_local_arrays_small_and_large():
    text = """
    func.func @f(%x: f64) -> (f64, tensor<1000xf64>) {{
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c7 = arith.constant 7 : index
      %c9 = arith.constant 9 : index
      %s = tensor.splat %x : tensor<{size}xf64>
      %k = arith.constant dense<[1.5, 2.5, 3.5]> : tensor<3xf64>
      %z = arith.constant dense<0.25> : tensor<1000xf64>
      %r:2 = scf.for %i = %c0 to %c9 step %c1 iter_args(%t = %s, %u = %z) -> (tensor<{size}xf64>, tensor<1000xf64>) {{
        %v = tensor.extract %t[%i] : tensor<{size}xf64>
        %q = tensor.extract %k[%c1] : tensor<3xf64>
        %w = arith.mulf %v, %q : f64
        %t1 = tensor.insert %w into %t[%c7] : tensor<{size}xf64>
        %u1 = tensor.insert %w into %u[%i] : tensor<1000xf64>
        scf.yield %t1, %u1 : tensor<{size}xf64>, tensor<1000xf64>
      }}
      %y = tensor.extract %r#0[%c7] : tensor<{size}xf64>
      return %y, %r#1 : f64, tensor<1000xf64>
    }}"""
    for size, place in ((16, "memref.alloca"), (5000, "memref<5000xf64>")):
        sized = text.format(size=size)
        agrees(sized, 0.5)
        assert place in stages(sized)["tensors"]


def test_element_types_shapes_and_empty_arrays():
    for element, dtype in (("i1", bool), ("i32", "i4"), ("i64", "i8"), ("f16", "f2"), ("f32", "f4"), ("f64", "f8")):
        text = f"""
        func.func @f(%a: tensor<{element}>, %b: tensor<2x2x{element}>, %e: tensor<0x3x{element}>)
            -> (tensor<2x2x{element}>, tensor<{element}>, tensor<0x3x{element}>) {{
          %c1 = arith.constant 1 : index
          %v = tensor.extract %a[] : tensor<{element}>
          %r = tensor.insert %v into %b[%c1, %c1] : tensor<2x2x{element}>
          return %r, %a, %e : tensor<2x2x{element}>, tensor<{element}>, tensor<0x3x{element}>
        }}"""
        agrees(text, np.array(1, dtype), np.zeros((2, 2), dtype), np.zeros((0, 3), dtype))


def test_wrong_arrays_are_refused():
    f = build("func.func @f(%a: tensor<4xf64>) -> tensor<4xf64> { return %a : tensor<4xf64> }")
    for wrong in (np.zeros(3), np.zeros(4, np.float32), [[1.0] * 4] * 2, None):
        with pytest.raises(TypeError, match=r"f64\[4\]"):
            f([wrong])


class Generator:
    """A random program on three arrays: inserts, reads of any visible version, branches, loops of both kinds."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.lines, self.counter = [], 0

    def fresh(self) -> str:
        self.counter += 1
        return f"%v{self.counter}"

    def emit(self, text: str) -> None:
        self.lines.append(text)

    def program(self) -> str:
        arrays, seen = ["%a", "%b", "%l"], ["%a", "%b", "%l"]
        self.emit("%l = tensor.splat %x : tensor<4xf64>")
        self.statements(arrays, seen, 3)
        total = "%x"
        for version in self.random.sample(seen, min(4, len(seen))):
            total = self.read(version, total)
        body = "\n".join(self.lines)
        constants = "\n".join(f"%i{k} = arith.constant {k} : index" for k in range(4))
        results = f"{total}, {arrays[0]}, {arrays[1]}, {arrays[2]}"
        return f"""
        func.func @f(%a: tensor<4xf64>, %b: tensor<4xf64>, %x: f64) -> (f64, tensor<4xf64> {{dsl.updates = 0 : i64}},
            tensor<4xf64>, tensor<4xf64>) {{
          {constants}
          %zero = arith.constant 0.0 : f64
          %five = arith.constant 5.0 : f64
          {body}
          return {results} : f64, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
        }}"""

    def read(self, version: str, total: str) -> str:
        value, out = self.fresh(), self.fresh()
        self.emit(f"{value} = tensor.extract {version}[%i{self.random.randrange(4)}] : tensor<4xf64>")
        self.emit(f"{out} = arith.addf {total}, {value} : f64")
        return out

    def statements(self, arrays: list, seen: list, depth: int) -> None:
        for _ in range(self.random.randint(1, 4)):
            kinds = [self.insert, self.insert, self.swap]
            self.random.choice(kinds + ([self.branch, self.loop, self.endless] if depth else []))(arrays, seen, depth)

    def insert(self, arrays, seen, depth):
        k = self.random.randrange(3)
        value = self.read(self.random.choice(seen), "%x")
        scaled, out = self.fresh(), self.fresh()
        self.emit(f"{scaled} = arith.mulf {value}, %five : f64")
        source = self.random.choice(seen) if self.random.random() < 0.2 else arrays[k]
        self.emit(f"{out} = tensor.insert {scaled} into {source}[%i{self.random.randrange(4)}] : tensor<4xf64>")
        arrays[k] = out
        seen.append(out)

    def swap(self, arrays, seen, depth):
        self.random.shuffle(arrays)

    def branch(self, arrays, seen, depth):
        value, cond, out = self.read(self.random.choice(seen), "%x"), self.fresh(), self.fresh()
        self.emit(f"{cond} = arith.cmpf ogt, {value}, %zero : f64")
        self.emit(f"{out}:3 = scf.if {cond} -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {{")
        self.inner(arrays, seen, depth, "scf.yield")
        self.emit("} else {")
        self.inner(arrays, seen, depth, "scf.yield")
        self.finish(out, arrays, seen)

    def loop(self, arrays, seen, depth):
        out, induction = self.fresh(), self.fresh()
        inside = [self.fresh() for _ in range(3)]
        carried = ", ".join(f"{i} = {a}" for i, a in zip(inside, arrays))
        self.emit(f"{out}:3 = scf.for {induction} = %i0 to %i{self.random.randrange(4)} step %i1 iter_args({carried})")
        self.emit("-> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {")
        self.inner(inside, [*seen, *inside], depth, "scf.yield")
        self.finish(out, arrays, seen)

    def endless(self, arrays, seen, depth):
        out, cond, next = self.fresh(), self.fresh(), self.fresh()
        before, after = [self.fresh() for _ in range(4)], [self.fresh() for _ in range(4)]
        types = "(index, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)"
        carried = ", ".join(f"{i} = {a}" for i, a in zip(before, ["%i0", *arrays]))
        self.emit(f"{out}w:4 = scf.while ({carried}) : {types} -> {types} {{")
        self.emit(f"{cond} = arith.cmpi ult, {before[0]}, %i{self.random.randrange(4)} : index")
        self.inner(before[1:], [*seen, *before[1:]], depth, f"scf.condition({cond}) {before[0]},", "index, ")
        names = ", ".join(f"{a}: {t}" for a, t in zip(after, ["index"] + ["tensor<4xf64>"] * 3))
        self.emit(f"}} do {{ ^bb0({names}):")
        self.emit(f"{next} = arith.addi {after[0]}, %i1 : index")
        self.inner(after[1:], [*seen, *after[1:]], depth, f"scf.yield {next},", "index, ")
        self.finish(f"{out}w", arrays, seen, 1)

    def inner(self, arrays, seen, depth, terminator, types=""):
        arrays, seen = list(arrays), list(seen)
        if self.random.random() < 0.9:
            self.statements(arrays, seen, depth - 1)
        self.emit(f"{terminator} {', '.join(arrays)} : {types}tensor<4xf64>, tensor<4xf64>, tensor<4xf64>")

    def finish(self, out, arrays, seen, skip=0):
        self.emit("}")
        arrays[:] = [f"{out}#{k + skip}" for k in range(3)]
        seen.extend(arrays)


@pytest.mark.parametrize("seed", range(24))
def test_random_array_programs(seed):
    text = Generator(seed).program()
    with np.errstate(all="ignore"):
        agrees(text, np.array([1.0, -2, 3, -4]), np.array([0.5, -0.25, 2, 8]), -0.75)


def test_half_precision_constants():
    from iree.compiler import ir

    from dsl.passes.ir.dense_constants import constant_elements

    with ir.Context(), ir.Location.unknown():
        attribute = ir.Attribute.parse("dense<[0.5, -1.5, 0x7C00]> : tensor<3xf16>")
        elements = constant_elements(ir.DenseElementsAttr(attribute), attribute.type)
        assert [element.value for element in elements] == [0.5, -1.5, float("inf")]


@pytest.mark.parametrize("element", ["i1", "i32", "i64", "f32", "f64"])
def test_constant_arrays(element):
    values = {"i": "[1, -2, 3]", "f": "[0.5, -1.5, 0.1]"}[element[0]] if element != "i1" else "[true, false, true]"
    dtype = {"i1": "?", "i32": "i4", "i64": "i8", "f32": "f4", "f64": "f8"}[element]
    for elements in (values, values[1:].split(",")[0]):
        text = f"""
        func.func @f(%n: i64, %x: {element}) -> ({element}, tensor<3x{element}>) {{
          %i = arith.index_cast %n : i64 to index
          %k = arith.constant dense<{elements}> : tensor<3x{element}>
          %y = tensor.extract %k[%i] : tensor<3x{element}>
          %k2 = tensor.insert %x into %k[%i] : tensor<3x{element}>
          return %y, %k2 : {element}, tensor<3x{element}>
        }}"""
        agrees(text, 1, np.dtype(dtype).type(1))
