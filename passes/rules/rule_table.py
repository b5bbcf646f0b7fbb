"""The table of derivative rules.

An entry gives, for each operand, a function `(g, z, *operands) -> contribution` that is linear in `g`. Reverse mode
calls it with the cotangent of the result `z` and adds the contribution to the operand's cotangent; forward mode calls
it with the operand's tangent and adds the contribution to the result's tangent. (One table serves both because a
scalar function's Jacobian is a number, which is its own transpose.) `None` says that the derivative is zero.

`z` and the operands are `Expr`s that are fetched only when the rule uses them: what a rule does not mention is not
stored for the adjoint.
"""

from __future__ import annotations

from collections.abc import Callable

Rule = tuple[Callable | None, ...]
RULES: dict[str, Rule] = {}


def derivative(name: str, *contributions: Callable | None) -> None:
    """Enter the rule of the operation `name`, one contribution per operand."""
    RULES[name] = contributions
