"""The tape's placeholder operations: `dsl.push` and `dsl.pop`, matched by tape name and site."""

from iree.compiler import ir


def tape_site(op: ir.Operation) -> tuple[str, int]:
    """What matches a `dsl.push` with its `dsl.pop`: the tape's name and the number of the loop."""
    return ir.StringAttr(op.attributes["tape"]).value, ir.IntegerAttr(op.attributes["site"]).value
