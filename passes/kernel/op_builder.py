"""Short spellings for what kernel formation builds: constants, cells, and scalars in slots and in memory."""

from iree.compiler import ir
from iree.compiler.dialects import arith, memref, scf

from dsl.passes.ir.element_types import find_mlir

# The operation that calls the host, until interrupts.py writes it out; and the slots, behind the layout's `poll`, of
# the counter, of whether to stop and of the host's address.
RARE = "rare"
POLL = "dsl.poll"
BUDGET, STOP, HOST = range(3)


def index_constant(value: int):
    return arith.constant(ir.IndexType.get(), value)


def i64_constant(value: int):
    return arith.constant(i64(), value)


def get_cell(cell: str, type):
    """Read a cell: a mutable scalar of the whole kernel, see promotion.py."""
    return ir.Operation.create("dsl.cell_get", results=[type], attributes={"cell": ir.StringAttr.get(cell)}).result


def set_cell(cell: str, value) -> None:
    ir.Operation.create("dsl.cell_set", operands=[value], attributes={"cell": ir.StringAttr.get(cell)})


def call_host(units: int, rare: bool = False) -> None:
    """The counter that loops look at goes down; at its end the host is called (interrupts.py). `rare`: this hardly ever
    runs, beside what runs around it."""
    attributes: dict[str, ir.Attribute] = {"units": ir.IntegerAttr.get(i64(), units)}
    ir.Operation.create(POLL, attributes={**attributes, RARE: ir.UnitAttr.get()} if rare else attributes)


def call_host_now(layout) -> None:
    """The host is called, where there is one."""
    address = memref.load(layout.block, [index_constant(layout.poll + HOST)])
    with when(arith.cmpi(arith.CmpIPredicate.ne, address, i64_constant(0))):
        call_host(0)


def when(condition) -> ir.InsertionPoint:
    """Inside of an scf.if without results; use as `with when(c): ...`."""
    op = scf.IfOp(condition)
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
