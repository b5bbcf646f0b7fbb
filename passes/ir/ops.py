"""What is known of each operation, one row an operation.

A pass asks for a fact (`row(op).cheap`, `op.name in LOOPS`) and names no operations of its own. What a pass *does* with
an operation stands in the pass, entered beside the function that does it (`Visitors`), and the derivative of an
operation is one line in passes/rules. An operation without a row is refused at its place: nothing is known of it, so
that no pass could do right by it.

    pure         the same operands give the same results, and nothing else happens
    total        defined for all operands: it may run where the program would not have run it
    cheap        a few cycles: worth computing again rather than storing what it makes
    polynomial   sums and products, index arithmetic: what a loop is made of that LLVM computes in vectors
    moves        hands elements on and computes none; so does its derivative
    reads=K      looks at the array that is operand K and leaves it as it is
    writes=K     changes elements of the array that is operand K
    decides      of floats makes what is no smooth function of them: it jumps somewhere
    rule         passes/rules has its derivative
    linear       its derivative is the same for all operands, or that of one of them
    singular     its derivative may be infinite or NaN where the operands are finite;  cusp: where its result is, too
    exponential  of a number, less a constant maybe: infinite only by overflow
    strong       it is a product that is zero where a factor is, whatever the other is (passes/rules/strong_zero.py)
    passes=K     only its first K operands have a cotangent for certain where the result has one
    observed     what happens can be seen from outside, so that it must happen
    taped        moves values on or off a tape
    control      its regions are control flow;  loop: it runs one of them many times
    end          ends a block
    inner        takes the derivative of its region;  inline: its region runs in its place, as code like any other
    custom       its regions give a derivative that the user wrote; they are not looked into
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from iree.compiler import ir

from .refusals import refusal


@dataclass(frozen=True, slots=True)
class Row:
    """The facts of one operation."""

    name: str
    pure: bool = False
    total: bool = False
    cheap: bool = False
    polynomial: bool = False
    moves: bool = False
    decides: bool = False
    rule: bool = False
    linear: bool = False
    singular: bool = False
    cusp: bool = False
    exponential: bool = False
    strong: bool = False
    observed: bool = False
    taped: bool = False
    control: bool = False
    loop: bool = False
    end: bool = False
    inner: bool = False
    inline: bool = False
    custom: bool = False
    passes: int | None = None
    reads: int | None = None
    writes: int | None = None


_TABLE = """
arith.constant            pure total cheap polynomial
arith.addf                pure total cheap polynomial rule linear
arith.subf                pure total cheap polynomial rule linear
arith.mulf                pure total cheap polynomial rule
arith.negf                pure total cheap polynomial rule linear
arith.divf                pure total cheap rule singular
arith.remf                pure total decides rule singular cusp
arith.maximumf            pure total cheap rule linear passes=0
arith.minimumf            pure total cheap rule linear passes=0
arith.maxnumf             pure total cheap
arith.minnumf             pure total cheap
arith.maximumnumf         pure total cheap
arith.minimumnumf         pure total cheap
arith.flush_denormals     pure total cheap
arith.cmpf                pure total cheap decides
arith.select              pure total cheap moves rule linear passes=0
arith.extf                pure total cheap rule linear
arith.truncf              pure total cheap rule linear
arith.convertf            pure total cheap
arith.scaling_extf        pure total cheap
arith.scaling_truncf      pure total cheap
arith.sitofp              pure total cheap
arith.uitofp              pure total cheap
arith.fptosi              pure cheap
arith.fptoui              pure cheap
arith.bitcast             pure total cheap
arith.addi                pure total cheap polynomial
arith.subi                pure total cheap polynomial
arith.muli                pure total cheap polynomial
arith.addui_extended      pure total cheap
arith.subui_extended      pure total cheap
arith.mulsi_extended      pure total cheap
arith.mului_extended      pure total cheap
arith.divsi               pure cheap
arith.divui               pure cheap
arith.remsi               pure cheap
arith.remui               pure cheap
arith.floordivsi          pure cheap
arith.ceildivsi           pure cheap
arith.ceildivui           pure cheap
arith.andi                pure total cheap
arith.ori                 pure total cheap
arith.xori                pure total cheap
arith.shli                pure cheap
arith.shrsi               pure cheap
arith.shrui               pure cheap
arith.maxsi               pure total cheap
arith.minsi               pure total cheap
arith.maxui               pure total cheap
arith.minui               pure total cheap
arith.cmpi                pure total cheap
arith.extsi               pure total cheap
arith.extui               pure total cheap
arith.trunci              pure total cheap
arith.index_cast          pure total cheap polynomial
arith.index_castui        pure total cheap

