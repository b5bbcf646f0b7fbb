"""The tape's placeholder operations: `dsl.push` and `dsl.pop`, matched by tape name and site."""

from collections.abc import Sequence

from iree.compiler import ir


def tape_site(op: ir.Operation) -> tuple[str, int]:
    """What matches a `dsl.push` with its `dsl.pop`: the tape's name and the number of the loop."""
    return ir.StringAttr(op.attributes["tape"]).value, ir.IntegerAttr(op.attributes["site"]).value


def taped_values(op: ir.Operation) -> Sequence[ir.Value]:
    """The values that a `dsl.push` puts on the tape or a `dsl.pop` takes off."""
    return op.operands if len(op.operands) else op.results
