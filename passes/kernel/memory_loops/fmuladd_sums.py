"""What a reverse loop subtracts from a cotangent, written so that LLVM knows the cotangent as a sum.

LLVM computes a loop in vectors also where it sums up and the additions have to stay in their order, as additions and
`fmuladd`. A difference it leaves alone, and it makes one of a product with -1 where it sees that.
Before: `%t = arith.subf %s, %x` with %s carried by a loop.
After: `%t = llvm.intr.fmuladd(%x, %m, %s)`, the same number, with an %m of which LLVM cannot know that it is -1.

For adjoints alone: there the rule of a difference makes such loops of many sums (k-means, 12 points: 86 ns where it was
128). In a short loop with one sum, as Cholesky's, the vectors cost more than they save (26 us where it was 21).
"""

from iree.compiler import ir
from iree.compiler.dialects import arith

from dsl.passes.ir import edit, ops
from dsl.passes.ir.locations import parts
from dsl.passes.kernel.strict_fp import is_free


def lessen_by_sums(func) -> None:
    """Rewrite the differences of adjoints that loops accumulate. `func` is at the stage where arrays are memory."""
    minus: dict[str, ir.Value] = {}
    for op in list(edit.walk(func)):
        found = _accumulated(op) if op.name in ("arith.addf", "arith.subf") else None
        if found is None:
            continue
        total, less = found
        kind = str(total.type)
        if kind not in minus:
            minus[kind] = _hidden_minus(func, total.type)
        with edit.before(op):
            result = ir.Operation.create(
                "llvm.intr.fmuladd", results=[total.type], operands=[less, minus[kind], total]
            ).results[0]
        op.results[0].replace_all_uses_with(result)
        op.erase()


def _accumulated(op) -> tuple | None:
    """(total, what is subtracted from it) where a loop of an adjoint does that."""
    if is_free(op) or not _is_wide_float(op.results[0].type) or "adjoint" not in parts(op.location):
        return None
    a, b = op.operands
    pairs = [(a, b)] if op.name == "arith.subf" else [(x, _negated(y)) for x, y in ((a, b), (b, a))]
    return next(((x, y) for x, y in pairs if y is not None and _is_carried(x, op.results[0])), None)


def _is_wide_float(type) -> bool:
    """Whether processors compute with the type itself, and not in a wider one."""
    return isinstance(type, ir.FloatType) and type.width >= 32


def _negated(value):
    """x of -x, else None."""
    op = edit.defining_op(value)
    return op.operands[0] if op is not None and op.name == "arith.negf" else None


def _is_carried(value, updated) -> bool:
    """Whether a loop hands the value on, or it is read from the place that the updated one is written to."""
    owner = value.owner
    if isinstance(owner, ir.Block):
        return owner.owner.operation.name in ops.LOOPS
    if owner.name != "memref.load":
        return False
    place, stores = list(owner.operation.operands), [use.owner.operation for use in updated.uses]
    return any(op.name == "memref.store" and list(op.operands)[1:] == place for op in stores)


def _hidden_minus(func, type) -> ir.Value:
    """-1, from a piece of machine code that does nothing."""
    integer = ir.IntegerType.get_signless(type.width)
    with edit.at_start(edit.entry_block(func)), func.location:
        hidden = ir.Operation.create(
            "llvm.inline_asm",
            results=[integer],
            operands=[arith.bitcast(integer, arith.constant(type, -1.0))],
            attributes={"asm_string": ir.StringAttr.get(""), "constraints": ir.StringAttr.get("=r,0")},
        )
        return arith.bitcast(type, hidden.results[0])
