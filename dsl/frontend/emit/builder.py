"""Emits MLIR. Operations go to the end of the current block; regions are built aside and moved into their operation
when it is known what they yield."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from contextlib import contextmanager

from iree.compiler import ir

from dsl import types
from dsl.calling.pytree import GROWING
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Argument, Scalar, Tensor, Value
from dsl.passes.ir import context
from dsl.passes.ir.ops import CHECKED, FLAGS, TOO_LARGE, no_overflow
from dsl.types import DType

INT_PREDICATES = {"eq": 0, "ne": 1, "lt": 2, "le": 3, "gt": 4, "ge": 5}
FLOAT_PREDICATES = {"eq": 1, "ne": 13, "lt": 4, "le": 5, "gt": 2, "ge": 3, "uno": 14, "ord": 7}


def exception_name(exception: type) -> str:
    """What a kernel's code calls a class of exceptions: one of the program's own by its module (runtime/reports.py)."""
    is_builtin = getattr(builtins, exception.__name__, None) is exception
    return exception.__name__ if is_builtin else f"{exception.__module__}:{exception.__qualname__}"


class Builder:
    """overflow_check: whether Python ints that do not fit in 64 bits fail."""

    def __init__(self, overflow_check: bool = True):
        self.context = context.shared()
        self.overflow_check = overflow_check
        self.unknown = ir.Location.unknown(self.context)
        self.module = ir.Module.create(self.unknown)
        self.location = self.unknown
        self.block = self.module.body
        self.may_fail = False
        self.parents: dict[int, object] = {}
        self.notes: dict[int, dict] = {}
        self.holders: list[ir.Operation] = []  # of the blocks begun by `aside`
        self.effects = self.records = 0  # what can be seen from outside, and what of that was printed
        # what takes a failure that is caught, and whether an exception of a name would be
        self.catch: Callable | None = None
        self.catches: Callable[[str], bool] = lambda name: False
        self.catches_overflow: Callable[[], bool] = lambda: False  # of Python ints: where a try names OverflowError
        self.pending: Callable = lambda: None  # whether something has been raised that will be caught
        with self.context:
            self.index = ir.IndexType.get()
            self.i64 = ir.IntegerType.get_signless(64)
            self.scalar_types = {dtype: ir.Type.parse(dtype.mlir) for dtype in types.DTYPES}

    def type_of(self, value: Scalar | Tensor):
        """The MLIR type of a leaf."""
        element = self.scalar_types[value.dtype]
        if not isinstance(value, Tensor):
            return element
        shape = [ir.ShapedType.get_dynamic_size() if n == GROWING else n for n in value.shape]
        return ir.RankedTensorType.get(shape, element, loc=self.unknown)

    def emit(self, name: str, operands=(), results=(), attributes=None, regions: int = 0):
        """One operation at the end of the current block; returns it."""
        op = ir.Operation.create(name, results=list(results), operands=list(operands), attributes=attributes,
                                 regions=regions, loc=self.location)
        self.block.append(op)
        return op

    def apply(self, name: str, *operands, result=None, attributes=None):
        """One operation of one result, which has the first operand's type unless told otherwise."""
        result = operands[0].type if result is None else result
        return self.emit(name, operands, [result], attributes).result

    def exact(self, name: str, a, b):
        """An operation on Python ints, which has no result where that does not fit in 64 bits: the operation is marked,
        and gets its check where it needs one (passes/prepare/overflow_checks.py). Where the expression would not have
        been computed so far, as something in it has been raised, it is one of zeros."""
        if self.overflow_check and (stopped := self.pending()) is not None:
            zero = self.constant(types.i64, 0)
            a, b = self.select(stopped, zero, a), self.select(stopped, zero, b)
        if self.overflow_check and self.catches_overflow():
            return self.checked_here(name, a, b)
        marks = {CHECKED: ir.UnitAttr.get(self.context)} if self.overflow_check else None
        return self.apply(name, a, b, attributes=marks)

    def checked_here(self, name: str, a, b):
        """An operation on Python ints with its check, for a `try` that catches it."""
        result, zero = self.apply(name, a, b), self.constant(types.i64, 0)
        xor = lambda x, y: self.apply("arith.xori", x, y)
        if name == "arith.muli":
            low, high = self.emit("arith.mulsi_extended", [a, b], [a.type, a.type]).results
            sign = self.apply("arith.shrsi", low, self.constant(types.i64, 63))
            outside = self.compare("ne", high, sign, False)
        elif name == "arith.shli":
            outside = self.compare("ne", self.apply("arith.shrsi", result, b), a, False)
        else:
            signs = xor(a, result), xor(b, result) if name == "arith.addi" else xor(a, b)
            outside = self.compare("lt", self.apply("arith.andi", *signs), zero, False)
        self.fail(outside, "OverflowError", TOO_LARGE)
        return self.select(outside, zero, result)

    def fitting(self, name: str, a, b):
        """An operation on ints whose result fits in 64 bits by what it is made of."""
        return self.apply(name, a, b, attributes={FLAGS: no_overflow(self.context)})

    def constant(self, dtype: DType, value):
        """An `arith.constant`."""
        kind = self.scalar_types[dtype]
        if dtype.kind == "float":
            attribute = ir.FloatAttr.get(kind, float(value), loc=self.unknown)
        elif not -(2 ** (dtype.bits - 1)) <= value < 2 ** max(dtype.bits - 1, 1):
            raise Refused(f"the integer {value} does not fit in {dtype.bits} bits")
        else:
            attribute = ir.IntegerAttr.get(kind, int(value))
        return self.emit("arith.constant", results=[kind], attributes={"value": attribute}).result

    def index_constant(self, value: int):
        attribute = ir.IntegerAttr.get(self.index, value)
        return self.emit("arith.constant", results=[self.index], attributes={"value": attribute}).result

    def ssa(self, value: Value):
        """The SSA value of a leaf; a constant becomes an operation here."""
        assert isinstance(value, Scalar | Tensor), value
        if isinstance(value, Scalar) and value.is_constant:
            return self.constant(value.dtype, value.constant)
        found = value.ssa
        while isinstance(found, Argument):
            found = found.value
        return found

    def compare(self, predicate: str, a, b, is_float: bool):
        """`arith.cmpf` or `arith.cmpi`, signed; `ne` is true of NaN."""
        table = FLOAT_PREDICATES if is_float else INT_PREDICATES
        attribute = ir.IntegerAttr.get(self.i64, table[predicate])
        name = "arith.cmpf" if is_float else "arith.cmpi"
        return self.apply(name, a, b, result=self.scalar_types[types.bool_], attributes={"predicate": attribute})

    def select(self, condition, a, b):
        """An operation even where both are one value: a loop's argument may be replaced, a value in Python cannot."""
        return self.apply("arith.select", condition, a, b, result=a.type)

    def strings(self, values):
        return ir.ArrayAttr.get([self.string(v) for v in values], self.context)

    def string(self, value: str):
        return ir.StringAttr.get(value, self.context)

    def fail(self, condition, exception: str | type, message: str, values=()):
        """`dsl.fail`: from here on the call may have failed; unless something catches it (engine/raising.py)."""
        if self.catch is not None:
            condition = self.catch(condition, exception, message, values)
            if condition is None:
                return
        self.may_fail, self.effects = True, self.effects + 1
        attributes = {"exception": self.string(exception if isinstance(exception, str) else exception_name(exception)),
                      "message": self.string(message)}
        self.emit("dsl.fail", [condition, *values], attributes=attributes)

    def empty(self, like: Tensor):
        """A tensor of the type of `like` whose elements are not set yet."""
        sizes = [self.capacity() for n in like.shape if n == GROWING]
        return self.emit("tensor.empty", sizes, [self.type_of(like)]).result

    def capacity(self):
        """`dsl.capacity`: how many elements each list has room for whose length is known only at run time."""
        return self.apply("dsl.capacity", result=self.index)

    def reserve(self, count) -> None:
        """`dsl.reserve`: a list needs room for so many elements. From here on the call may have failed for want of
        it, to be repeated."""
        self.may_fail, self.effects = True, self.effects + 1
        self.emit("dsl.reserve", [count])

    @contextmanager
    def aside(self, *argument_types, parent=None):
        """A block that belongs to no operation yet. On an error it is taken apart at once, innermost first.

        Values of `parent`, the current block unless told otherwise, can be used in it.
        """
        holder = ir.Operation.create("dsl.aside", regions=1, loc=self.unknown)
        mark = len(self.holders)
        self.holders.append(holder)
        block = ir.Block.create_at_start(holder.regions[0], list(argument_types), [self.unknown] * len(argument_types))
        self.parents[id(block)] = parent or self.block
        self.notes[id(block)] = {"block": block}
        outer, self.block = self.block, block
        try:
            yield block
        except BaseException:
            self.discard(mark)
            raise
        finally:
            self.block = outer

    def discard(self, mark: int = 0) -> None:
        """Destroy the blocks begun since the mark that no operation has taken. The last go first: they use values of
        those before, and left to the garbage collector they would outlive them."""
        while len(self.holders) > mark:
            self.holders.pop().erase()

    def recall(self, key):
        """What was noted under `key` at a point that dominates this one."""
        block = self.block
        while block is not None:
            found = self.notes.get(id(block), {}).get(key)
            if found is not None:
                return found
            block = self.parents.get(id(block))
        return None

    def note(self, key, value) -> None:
        self.notes.setdefault(id(self.block), {"block": self.block})[key] = value

    @contextmanager
    def at_entry(self, entry):
        """Emission goes to the beginning of `entry`, before everything that is there."""
        with self.aside(parent=entry) as block:
            yield
        first = list(entry.operations)
        moved = list(block.operations)
        for op in moved:
            op.operation.detach_from_parent()
            if first:
                entry.append(op.operation)
                op.operation.move_before(first[0].operation)
            else:
                entry.append(op.operation)

    @contextmanager
    def inside(self, block):
        """Emission goes to the end of `block`."""
        outer, self.block = self.block, block
        try:
            yield
        finally:
            self.block = outer

    @contextmanager
    def at(self, location):
        outer, self.location = self.location, location
        try:
            yield
        finally:
            self.location = outer
