"""Expressions over SSA values: what makes an expansion read like its formula.

`Num` wraps one SSA value (scalar or vector, float, integer or i1) with Python's operators; Python numbers become
constants of the other operand's type.

What the compilers may do to floating-point operations. llvm-cpu: IREE marks them `contract`, so that a product used
only once may fuse with a sum; error-free transformations use their products twice. cuda: nothing (`mul.rn`, `add.rn` in
the PTX). vulkan: drivers may fuse and reassociate (Mesa folds (a + b) - a to b), so there every sum, difference and
product is a `spirv` operation carrying `no_contraction`, which Mesa and others honour as "exact".

Subnormals: IREE's CPU executors flush subnormal results to zero and read subnormal operands as zero. Expansions must be
right with and without that, so they build and take apart subnormals with integer operations only.
"""
from dataclasses import dataclass

import numpy as np
from iree.compiler import ir

from dsl.passes.options import MathOptions

_ORDERED = {"==": 1, ">": 2, ">=": 3, "<": 4, "<=": 5, "!=": 13}  # arith.cmpf predicates; != is unordered (NaN != NaN)
_SIGNED = {"==": 0, "!=": 1, "<": 2, "<=": 3, ">": 4, ">=": 5, "ult": 6, "ule": 7, "ugt": 8, "uge": 9}
_SPIRV = {"addf": "FAdd", "subf": "FSub", "mulf": "FMul"}


@dataclass(frozen=True)
class Format:
    """A binary floating-point format."""

    width: int
    mantissa: int  # stored bits
    bias: int
    dtype: type

    def number(self, double, single):
        """Pick a constant or a table by format."""
        return double if self.width == 64 else single

    @property
    def tiny(self):
        """The smallest normal number."""
        return 2.0 ** (1 - self.bias)

    @property
    def exponent_mask(self):
        return (2 * self.bias + 1) << self.mantissa

    @property
    def sign_mask(self):
        return 1 << (self.width - 1)


F32, F64 = Format(32, 23, 127, np.float32), Format(64, 52, 1023, np.float64)


class Emitter:
    """Emits operations before one operation, with that operation's location."""

    def __init__(self, op, options: MathOptions):
        self.loc, self.ip, self.context = op.location, ir.InsertionPoint(op), op.context
        self.options = options
        kind = op.operands[0].type
        self.vector = ir.VectorType(kind) if isinstance(kind, ir.VectorType) else None
        element = self.vector.element_type if self.vector else kind
        self.fmt = F64 if isinstance(element, ir.F64Type) else F32
        with self.context:
            self.f64, self.f32, self.i1 = ir.F64Type.get(), ir.F32Type.get(), ir.IntegerType.get_signless(1)
            self.i64 = ir.IntegerType.get_signless(64)
            self.float_type = self.shaped(self.f64 if self.fmt is F64 else self.f32)
            self.int_type = self.shaped(ir.IntegerType.get_signless(self.fmt.width))
            self.bool_type = self.shaped(self.i1)
        self._constants = {}

    def shaped(self, element):
        """`element`, or the vector of it of this expansion's shape."""
        if self.vector is None:
            return element
        return ir.VectorType.get(self.vector.shape, element, loc=self.loc)

    def op(self, name, result, *operands, **attributes):
        made = ir.Operation.create(name, results=[result], operands=[o.value for o in operands],
                                   attributes=attributes, loc=self.loc, ip=self.ip)
        return Num(self, made.results[0])

    def wrap(self, value):
        return Num(self, value)

    def widen(self, value):
        """An operand; one narrower than f32 is extended to that, in which its functions are computed."""
        kind = value.type.element_type if isinstance(value.type, ir.VectorType) else value.type
        narrow = isinstance(kind, ir.FloatType) and kind.width < 32
        return self.op("arith.extf", self.float_type, Num(self, value)) if narrow else Num(self, value)

    def narrow(self, result, kind):
        """The opposite, for a result that should be of type `kind`."""
        same = result.type == kind or not result.is_float
        return result if same else self.op("arith.truncf", kind, result)

    def constant(self, number, kind):
        """A constant (Python number) of a float, integer or i1 type, scalar or vector."""
        element = kind.element_type if isinstance(kind, ir.VectorType) else kind
        if isinstance(element, ir.IntegerType):
            bits = element.width
            number = (int(number) + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1)) if bits > 1 else int(number)
            attribute = ir.IntegerAttr.get(element, number)
        else:
            attribute = ir.FloatAttr.get(element, float(number), loc=self.loc)  # rounds to nearest
        if kind is not element and isinstance(kind, ir.VectorType):
            attribute = ir.DenseElementsAttr.get_splat(kind, attribute)
        return self.op("arith.constant", kind, value=attribute)

    def lift(self, number, kind):
        """`number` itself if it is a Num, else a constant of type `kind`."""
        return number if isinstance(number, Num) else self.constant(number, kind)

    def float(self, number):
        return self.lift(number, self.float_type)

    def int(self, number):
        return self.lift(number, self.int_type)

    def from_bits(self, number):
        return self.int(number).as_float()


