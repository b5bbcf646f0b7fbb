"""Short loops that mostly collect elements from all over an array are kept from being computed in vectors.

Before: `scf.for %c = 0 to 5 { … load %l[%c, 0] … load %l[%c, 1] … }`, of which LLVM makes one masked vector of turns,
        with a gather for each load: each takes longer than the loads of all turns that there are.
After:  the index of one load comes from a piece of machine code that does nothing, which LLVM leaves as it is: the loop
        stays one of scalars, with not one instruction more.

LLVM counts a gather as cheaper than it is (the gradient of a Gaussian mixture of 5 components, Zen 4: 424 us with
gathers, 308 without). Where each element is computed with for long, as by an exponential function, vectors pay all the
same. Loops of more turns are left alone, as are those along a row, which load whole vectors.
"""

from __future__ import annotations

from iree.compiler import ir
from iree.compiler.dialects import arith

from dsl.passes.ir import edit, ops
from dsl.passes.ir.affine import linear
from dsl.passes.ir.limits import GATHERED_OPERATIONS, MASKED_TURNS

from .accesses import ACCESSES, place_of


def keep_scalar(func: ir.Operation) -> None:
    """Rewrite the loops of a function on memory."""
    for op in list(edit.walk(func)):
        turns = edit.constant_range(op)
        if turns is not None and len(turns) < MASKED_TURNS and (load := _of_scattered(op)) is not None:
            _hide_index(load)


def _of_scattered(loop: ir.Operation) -> ir.Operation | None:
    """One of the loads that would be gathers, in an innermost loop that does little else."""
    inside = list(edit.walk(loop))
    if any(op.name in ops.LOOPS for op in inside):
        return None
    turn = edit.entry_block(loop).arguments[0]
    scattered = [op for op in inside if op.name in ACCESSES and _is_scattered(op, turn)]
    others = [op for op in inside if op.name not in ACCESSES]
    computed = sum(isinstance(result.type, ir.FloatType) for op in others for result in op.results)
    if len(scattered) < 2 or computed > GATHERED_OPERATIONS * len(scattered):
        return None
    return next((op for op in scattered if op.name == "memref.load"), None)


def _is_scattered(access: ir.Operation, turn: ir.Value) -> bool:
    """Whether an access of a loop goes from row to row."""
    _, *indices = place_of(access)
    return any(turn in linear(index).terms for index in indices[:-1])


def _hide_index(load: ir.Operation) -> None:
    """Have one index of a load come from where LLVM cannot look."""
    index = load.operands[1]
    word = ir.IntegerType.get_signless(64)
    with edit.before(load):
        hidden = ir.Operation.create(
            "llvm.inline_asm",
            results=[word],
            operands=[arith.index_cast(word, index)],
            attributes={"asm_string": ir.StringAttr.get(""), "constraints": ir.StringAttr.get("=r,0")},
        )
        load.operands[1] = arith.index_cast(ir.IndexType.get(), hidden.results[0])
