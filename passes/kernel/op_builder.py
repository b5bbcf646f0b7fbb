"""Short spellings for the operations kernel formation builds.

A `Builder` holds an insertion point and a location: every pass here replaces an operation by a few others at the same
place, and those must carry the location of what they replace.
"""

from iree.compiler import ir
from iree.compiler.dialects import arith, memref, scf

from dsl.passes.ir.element_types import find_mlir


class Builder:
    """Builds operations before `op` (or at `ip`), located where `op` is."""

    def __init__(self, op, ip=None):
        self.op = op
        self.loc = op.location
        self.ip = ip or ir.InsertionPoint(op)

    def __enter__(self):
        self.loc.__enter__()
        self.ip.__enter__()
        return self

    def __exit__(self, *exc):
        self.ip.__exit__(*exc)
        self.loc.__exit__(*exc)

    def index(self, value: int):
        return arith.constant(ir.IndexType.get(), value)

    def i64(self, value: int):
        return arith.constant(i64(), value)

    def cast_index(self, type, value):
        return arith.index_cast(type, value)

    def get(self, cell: str, type):
        """Read a cell: a mutable scalar of the whole kernel, see promotion.py."""
        op = ir.Operation.create("dsl.cell_get", results=[type], attributes={"cell": ir.StringAttr.get(cell)})
        return op.results[0]

    def set(self, cell: str, value):
        ir.Operation.create("dsl.cell_set", operands=[value], attributes={"cell": ir.StringAttr.get(cell)})

    def when(self, cond):
        """An scf.if without results; use as `with b.when(c): ...`."""
        op = scf.IfOp(cond)
        with ir.InsertionPoint(op.then_block):
            scf.yield_([])
        return ir.InsertionPoint.at_block_begin(op.then_block)


def i64():
    return ir.IntegerType.get_signless(64)


def bit_width(type) -> int:
    """Bits of a scalar type; i1 counts as one."""
    return type.width


def to_slot(value):
    """A scalar as the i64 that holds it in its low bits (integers sign-extended, booleans and floats zero-extended)."""
    type, width = value.type, bit_width(value.type)
    if not isinstance(type, ir.IntegerType):
        value = arith.bitcast(ir.IntegerType.get_signless(width), value)
        return value if width == 64 else arith.extui(i64(), value)
    if width == 64:
        return value
    return arith.extui(i64(), value) if width == 1 else arith.extsi(i64(), value)


def from_slot(slot, type):
    """The inverse of `to_slot`."""
    width = bit_width(type)
    if width != 64:
        slot = arith.trunci(ir.IntegerType.get_signless(width), slot)
    return slot if isinstance(type, ir.IntegerType) else arith.bitcast(type, slot)


def storage_type(type):
    """How a scalar type lies in memory: booleans as bytes, everything else as itself."""
    row = find_mlir(str(type))
    return ir.Type.parse(row.storage) if row and row.storage else type


def load(buffer, indices, type):
    """Load an element as `type` (a boolean from its byte)."""
    value = memref.load(buffer, indices)
    return value if value.type == type else arith.trunci(type, value)


def store(value, buffer, indices):
    """Store an element (a boolean as a byte)."""
    stored = storage_type(value.type)
    memref.store(value if value.type == stored else arith.extui(stored, value), buffer, indices)