math.absf                 pure total cheap rule
math.absi                 pure total
math.acos                 pure total rule singular cusp
math.acosh                pure total rule singular cusp
math.asin                 pure total rule singular cusp
math.asinh                pure total rule
math.atan                 pure total rule
math.atan2                pure total rule singular cusp
math.atanh                pure total rule singular
math.cbrt                 pure total rule singular cusp
math.ceil                 pure total cheap decides rule
math.clampf               pure total
math.copysign             pure total cheap rule
math.cos                  pure total rule
math.cosh                 pure total rule singular
math.ctlz                 pure total
math.ctpop                pure total
math.cttz                 pure total
math.erf                  pure total rule
math.erfc                 pure total rule
math.exp                  pure total rule singular exponential
math.exp2                 pure total rule singular exponential
math.expm1                pure total rule singular exponential
math.floor                pure total cheap decides rule
math.fma                  pure total cheap polynomial rule
math.fpowi                pure total
math.ipowi                pure
math.isfinite             pure total
math.isinf                pure total
math.isnan                pure total
math.isnormal             pure total
math.log                  pure total rule singular
math.log10                pure total rule singular
math.log1p                pure total rule singular
math.log2                 pure total rule singular
math.powf                 pure total rule singular cusp
math.round                pure total decides rule
math.roundeven            pure total decides rule
math.rsqrt                pure total rule singular
math.sin                  pure total rule
math.sincos               pure total
math.sinh                 pure total rule singular
math.sqrt                 pure total cheap rule singular cusp
math.tan                  pure total rule
math.tanh                 pure total rule
math.trunc                pure total cheap decides rule

dsl.gamma                 pure total rule singular
dsl.lgamma                pure total rule singular
dsl.hypot                 pure total rule
dsl.polygamma             pure total rule singular
dsl.strong_mul            pure total cheap rule singular cusp strong passes=1
dsl.strong_div            pure total cheap rule singular cusp strong passes=1
dsl.strong_product        pure total cheap rule singular cusp strong passes=0
dsl.stop_gradient         pure total rule

tensor.empty              pure total
tensor.splat              pure total moves
tensor.from_elements      pure total moves
tensor.extract            pure moves reads=0
tensor.insert             pure moves writes=1
tensor.extract_slice      pure moves reads=0
tensor.insert_slice       pure moves writes=1
tensor.dim                pure reads=0
tensor.cast               pure

linalg.generic            pure
linalg.yield              end

scf.if                    control
scf.for                   control loop
scf.while                 control loop
scf.yield                 end
scf.condition             end
func.func                 control
func.return               end observed
func.call                 observed
dsl.poll                  observed
cf.br                     end
cf.cond_br                end

dsl.fail                  observed
dsl.failed
dsl.reserve               observed
dsl.capacity              pure total cheap
dsl.record                observed
dsl.push                  taped
dsl.pop                   taped
dsl.vjp                   inner inline
dsl.jvp                   inner inline
dsl.checkpoint            inline
dsl.custom_vjp            custom
dsl.custom_jvp            custom
dsl.custom_root           custom
dsl.adjoint               custom
dsl.yield                 end

dsl.anchor
dsl.detached
dsl.aside
dsl.marker
dsl.primal
dsl.keep
dsl.stored
dsl.tensor
dsl.cell_get
dsl.cell_set

