"""Arithmetic on MLIR values written as Python arithmetic.

`Expr` wraps a float or integer scalar (or vector) value; its operators emit `arith` operations at the current
insertion point with the current location, so that a derivative rule reads like its formula. A Python number met on
the way becomes a constant of the other operand's type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from iree.compiler import ir


def emit(name: str, operands, result_types=(), **attributes) -> ir.Operation:
    """Create an operation at the current insertion point."""
    return ir.Operation.create(name, results=list(result_types), operands=list(operands), attributes=attributes)


def element_type(type_: ir.Type) -> ir.Type:
    """The scalar type of a scalar, vector or tensor type."""
    return ir.ShapedType(type_).element_type if isinstance(type_, ir.ShapedType) else type_


def is_float(type_: ir.Type) -> bool:
    """Whether values of this type carry derivatives: floats, and tensors or vectors of floats."""
    return isinstance(element_type(type_), ir.FloatType)


def is_tensor(value: ir.Value) -> bool:
    """Whether the value is a whole array."""
    return isinstance(value.type, ir.RankedTensorType)


def extent(length: int) -> ir.Value:
    """The length of a tensor's axis. One that is known only at run time is that of all lists (docs/ir.md)."""
    index = ir.IndexType.get()
    return constant(length, index) if length >= 0 else emit("dsl.capacity", [], [index]).result


def dynamic_extents(type_: ir.RankedTensorType) -> list[ir.Value]:
    """The lengths of those axes of a tensor that are known only at run time."""
    return [extent(length) for length in type_.shape if length < 0]


def empty(type_: ir.RankedTensorType) -> ir.Value:
    """A tensor whose elements are not set yet."""
    return emit("tensor.empty", dynamic_extents(type_), [type_]).result


def constant(value: bool | int | float, type_: ir.Type) -> ir.Value:
    """An `arith.constant` of a scalar or vector type, or a `tensor.splat` for a tensor type."""
    scalar = element_type(type_)
    number = ir.FloatAttr.get(scalar, float(value)) if is_float(scalar) else ir.IntegerAttr.get(scalar, int(value))
    if isinstance(type_, ir.RankedTensorType):
        scalar_value = emit("arith.constant", [], [scalar], value=number).result
        return emit("tensor.splat", [scalar_value, *dynamic_extents(type_)], [type_]).result
    if isinstance(type_, ir.VectorType):
        number = ir.DenseElementsAttr.get_splat(type_, number)
    return emit("arith.constant", [], [type_], value=number).result


def whole_constant(value: ir.Value, most: int) -> int | None:
    """The whole number that a float constant is, where it lies in -most … most; None of any other value."""
    maker = value.owner
    if isinstance(maker, ir.Block) or maker.name != "arith.constant" or not isinstance(value.type, ir.FloatType):
        return None
    number = ir.FloatAttr(maker.attributes["value"]).value
    return int(number) if abs(number) <= most and number == int(number) else None


_FLOAT_PREDICATES = {"eq": 1, "gt": 2, "ge": 3, "lt": 4, "le": 5, "ne": 13}
_INT_PREDICATES = {"eq": 0, "ne": 1, "lt": 2, "le": 3, "gt": 4, "ge": 5}


@dataclass(frozen=True, eq=False)
class Expr:
    """An SSA value with Python operators."""

    value: ir.Value

    @property
    def origin(self) -> ir.Value:
        """The value as the program has it: to look at what made it does not ask for it."""
        return self.value

    @property
    def type(self) -> ir.Type:
        return self.value.type

    def lift(self, other) -> Expr:
        """`other` as an expression of this one's type."""
        return other if isinstance(other, Expr) else Expr(constant(other, self.type))

    def unary(self, name: str) -> Expr:
        return Expr(emit(name, [self.value], [self.type]).result)

    def binary(self, float_name: str, int_name: str, other) -> Expr:
        name = float_name if is_float(self.type) else int_name
        return Expr(emit(name, [self.value, self.lift(other).value], [self.type]).result)

    def __add__(self, other):
        return self.binary("arith.addf", "arith.addi", other)

    def __sub__(self, other):
        return self.binary("arith.subf", "arith.subi", other)

    def __mul__(self, other):
        return self.binary("arith.mulf", "arith.muli", other)

    def __truediv__(self, other):
        return self.binary("arith.divf", "arith.divsi", other)

    def __radd__(self, other):
        return self.lift(other) + self

    def __rsub__(self, other):
        return self.lift(other) - self

    def __rmul__(self, other):
        return self.lift(other) * self

    def __rtruediv__(self, other):
        return self.lift(other) / self

    def __neg__(self):
        return self.unary("arith.negf") if is_float(self.type) else 0 - self

    def __lt__(self, other):
        return self.compare("lt", other)

    def __le__(self, other):
        return self.compare("le", other)

    def __gt__(self, other):
        return self.compare("gt", other)

    def __ge__(self, other):
        return self.compare("ge", other)

    def equals(self, other) -> Expr:
        return self.compare("eq", other)

    def compare(self, predicate: str, other) -> Expr:
        i64 = ir.IntegerType.get_signless(64)
        name, codes = (
            ("arith.cmpf", _FLOAT_PREDICATES) if is_float(self.type) else ("arith.cmpi", _INT_PREDICATES)
        )
        code = ir.IntegerAttr.get(i64, codes[predicate])
        operands = [self.value, self.lift(other).value]
        return Expr(emit(name, operands, [like(self.type, ir.IntegerType.get_signless(1))], predicate=code).result)

    def __and__(self, other: Expr) -> Expr:
        return Expr(emit("arith.andi", [self.value, other.value], [self.type]).result)

    def select(self, true, false) -> Expr:
        """`true` where this i1 expression holds, else `false`; one of the two may be a Python number."""
        true, false = (true, true.lift(false)) if isinstance(true, Expr) else (false.lift(true), false)
        return Expr(emit("arith.select", [self.value, true.value, false.value], [true.type]).result)


class Result(Expr):
    """The result of an operation, with the operation itself for rules that read its attributes."""

    def __init__(self, op: ir.Operation):
        object.__setattr__(self, "value", op.result)
        object.__setattr__(self, "op", op)


def either(condition: Expr, type_: ir.Type, yes: Callable[[], Expr], no: Callable[[], Expr]) -> Expr:
    """The one or the other, of which only that one is computed (of vectors both are, as each lane wants its own). Both
    may only use values that exist already."""
    if isinstance(condition.type, ir.VectorType):
        return condition.select(yes(), no())
    op = ir.Operation.create("scf.if", results=[type_], operands=[condition.value], regions=2)
    for region, make in zip(op.regions, (yes, no), strict=True):
        with ir.InsertionPoint(ir.Block.create_at_start(region, [], [])):
            emit("scf.yield", [make().value])
    return Expr(op.result)


def like(type_: ir.Type, scalar: ir.Type) -> ir.Type:
    """The type of the same shape as `type_` with elements of type `scalar`."""
    if isinstance(type_, ir.VectorType):
        return ir.VectorType.get(ir.VectorType(type_).shape, scalar)
    return scalar


def call(name: str, *operands: Expr, **attributes) -> Expr:
    """An operation on same-typed operands, such as `call("math.sin", x)`."""
    return Expr(emit(name, [x.value for x in operands], [operands[0].type], **attributes).result)
