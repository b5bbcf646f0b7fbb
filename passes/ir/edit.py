"""Small edits of structured IR that several passes share: blocks, terminators, rebuilding an operation with more
results. Everything works in place through MLIR's own use lists, so values held by the IR follow; values held in
Python containers do not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from iree.compiler import ir

from .expr import constant, emit
from .ops import ENDS

# Whenever an operation of `dsl` is read from a block, the MLIR bindings look for a module with the classes of its
# dialect, and search the disk anew each time that they find none. There are none: an empty module ends the search,
# which took most of the time of every pass.
sys.modules.setdefault("iree.compiler.dialects.dsl", ModuleType("iree.compiler.dialects.dsl"))


def defining_block(value: ir.Value) -> ir.Block:
    """The block whose argument or operation the value is."""
    owner = value.owner
    return owner if isinstance(owner, ir.Block) else owner.operation.block


def defining_op(value: ir.Value) -> ir.Operation | None:
    """The operation that makes the value, or None for a block argument."""
    owner = value.owner
    return None if isinstance(owner, ir.Block) else owner.operation


def is_within(value: ir.Value, op: ir.Operation) -> bool:
    """Whether a value is defined in the regions of an operation."""
    around = defining_block(value).owner
    while around is not None and around.operation != op:
        around = around.operation.parent
    return around is not None


def operations(block: ir.Block) -> list[ir.Operation]:
    """The block's operations as a list that edits do not disturb."""
    return [op.operation for op in block.operations]


def terminator(block: ir.Block) -> ir.Operation:
    return block.operations[-1].operation  # counted by the bindings: no list of all that stands before


def entry_block(op: ir.Operation, region: int = 0) -> ir.Block:
    return op.regions[region].blocks[0]


def blocks(op: ir.Operation) -> list[ir.Block]:
    """The single block of each non-empty region."""
    return [region.blocks[0] for region in op.regions if len(region.blocks)]


def walk(
    root: ir.Block | ir.Operation, into: Callable[[ir.Operation], bool] = lambda op: True
) -> Iterator[ir.Operation]:
    """Every operation of a block, or in an operation, and in the regions inside (of the operations that `into`
    accepts), outermost first. Whoever erases operations on the way goes through a list of them."""
    pending = [_contents(block) for block in reversed([root] if isinstance(root, ir.Block) else blocks(root))]
    while pending:
        for op in pending[-1]:
            yield op
            if len(op.regions) and into(op):
                pending += [_contents(block) for block in reversed(blocks(op))]
                break
        else:
            pending.pop()


def _contents(block: ir.Block) -> Iterator[ir.Operation]:
    """The operations of a block, as they are when the first is asked for."""
    yield from operations(block)


def steps_by_one(loop: ir.Operation) -> bool:
    """Whether the induction variable of an `scf.for` goes up by the constant 1."""
    maker = defining_op(loop.operands[2])
    return maker is not None and maker.name == "arith.constant" and ir.IntegerAttr(maker.attributes["value"]).value == 1


@contextmanager
def before(op: ir.Operation) -> Iterator[None]:
    """What is made goes before an operation, to its place in the source."""
    with ir.InsertionPoint(op), op.location:
        yield


def constant_float(value: ir.Value) -> float | None:
    """The number that a float scalar is known to be; None where it is not known."""
    maker = defining_op(value)
    if maker is None or maker.name != "arith.constant" or not isinstance(value.type, ir.FloatType):
        return None
    return ir.FloatAttr(maker.attributes["value"]).value


def constant_range(op: ir.Operation) -> range | None:
    """The values of the induction variable of an `scf.for` between constants; None for every other operation."""
    if op.name != "scf.for":
        return None
    makers = [defining_op(v) for v in list(op.operands)[:3]]
    if any(m is None or m.name != "arith.constant" for m in makers):
        return None
    return range(*(ir.IntegerAttr(m.attributes["value"]).value for m in makers if m is not None))


def detached_block(arg_types: Sequence[ir.Type] = (), loc: ir.Location | None = None) -> ir.Block:
    """A new block in the region of a placeholder operation, to be moved where it belongs once it is filled."""
    holder = ir.Operation.create("dsl.detached", regions=1, ip=False)
    locs = [loc or ir.Location.current] * len(arg_types)
    return ir.Block.create_at_start(holder.regions[0], list(arg_types), locs)


def with_followers(block: ir.Block) -> Iterator[tuple[ir.Operation, ir.InsertionPoint]]:
    """Each operation of a block with the place right behind it (before it, for the terminator)."""
    ops = operations(block)
    for op, following in zip(ops, [*ops[1:], ops[-1]], strict=True):
        yield op, ir.InsertionPoint(following)


def at_start(block: ir.Block) -> ir.InsertionPoint:
    return ir.InsertionPoint.at_block_begin(block)


def at_end(block: ir.Block) -> ir.InsertionPoint:
    """Before the terminator, or at the end of a block that has none yet."""
    if len(block.operations) and (last := terminator(block)).name in ENDS:
        return ir.InsertionPoint(last)
    return ir.InsertionPoint(block)


def append_operands(op: ir.Operation, extra: Sequence[ir.Value]) -> ir.Operation:
    """Replace a result-less operation (a terminator) by one with more operands."""
    return replace_operands(op, [*op.operands, *extra])