memref.load               reads=0
memref.store              writes=1
memref.alloc
memref.alloca
memref.copy
memref.cast               pure
memref.subview            pure
memref.reinterpret_cast   pure
memref.extract_aligned_pointer_as_index
vector.reduction          pure total
ub.poison                 pure total cheap
spirv.FAdd                pure total
spirv.FSub                pure total
spirv.FMul                pure total
spirv.FDiv                pure total
spirv.GL.Fma              pure total
llvm.intr.fmuladd         pure total
llvm.inline_asm           observed
llvm.call_intrinsic       observed
llvm.inttoptr             pure total
"""


# Marks an operation on Python ints, whose result must fit in 64 bits, until its check is there.
CHECKED = "dsl.checked"
# Marks a conversion of a float that is known to fit with the least and the most that it gives, until checks are there.
WITHIN = "dsl.within"
# About the most turns of a loop, where they are known. Later passes may add one; nothing rests on it but how often a
# loop looks up.
TURNS = "dsl.turns"
# Of MLIR's integer operations, whether they are known not to overflow.
FLAGS = "overflowFlags"
# What the check says: CPython, which has no such limit, has no words for it.
TOO_LARGE = "an int of more than 64 bits"
FLOAT_TOO_LARGE = "the float {0} does not fit in 64 bits"


def no_overflow(context: ir.Context) -> ir.Attribute:
    """The flag of an operation whose result fits."""
    return ir.Attribute.parse("#arith.overflow<nsw>", context)


def _parsed(line: str) -> Row:
    name, *words = line.split()
    pairs = (word.partition("=") for word in words)
    facts: dict[str, Any] = {fact: int(position) if position else True for fact, _, position in pairs}
    return Row(name, **facts)


ROWS: dict[str, Row] = {row.name: row for row in map(_parsed, filter(None, _TABLE.splitlines()))}


def having(fact: str) -> frozenset[str]:
    """The names of the operations of which a fact holds."""
    facts = {name: getattr(row, fact) for name, row in ROWS.items()}
    return frozenset(name for name, value in facts.items() if value is not None and value is not False)


LOOPS, CONTROL, ENDS = having("loop"), having("control"), having("end")
TAPED, INNER, CUSTOM = having("taped"), having("inner"), having("custom")
POLYNOMIAL = having("polynomial")


def row(op: ir.Operation) -> Row:
    """What is known of an operation. Raises CompileError, with its place, where that is nothing."""
    name = op.name
    found = ROWS.get(name)
    if found is None:
        raise refusal(op, f"nothing is known of the operation {name}", "docs/ir.md lists the operations that there are")
    return found


def only_reads(op: ir.Operation, k: int) -> bool:
    """Whether an operation looks at its operand k, an array, and leaves it as it is."""
    return row(op).reads == k or (op.name == "linalg.generic" and k < len(op.operands) - 1)


def may_run_anywhere(op: ir.Operation) -> bool:
    """Whether an operation has no effect and is defined for the operands it gets, also where the program would not
    have run it: a division by a constant other than 0 and -1 is, and one that must fit in 64 bits is not."""
    known = row(op)
    if known.total or not known.pure:
        return known.total and CHECKED not in op.attributes
    divisor = op.operands[1].owner if known.name in _DIVISIONS else None
    if divisor is None or isinstance(divisor, ir.Block) or divisor.operation.name != "arith.constant":
        return False
    value = divisor.operation.attributes["value"]
    return isinstance(value, ir.IntegerAttr) and value.value not in (0, -1)


_DIVISIONS = frozenset(name for name in ROWS if name.startswith(("arith.div", "arith.rem")) and not ROWS[name].total)


class Visitors(dict[str, Callable]):
    """What a pass does with which operation, entered above the function that does it: `@visits("scf.if")`."""

    def __call__(self, *names: str) -> Callable[[Callable], Callable]:
        def enter(function: Callable) -> Callable:
            for name in names:
                assert name in ROWS and name not in self, name
                self[name] = function
            return function

        return enter
