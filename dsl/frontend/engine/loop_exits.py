"""Which exits a loop has: what of it leaves it, by its syntax, and what leaves it together with what is around it."""

from __future__ import annotations

import ast

from .branches import flag_of, is_false
from .interpreter import Interpreter


def exits_of(node: ast.For | ast.While) -> tuple[bool, bool]:
    """Whether a loop holds a `break` of its own, and whether it holds a `return`."""
    breaks, returns = False, False
    stack: list[tuple[ast.AST, bool]] = [(child, True) for child in node.body]
    while stack:
        current, own = stack.pop()
        breaks |= own and isinstance(current, ast.Break)
        returns |= isinstance(current, ast.Return)
        if isinstance(current, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(current, ast.For | ast.While):
            stack.extend((child, False) for child in current.body)
            stack.extend((child, own) for child in current.orelse)
        else:
            stack.extend((child, own) for child in ast.iter_child_nodes(current))
    return breaks, returns


def exits_in_loop(m: Interpreter, node: ast.For | ast.While) -> tuple[bool, bool]:
    """The same of a loop in this frame: one of a generator may be left by what goes over it."""
    breaks, returns = exits_of(node)
    return breaks, returns or len(m.frame.lasting) > 1


def never_taken(m: Interpreter) -> list[tuple]:
    """The exits that are not taken before a loop that none leaves, so in no iteration either. A `try` has to know that:
    the loops in the body of this one may be left by what they raise, and heed all exits."""
    return [exit for exit in m.exits() if is_false(flag_of(exit))] if m.tries else []


def lasting_exits(m: Interpreter) -> list[tuple]:
    """The exits that leave a loop together with what is around it."""
    return [exit for exit in m.exits() if exit not in m.frame.exits or exit in m.frame.lasting]