class Num:
    """An SSA value with operators. Comparisons give i1; `~ & | ^` work on integers and on i1."""

    __slots__ = ("e", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, e, value):
        self.e, self.value = e, value

    @property
    def type(self):
        return self.value.type

    @property
    def element(self):
        kind = self.type
        return kind.element_type if isinstance(kind, ir.VectorType) else kind

    @property
    def is_float(self):
        return not isinstance(self.element, ir.IntegerType)

    def _binary(self, other, name, swap=False):
        other = self.e.lift(other, self.type)
        a, b = (other, self) if swap else (self, other)
        if self.is_float:
            if self.e.options.no_contraction and name in ("add", "sub", "mul") and self.e.vector is None:
                return self.e.op("spirv." + _SPIRV[name + "f"], self.type, a, b, no_contraction=ir.UnitAttr.get(
                    self.e.context))
            return self.e.op(f"arith.{name}f", self.type, a, b)
        return self.e.op(f"arith.{name}i", self.type, a, b)

    def __add__(self, other): return self._binary(other, "add")
    def __sub__(self, other): return self._binary(other, "sub")
    def __mul__(self, other): return self._binary(other, "mul")
    def __radd__(self, other): return self._binary(other, "add", swap=True)
    def __rsub__(self, other): return self._binary(other, "sub", swap=True)
    def __rmul__(self, other): return self._binary(other, "mul", swap=True)
    def __truediv__(self, other): return self._binary(other, "div")
    def __rtruediv__(self, other): return self._binary(other, "div", swap=True)
    def __neg__(self): return self.e.op("arith.negf", self.type, self) if self.is_float else 0 - self
    def __and__(self, other): return self._binary(other, "and")
    def __or__(self, other): return self._binary(other, "or")
    def __xor__(self, other): return self._binary(other, "xor")
    def __invert__(self): return self ^ (1 if self.element.width == 1 else -1)
    def __lshift__(self, other): return self._binary(other, "shl")

    def __rshift__(self, other):
        """Arithmetic shift."""
        return self.e.op("arith.shrsi", self.type, self, self.e.lift(other, self.type))

    def logical_shift(self, other):
        return self.e.op("arith.shrui", self.type, self, self.e.lift(other, self.type))

    def unsigned_remainder(self, other):
        return self.e.op("arith.remui", self.type, self, self.e.lift(other, self.type))

    def compare(self, predicate, other):
        name, table = ("arith.cmpf", _ORDERED) if self.is_float else ("arith.cmpi", _SIGNED)
        with self.e.context:
            code = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), table[predicate])
        return self.e.op(name, self.e.bool_type, self, self.e.lift(other, self.type), predicate=code)

    def __lt__(self, other): return self.compare("<", other)
    def __le__(self, other): return self.compare("<=", other)
    def __gt__(self, other): return self.compare(">", other)
    def __ge__(self, other): return self.compare(">=", other)
    def __eq__(self, other): return self.compare("==", other)
    def __ne__(self, other): return self.compare("!=", other)

    def is_nan(self): return self != self

    def is_zero(self):
        """By its bits, converted and below one: LLVM turns a plain test of the bits for zero into a comparison of
        floats, and that takes a subnormal for zero where the machine flushes them."""
        return (self.bits() & (self.e.fmt.sign_mask - 1)).to_float().bits() < (self.e.fmt.bias << self.e.fmt.mantissa)

    def bits(self):
        """The bit pattern as an integer of the same width."""
        return self.e.op("arith.bitcast", self.e.int_type, self)

    def as_float(self):
        """The float of this bit pattern."""
        return self.e.op("arith.bitcast", self.e.float_type, self)

    def to_float(self):
        """The float of this (signed) integer value."""
        return self.e.op("arith.sitofp", self.e.float_type, self)

    def to_int(self):
        """This float, truncated, as an integer of the same width."""
        return self.e.op("arith.fptosi", self.e.int_type, self)

    def abs(self):
        return self.e.op("math.absf", self.type, self)

    def sqrt(self):
        return self.e.op("math.sqrt", self.type, self)

    def trunc(self):
        """Towards zero. Old CPUs have no instruction for it, and IREE links no function."""
        if self.e.options.native_rounding:
            return self.e.op("math.trunc", self.type, self)
        a, anchor = self.abs(), 2.0**self.e.fmt.mantissa
        near = (a + anchor) - anchor
        near = select(near > a, near - 1.0, near)
        return select(a < anchor, near, a).with_sign(self.sign_bits())

    def floor(self):
        if self.e.options.native_rounding:
            return self.e.op("math.floor", self.type, self)
        whole = self.trunc()
        return select(whole > self, whole - 1.0, whole)

    def ceil(self):
        if self.e.options.native_rounding:
            return self.e.op("math.ceil", self.type, self)
        whole = self.trunc()
        return select(whole < self, whole + 1.0, whole)

    def sign_bits(self):
        """The sign bit in place, all others zero."""
        return self.bits() & self.e.fmt.sign_mask

    def with_sign(self, sign_bits):
        """This number, whose sign is plus, with these sign bits."""
        return (self.bits() | sign_bits).as_float()

    def flip_sign(self, sign_bits):
        """This number, negated where the sign bit is set."""
        return (self.bits() ^ sign_bits).as_float()


