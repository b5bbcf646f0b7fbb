"""What a target cannot do is refused before the compiler sees it, at the user's place."""

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.locations import frames
from dsl.passes.ir.refusals import refusal


def refuse_f64(func, target: str) -> None:
    """Raise CompileError at the first operation of `func` that makes or takes an f64."""
    found = [op for op in edit.walk(func) if any(_is_f64(v.type) for v in [*op.operands, *op.results])]
    if found:
        raise refusal(
            min(found, key=_vagueness),
            f"target {target} has no 64-bit floats, and this is one",
            help="annotate the arguments as dsl.f32; Python's float is 64 bits wide",
        )


def _vagueness(op) -> int:
    """What computes with a float says most to the user: a loop only hands it on, a constant's place may be made up."""
    if not frames(op.location):
        return 3
    if op.name == "arith.constant":
        return 1
    known = ops.ROWS.get(op.name)
    return 0 if known is not None and known.pure and not known.moves else 2


def _is_f64(type) -> bool:
    element = type.element_type if isinstance(type, ir.ShapedType) else type
    return isinstance(element, ir.F64Type)
