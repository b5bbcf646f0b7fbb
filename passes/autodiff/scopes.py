"""Where the adjoint is being written: one scope for each region of the primal that is being reversed.

A scope knows the primal block it reverses, the adjoint block it fills, and the current cotangent of each value. A
cotangent of a value from outside is threaded through: a branch takes the enclosing scope's and gives back an updated
one, a loop carries it. (Threading, where one might add up contributions from zero, keeps the cotangent of an array a
single array that is updated in place.)
"""

from __future__ import annotations

from collections.abc import Callable

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import Expr, emit, is_tensor

from .cotangent_sums import summed


class Scope:
    """The function's body; the base of the other scopes."""

    def __init__(self, parent: Scope | None, forward: ir.Block, block: ir.Block):
        self.parent = parent
        self.forward = forward
        self.block = block
        self.cts: dict[ir.Value, ir.Value] = {}
        self.needed: dict[ir.Value, ir.Operation] = {}
        self.add_tensors: Callable = parent.add_tensors if parent else _scalars_only
        self.root: Scope = self
        self.members: list[Scope] = [self]
        with ir.InsertionPoint(block):
            self.anchor = emit("dsl.anchor", [])

    def owns(self, value: ir.Value) -> bool:
        """Whether the primal block of this scope defines the value."""
        return edit.defining_block(value) == self.forward

    def owner(self, value: ir.Value) -> Scope:
        """The scope, this one or one around it, whose block defines the value."""
        scope: Scope = self
        while scope.parent is not None and not scope.owns(value):
            scope = scope.parent
        return scope

    # cotangents

    def inherit(self, value: ir.Value) -> ir.Value | None:
        """The cotangent that a value from outside has on entry."""
        return None

    def peek(self, value: ir.Value) -> ir.Value | None:
        """The current cotangent, None for zero."""
        if value in self.cts:
            return self.cts[value]
        return None if self.owns(value) else self.inherit(value)

    def peek_or_zero(self, value: ir.Value) -> ir.Value:
        current = self.peek(value)
        return edit.zero(value.type) if current is None else current

    def add(self, value: ir.Value, contribution: ir.Value) -> None:
        """Add to the cotangent of a value."""
        current = self.peek(value)
        if current is not None:
            if is_tensor(value):
                contribution = self.add_tensors(current, contribution)
            else:
                contribution = summed(current, contribution)
        self.cts[value] = contribution

    def captured(self) -> list[ir.Value]:
        """The values from outside whose cotangent this scope has touched."""
        return [value for value in self.cts if not self.owns(value)]

    # primal values

    def primal(self, value: ir.Value) -> ir.Value:
        """A primal value for use in the adjoint, at the current insertion point."""
        op = edit.defining_op(value)
        if op is not None and op.name == "arith.constant":
            return op.clone().results[0]
        return self.owner(value).fetch(value)

    def fetch(self, value: ir.Value) -> ir.Value:
        """A value of this scope's own block: the function's own values are in sight."""
        return value if self.parent is None else self.request(value)

    def request(self, value: ir.Value) -> ir.Value:
        """A placeholder, which `saving` replaces by what was stored or is recomputed."""
        if value not in self.needed:
            with ir.InsertionPoint(self.anchor):
                self.needed[value] = emit("dsl.primal", [], [value.type])
        return self.needed[value].results[0]


class Branch(Scope):
    """A region of an `scf.if`."""

    def __init__(self, parent: Scope, forward: ir.Block):
        super().__init__(parent, forward, edit.detached_block())
        self.root = parent.root
        self.root.members.append(self)

    def inherit(self, value: ir.Value) -> ir.Value | None:
        return self.parent.peek(value)


class Loop(Scope):
    """The body of a loop. Its adjoint block has the induction variable, the cotangents of what is carried, and one
    more argument for each cotangent from outside that is asked for on the way."""

    def __init__(self, parent: Scope, forward: ir.Block, index: ir.Type, carried: list[ir.Type]):
        super().__init__(parent, forward, edit.detached_block([index, *carried]))
        self.accumulators: list[ir.Value] = []
        # set by the driver: how forward induction variables follow from the adjoint's
        self.formulas: dict[ir.Value, Callable[[], ir.Value]] = {}

    def inherit(self, value: ir.Value) -> ir.Value:
        self.accumulators.append(value)
        self.cts[value] = self.block.add_argument(value.type, ir.Location.current)
        return self.cts[value]


def _scalars_only(total: ir.Value, more: ir.Value) -> ir.Value:
    raise AssertionError("the driver says how arrays are added")


class Primal(Expr):
    """A primal operand that is fetched when a rule first uses it."""

    def __init__(self, scope: Scope, original: ir.Value):
        object.__setattr__(self, "scope", scope)
        object.__setattr__(self, "original", original)

    @property
    def value(self) -> ir.Value:
        return self.scope.primal(self.original)

    @property
    def origin(self) -> ir.Value:
        return self.original

    @property
    def type(self) -> ir.Type:
        return self.original.type

    @property
    def op(self) -> ir.Operation:
        """The operation that made the value, for rules that read its attributes."""
        return self.original.owner.operation
