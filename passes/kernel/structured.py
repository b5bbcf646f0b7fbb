"""Rebuilding scf operations with other operands and results, their regions moved, not copied."""

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import is_tensor

LOOPS = ("scf.for", "scf.while")


def tensors_of(values) -> dict:
    """The tensors among values, by position."""
    return {k: v for k, v in enumerate(values) if is_tensor(v)}


def scalars_of(values) -> list:
    return [v for v in values if not is_tensor(v)]


def innermost_loop(op):
    """The nearest scf.for or scf.while around `op`, or None."""
    op = op.parent
    while op is not None and op.name not in LOOPS:
        op = op.parent
    return op


def defining_operation(value):
    """The operation whose result `value` is, or whose region it is an argument of."""
    owner = value.owner
    return owner.owner.operation if isinstance(owner, ir.Block) else owner.operation


def defining_loop(value):
    """The innermost loop that `value` is defined in; None outside loops."""
    op = defining_operation(value)
    if isinstance(value.owner, ir.Block) and op.name in LOOPS:
        return op
    return innermost_loop(op)


def crosses_loop(value, op) -> bool:
    """Whether a loop lies between the definition of `value` and `op`."""
    inner, outer = innermost_loop(op), defining_loop(value)
    return inner is not None and (outer is None or inner != outer)


def all_operations(op) -> list:
    """`op` and all operations in it, each before what it contains."""
    found = []
    op.walk(lambda inner: found.append(inner) or ir.WalkResult.ADVANCE, ir.WalkOrder.PRE_ORDER)
    return found


ACCESS = {"memref.load": 0, "memref.store": 1}  # the position of the buffer among the operands


def place_of(access) -> list:
    """The buffer that a memref.load or memref.store touches, and the indices."""
    return list(access.operands)[ACCESS[access.name] :]


def steps_by_one(loop) -> bool:
    """Whether the induction variable of an scf.for goes up by the constant 1."""
    maker = edit.defining_op(loop.operands[2])
    return maker is not None and maker.name == "arith.constant" and _integer(maker) == 1


def _integer(op) -> int:
    return ir.IntegerAttr(op.attributes["value"]).value


def recreate(op, operands, result_types):
    """A new operation like `op` with these operands and results, holding op's blocks; op is left empty and unused.

    The caller fits block arguments and terminators, replaces op's results and erases op.
    """
    attributes = {name: op.attributes[name] for name in op.attributes}
    new = ir.Operation.create(
        op.name,
        results=result_types,
        operands=operands,
        attributes=attributes,
        regions=len(op.regions),
        loc=op.location,
        ip=ir.InsertionPoint(op),
    )
    for old_region, new_region in zip(op.regions, new.regions):
        for block in list(old_region.blocks):
            block.append_to(new_region)
    return new


def replace_terminator(block, operands):
    """Give the block's terminator other operands."""
    old = edit.terminator(block)
    ir.Operation.create(old.name, operands=operands, loc=old.location, ip=ir.InsertionPoint(old))
    old.erase()


def exclusive(a, b) -> bool:
    """Whether a and b lie in different branches of one scf.if, so that at most one of them runs."""
    branches = {}
    for op in ancestors(a):
        if op.parent is not None and op.parent.name == "scf.if":
            branches[op.parent] = region_index(op)
    return any(
        op.parent is not None and branches.get(op.parent, region_index(op)) != region_index(op) for op in ancestors(b)
    )


def ancestors(op):
    while op is not None:
        yield op
        op = op.parent


def region_index(op) -> int:
    """Which region of its parent an operation lies in."""
    regions = op.parent.regions
    return next(k for k in range(len(regions)) if any(block == op.block for block in regions[k].blocks))
