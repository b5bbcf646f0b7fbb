"""When an array may be handed on or written in place: what lies between its making and that, and beside it."""

from iree.compiler import ir

from dsl.passes.ir import ops


def _innermost_loop(op):
    """The nearest scf.for or scf.while around `op`, or None."""
    op = op.parent
    while op is not None and op.name not in ops.LOOPS:
        op = op.parent
    return op


def _defining_operation(value):
    """The operation whose result `value` is, or whose region it is an argument of."""
    owner = value.owner
    return owner.owner.operation if isinstance(owner, ir.Block) else owner.operation


def _defining_loop(value):
    """The innermost loop that `value` is defined in; None outside loops."""
    op = _defining_operation(value)
    if isinstance(value.owner, ir.Block) and op.name in ops.LOOPS:
        return op
    return _innermost_loop(op)


def crosses_loop(value, op) -> bool:
    """Whether a loop lies between the definition of `value` and `op`."""
    inner, outer = _innermost_loop(op), _defining_loop(value)
    return inner is not None and (outer is None or inner != outer)


def exclusive(a, b) -> bool:
    """Whether a and b lie in different branches of one scf.if, so that at most one of them runs."""
    branches = {}
    for op in _ancestors(a):
        if op.parent is not None and op.parent.name == "scf.if":
            branches[op.parent] = _region_index(op)
    inside = [op for op in _ancestors(b) if op.parent is not None]
    return any(branches.get(op.parent, _region_index(op)) != _region_index(op) for op in inside)


def _ancestors(op):
    while op is not None:
        yield op
        op = op.parent


def _region_index(op) -> int:
    """Which region of its parent an operation lies in."""
    regions = op.parent.regions
    return next(k for k in range(len(regions)) if any(block == op.block for block in regions[k].blocks))