def replace_operands(op: ir.Operation, operands: Sequence[ir.Value]) -> ir.Operation:
    """Replace a result-less operation (a terminator) by one with other operands, of whatever number."""
    with before(op):
        new = ir.Operation.create(op.name, operands=list(operands), attributes=dict_attributes(op))
    op.erase()
    return new


def dict_attributes(op: ir.Operation) -> dict[str, ir.Attribute]:
    return {name: op.attributes[name] for name in op.attributes}


def rebuild(op: ir.Operation, operands: Sequence[ir.Value], result_types: Sequence[ir.Type]) -> ir.Operation:
    """Replace an operation by one of the same name with other operands and at least as many results; its regions
    move over and its results are replaced by the first results of the new one."""
    new = transplant(op, operands, result_types)
    for old, fresh in zip(op.results, new.results, strict=False):
        old.replace_all_uses_with(fresh)
    op.erase()
    return new


def transplant(op: ir.Operation, operands: Sequence[ir.Value], result_types: Sequence[ir.Type]) -> ir.Operation:
    """A new operation before one of the same name, with its attributes and its regions' blocks. The old one is left
    empty: whoever asked replaces its results and erases it."""
    with before(op):
        new = ir.Operation.create(
            op.name, results=list(result_types), operands=list(operands), attributes=dict_attributes(op),
            regions=len(op.regions),
        )  # fmt: skip
    for old_region, new_region in zip(op.regions, new.regions, strict=True):
        for block in list(old_region.blocks):
            block.append_to(new_region)
    return new


def ensure_else(op: ir.Operation) -> None:
    """Give an `scf.if` without an else branch an empty one."""
    if not len(op.regions[1].blocks):
        block = ir.Block.create_at_start(op.regions[1], [])
        with ir.InsertionPoint(block), op.location:
            emit("scf.yield", [])


def number(value: int) -> ir.Attribute:
    """An i64 attribute; needs a current context."""
    return ir.IntegerAttr.get(ir.IntegerType.get_signless(64), value)


def zero(type_: ir.Type) -> ir.Value:
    return constant(0, type_)


def function(module: ir.Module, name: str) -> ir.Operation:
    """The function of that name, or KeyError."""
    for op in module.body.operations:
        if op.operation.name == "func.func" and ir.StringAttr(op.attributes["sym_name"]).value == name:
            return op.operation
    raise KeyError(f"no function @{name} in the module")


def clone_function(source: ir.Operation, name: str) -> ir.Operation:
    """A copy of a function under another name, placed right behind it."""
    with ir.InsertionPoint(source):
        copy = source.clone()
    copy.move_after(source)
    copy.attributes["sym_name"] = ir.StringAttr.get(name, source.context)
    return copy


def reset_signature(func: ir.Operation) -> None:
    """Make the function's type that of its entry block's arguments and its return's operands."""
    inputs = [argument.type for argument in entry_block(func).arguments]
    ends = (terminator(block) for block in func.regions[0].blocks)
    results = [value.type for value in next(end for end in ends if end.name == "func.return").operands]
    func.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get(inputs, results, func.context))
    for name in ("arg_attrs", "res_attrs"):
        if name in func.attributes:
            del func.attributes[name]


def splice(op: ir.Operation, block: ir.Block) -> None:
    """Replace an operation by the contents of one of its blocks, whose arguments stand for its operands and whose
    terminator's operands stand for its results."""
    for argument, operand in zip(list(block.arguments), list(op.operands), strict=True):
        argument.replace_all_uses_with(operand)
    *body, final = operations(block)
    for step in body:
        step.move_before(op)
    for result, value in zip(op.results, final.operands, strict=True):
        result.replace_all_uses_with(value)
    erase(op)


def erase(op: ir.Operation) -> None:
    """Erase an operation with all inside, one by one: the bindings keep handles of operations that vanish with the
    one around them, and mistake a new operation at the same address for the old one."""
    for block in blocks(op):
        for inner in reversed(operations(block)):
            erase(inner)
    op.erase()


def erase_unused(block: ir.Block) -> None:
    """Erase what no operation of a block uses, all of which is known to have no effects; the terminator stays."""
    for op in reversed(operations(block)[:-1]):
        if all(next(iter(result.uses), None) is None for result in op.results):
            erase(op)


def replace_block(region: ir.Region, block: ir.Block) -> None:
    """Put a block in the place of the (already emptied) block of a region."""
    old = region.blocks[0]
    block.append_to(region)
    old.append_to(ir.Operation.create("dsl.detached", regions=1, ip=False).regions[0])


def clone_into(ops: Sequence[ir.Operation], mapping: dict[ir.Value, ir.Value]) -> list[ir.Value]:
    """Copy operations to the current insertion point under a renaming of values, all but the terminator that ends
    them; returns what its operands became."""
    *body, final = ops
    mapping = cloned(body, mapping)
    return [mapping.get(v, v) for v in final.operands]


def cloned(ops: Sequence[ir.Operation], mapping: dict[ir.Value, ir.Value]) -> dict[ir.Value, ir.Value]:
    """Copy operations likewise; returns the renaming with their results in it."""
    mapping = dict(mapping)
    for op in ops:
        copy = op.clone()
        _rename(copy, mapping)
        mapping.update(zip(op.results, copy.results))
    return mapping


def _rename(op: ir.Operation, mapping: dict[ir.Value, ir.Value]) -> None:
    for k, operand in enumerate(op.operands):
        if operand in mapping:
            op.operands[k] = mapping[operand]
    for block in blocks(op):
        for inner in block.operations:
            _rename(inner.operation, mapping)