def select(condition, yes, no):
    """`yes` where `condition` holds, else `no`; one of the two may be a Python number."""
    kind = yes.type if isinstance(yes, Num) else no.type if isinstance(no, Num) else condition.e.float_type
    e = condition.e
    return e.op("arith.select", kind, condition, e.lift(yes, kind), e.lift(no, kind))


def multiply_add(a, b, c):
    """a * b + c in one operation where the machine has one. It may round twice: for speed, not for exactness."""
    e = next(n.e for n in (a, b, c) if isinstance(n, Num))
    a, b, c = e.float(a), e.float(b), e.float(c)
    if not e.options.exact_fma and not e.options.no_contraction:
        return a * b + c
    if e.options.no_contraction and e.vector is None:
        return e.op("spirv.GL.Fma", e.float_type, a, b, c, no_contraction=ir.UnitAttr.get(e.context))
    return e.op("math.fma", e.float_type, a, b, c)


def minimum(a, b):
    """The smaller; `b` if either is NaN."""
    return select(a < b, a, b)


def maximum(a, b):
    """The larger; `b` if either is NaN."""
    return select(a > b, a, b)


def polynomial(x, coefficients):
    """c[0] + c[1] x + c[2] x² + …, in Estrin's order (depth log n instead of n)."""
    terms, power = [x.e.float(c) for c in coefficients], x
    while len(terms) > 1:
        pairs = [multiply_add(b, power, a) for a, b in zip(terms[::2], terms[1::2])]
        terms = pairs + terms[len(pairs) * 2:]
        if len(terms) > 1:
            power = power * power
    return terms[0]


def horner(x, coefficients):
    """The same in Horner's order: fewest operations, and the most accurate where all coefficients have one sign."""
    value = x.e.float(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        value = multiply_add(value, x, c)
    return value
