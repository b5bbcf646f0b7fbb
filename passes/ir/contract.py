"""The contract of docs/ir.md: what a module may hold at each stage, in one table, and the check of it.

A pass that breaks the contract is a mistake of ours: the check names the pass, the operation and the user's line.
Between two stages, where some passes have run and others not, what either allows is allowed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase

from iree.compiler import ir

from . import edit
from .diagnostics import InternalError, Place
from .locations import FRAME, frames

# Names of operations; `*` stands for the rest of a name.
CONTROL = "builtin.module func.func func.return scf.if scf.for scf.while scf.yield scf.condition"
SCALARS = "arith.*"
MATH = "math.* dsl.gamma dsl.lgamma dsl.hypot dsl.polygamma"
# What of it each back end compiles, and compiles right, and what replaces the rest.
NATIVE_MATH = (
    "math.absf math.absi math.sqrt math.roundeven math.floor math.ceil math.trunc math.fma spirv.FAdd spirv.FSub "
    "spirv.FMul spirv.FDiv spirv.GL.Fma vector.reduction"
)
ARRAYS = (
    "tensor.empty tensor.splat tensor.extract tensor.insert tensor.dim tensor.from_elements "
    "tensor.extract_slice tensor.insert_slice linalg.generic linalg.yield"
)
EFFECTS = "dsl.push dsl.pop dsl.fail dsl.failed dsl.record dsl.reserve dsl.capacity"
RULES = "dsl.custom_vjp dsl.custom_jvp dsl.custom_root dsl.checkpoint dsl.stop_gradient dsl.strong_* dsl.yield"
DERIVATIVES = "dsl.vjp dsl.jvp"
MEMORY = "memref.load memref.store memref.alloca memref.alloc memref.copy"
PRODUCTS = "func.call memref.cast memref.subview memref.reinterpret_cast vector.*"
MACHINE = "memref.extract_aligned_pointer_as_index llvm.* cf.br cf.cond_br"
HOST = "stream.* hal.tensor.import flow.dispatch util.func util.return util.optimization_barrier"

ELEMENTS = ("i1", "i32", "i64", "f16", "f32", "f64", "index")


@dataclass(frozen=True)
class Legal:
    """What is legal at a stage.

    operations: patterns of names. arrays: the types that arrays have. elements: the scalar types, None for any.
    located: whether each operation but a constant (MLIR makes some) has a place in the user's source.
    steps: whether loops have constant steps above zero."""

    operations: tuple[str, ...]
    arrays: tuple[type, ...]
    elements: tuple[str, ...] | None = None
    located: bool = True
    steps: bool = False

    def union(self, other: Legal) -> Legal:
        """What either allows."""
        return Legal(
            self.operations + other.operations,
            self.arrays + other.arrays,
            self.elements if self.elements == other.elements else None,
            self.located and other.located,
            self.steps and other.steps,
        )


def _legal(*groups: str, arrays: tuple[type, ...], **more) -> Legal:
    return Legal(tuple(" ".join(groups).split()), arrays, **more)


_TENSORS, _BUFFERS = (ir.RankedTensorType,), (ir.MemRefType,)
_DIFFERENTIATED = _legal(
    CONTROL, SCALARS, MATH, ARRAYS, EFFECTS, RULES, arrays=_TENSORS, elements=ELEMENTS, steps=True
)  # fmt: skip
_MATH_DONE = _legal(CONTROL, SCALARS, NATIVE_MATH, ARRAYS, EFFECTS, arrays=_TENSORS)

# In order; "adjoint", "tangent" and "jacobian" come as often as they are asked for.
STAGES = {
    "primal": _legal(
        CONTROL, SCALARS, MATH, ARRAYS, EFFECTS, RULES, DERIVATIVES, arrays=_TENSORS, elements=ELEMENTS, steps=True
    ),
    "adjoint": _DIFFERENTIATED,
    "tangent": _DIFFERENTIATED,
    "jacobian": _DIFFERENTIATED,
    "clean": _legal(CONTROL, SCALARS, MATH, ARRAYS, EFFECTS, arrays=_TENSORS, elements=ELEMENTS, steps=True),
    "math": _MATH_DONE.union(_legal("func.call", arrays=_TENSORS)),  # of a module that is compiled as text
    "inlined": _MATH_DONE,
    "tensors": _legal(CONTROL, SCALARS, NATIVE_MATH, MEMORY, PRODUCTS, EFFECTS, arrays=_BUFFERS),
    "effects": _legal(CONTROL, SCALARS, NATIVE_MATH, MEMORY, PRODUCTS, "dsl.poll", arrays=_BUFFERS),
    # what sets the processor's mode belongs to no line
    "exact": _legal(CONTROL, SCALARS, NATIVE_MATH, MEMORY, PRODUCTS, MACHINE, arrays=_BUFFERS, located=False),
    "kernel": _legal(
        CONTROL, SCALARS, NATIVE_MATH, MEMORY, PRODUCTS, MACHINE, HOST, arrays=_BUFFERS + _TENSORS, located=False
    ),
}  # fmt: skip


def check(module: ir.Module, name: str, reached: str, ends: str) -> None:
    """Raise InternalError where the pass `name`, run on a module of the stage `reached`, left what is not legal: at the
    stage that it `ends`, or else on the way to the next one."""
    before = STAGES.get(reached, STAGES["clean"])
    legal = STAGES[ends] if ends else before.union(_ahead(reached))
    stage = f"the stage {ends!r}" if ends else f"the way from {reached!r}"
    with module.context:
        operations: list[ir.Operation] = []
        _collect(module.operation, operations)
        for op_name, op in {op.name: op for op in operations}.items():
            if not any(fnmatchcase(op_name, pattern) for pattern in legal.operations):
                raise _broken(name, op, f"left {op_name}, which is not legal at {stage}")
        if ends:
            _check_all(name, operations, legal, stage)
            _verify(name, module)


def _check_all(name: str, operations: list[ir.Operation], legal: Legal, stage: str) -> None:
    places = _Places()
    for op in operations:
        if found := _objection(op, legal, places):
            raise _broken(name, op, f"left {op.name} with {found}, which is not legal at {stage}")
        if op.name == "func.func":
            _check_tapes(name, op)


def _verify(name: str, module: ir.Module) -> None:
    try:
        module.operation.verify()
    except ir.MLIRError as error:
        raise InternalError(f"the pass {name!r} left an invalid module, a mistake of ours: {error}") from None


def _ahead(reached: str) -> Legal:
    """The stage that follows; the last derivative is followed by "clean"."""
    if reached in ("primal", "adjoint", "tangent", "jacobian"):
        return STAGES["clean"]
    names = list(STAGES)
    return STAGES[names[min(names.index(reached) + 1, len(names) - 1)]] if reached in names else STAGES["math"]


def _collect(op: ir.Operation, found: list[ir.Operation]) -> None:
    """`op` and all in it, each before what it contains."""
    found.append(op)
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                _collect(inner.operation, found)


class _Places(dict):
    """Whether a location, found by its text, names a place: most operations share theirs."""

    def __missing__(self, text: str) -> bool:
        self[text] = bool(FRAME.search(text))
        return self[text]


def _objection(op: ir.Operation, legal: Legal, places: _Places) -> str:
    """What is wrong with an operation that may be there; empty if nothing is."""
    for value in op.results:
        if not _fits(value.type, legal):
            return f"the type {value.type}"
    for block in edit.blocks(op):
        for value in block.arguments:
            # arguments that are memory now have no use any more, and go with the scalar ones
            if not _fits(value.type, legal) and (op.name != "func.func" or len(list(value.uses))):
                return f"the type {value.type}"
    if legal.located and op.name not in ("builtin.module", "arith.constant") and not places[str(op.location)]:
        return "no place"
    if legal.steps and op.name == "scf.for" and not _steps(op):
        return "a step that is not a constant above zero"
    return ""


def _fits(type_: ir.Type, legal: Legal) -> bool:
    if isinstance(type_, ir.RankedTensorType | ir.MemRefType):
        sized = isinstance(type_, ir.MemRefType) or type_.has_static_shape or type_.rank == 1  # the items of a list
        return isinstance(type_, legal.arrays) and sized and _element_fits(type_.element_type, legal)
    return _element_fits(type_, legal)


def _element_fits(type_: ir.Type, legal: Legal) -> bool:
    return legal.elements is None or str(type_) in legal.elements


def _steps(op: ir.Operation) -> bool:
    maker = edit.defining_op(op.operands[2])
    return maker is not None and maker.name == "arith.constant" and ir.IntegerAttr(maker.attributes["value"]).value > 0


def _check_tapes(name: str, func: ir.Operation) -> None:
    """What a function pops at a site is of the types that it pushes there.

    An adjoint as it is written has a push for each pop. Later on a push in code that never runs may have gone before
    the pop that would take back what it pushed, in a loop over nothing."""
    steps = list(edit.walk(edit.entry_block(func)))
    pushed = defaultdict(set)
    for op in steps:
        if op.name == "dsl.push":
            pushed[_site(op)].add(tuple(str(v.type) for v in op.operands))
    for op in steps:
        if op.name != "dsl.pop":
            continue
        found, wanted = pushed[_site(op)], {tuple(str(v.type) for v in op.results)}
        if found != wanted and (found or name == "reverse"):
            raise _broken(name, op, f"left a dsl.pop of what no dsl.push at its site pushes: {op}")


def _site(op: ir.Operation) -> tuple[str, str]:
    return str(op.attributes["tape"]), str(op.attributes["site"]) if "site" in op.attributes else ""


def _broken(name: str, op: ir.Operation, what: str) -> InternalError:
    """The error; an operation without a place has that of what it is in."""
    around: ir.Operation | None = op
    while around is not None and not frames(around.location):
        around = around.parent
    places = [Place(*frame) for frame in (frames(around.location) if around is not None else [])]
    message = f"the pass {name!r} {what}: a mistake of ours"
    if not places:
        return InternalError(message)
    first, *callers = places
    related = tuple((place, "called here") for place in callers)
    return InternalError(message, first.filename, first.line, first.column, related=related)
