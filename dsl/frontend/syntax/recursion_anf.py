"""Recursive calls as statements of their own.

A function that calls itself to a run-time depth is cut at each such call into pieces (recursion_stack.py). For that the
calls have to stand alone: `return f(n - 1) + f(n - 2)` becomes `a = f(n - 1)`, `b = f(n - 2)`, `return a + b`, with
what was evaluated before a call kept in a name of its own, and conditional expressions as `if`. A loop around a call
becomes a `while`, so that what follows a call is a list of statements: the rest of the body, the loop again, and what
comes after it.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import Any

from dsl.frontend.values.signals import Refused


class Hoister:
    """`is_call` says which calls have to stand alone."""

    def __init__(self, is_call):
        self.is_call = is_call
        self.count = 0

    def holds(self, node: ast.AST | None) -> bool:
        """Whether a call that has to stand alone is evaluated in this node, a nested function's body apart."""
        if node is None or isinstance(node, ast.Lambda | ast.FunctionDef):
            return False
        if isinstance(node, ast.Call) and self.is_call(node):
            return True
        return any(self.holds(child) for child in ast.iter_child_nodes(node))

    def name(self, like: ast.AST, context) -> ast.Name:
        return ast.copy_location(ast.Name(f"%{self.count}", context), like)

    def bind(self, value: ast.expr) -> tuple[list, ast.Name]:
        """A statement that gives the value a name, and the name."""
        self.count += 1
        target = self.name(value, ast.Store())
        made = ast.copy_location(ast.Assign([target], value, lineno=value.lineno), value)
        return [made], self.name(value, ast.Load())

    # expressions

    def expression(self, node: ast.expr) -> tuple[list, ast.expr]:
        """(statements to run before, what is left of the expression)."""
        if not self.holds(node):
            return [], node
        special = getattr(self, "of_" + type(node).__name__, None)
        if special is not None:
            return special(node)
        if isinstance(node, ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp):
            raise Refused("a recursive call inside of a comprehension", "write a loop")
        before, left = self.parts(node)
        if isinstance(left, ast.Call) and self.is_call(node):
            statements, left = self.bind(left)
            before = [*before, *statements]
        return before, left

    def parts(self, node: Any) -> tuple[list, Any]:
        """The operands in order; one that is evaluated before a call further on gets a name."""
        left = copy.copy(node)
        slots = []
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(left, field, list(value))
                slots += [(getattr(left, field), k) for k, item in enumerate(value) if isinstance(item, ast.AST)]
            elif isinstance(value, ast.expr):
                slots.append((left, field))
        before: list = []
        for position, slot in enumerate(slots):
            value = get(slot)
            if isinstance(value, ast.keyword):
                value = copy.copy(value)
                put(slot, value)
                slot = (value, "value")
                value = value.value
            if not isinstance(value, ast.expr):
                continue
            statements, rest = self.expression(value)
            later = any(self.holds(get(s)) for s in slots[position + 1:])
            if later and not isinstance(rest, ast.Constant | ast.Name | ast.Starred):
                more, rest = self.bind(rest)
                statements = [*statements, *more]
            before += statements
            put(slot, rest)
        return before, left

    def of_IfExp(self, node: ast.IfExp) -> tuple[list, ast.expr]:
        before, test = self.expression(node.test)
        return self.choice(node, before, test, node.body, node.orelse)

    def choice(self, node, before, test, yes, no) -> tuple[list, ast.expr]:
        self.count += 1
        target, result = self.name(node, ast.Store()), self.name(node, ast.Load())
        sides = []
        for side in (yes, no):
            statements, value = self.expression(side)
            sides.append([*statements, ast.copy_location(ast.Assign([target], value, lineno=node.lineno), side)])
        return [*before, ast.copy_location(ast.If(test, *sides), node)], result

    def of_BoolOp(self, node: ast.BoolOp) -> tuple[list, ast.expr]:
        first, *others = node.values
        rest = others[0] if len(others) == 1 else ast.copy_location(ast.BoolOp(node.op, others), node)
        before, value = self.expression(first)
        statements, held = self.bind(value)
        before = [*before, *statements]
        yes, no = (rest, held) if isinstance(node.op, ast.And) else (held, rest)
        return self.choice(node, before, held, yes, no)

    def of_Compare(self, node: ast.Compare) -> tuple[list, ast.expr]:
        if len(node.ops) > 1:
            raise Refused("a recursive call inside of a chained comparison", "join two comparisons with and")
        return self.parts(node)

    # statements

    def block(self, statements: list) -> list:
        return [made for node in statements for made in self.statement(node)]

    def statement(self, node: ast.stmt) -> list:
        if not self.holds(node):
            return [node]
        special = getattr(self, "of_" + type(node).__name__, None)
        if special is not None:
            return special(node)
        if not isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return | ast.Assert | ast.Raise):
            raise Refused(f"a recursive call inside of {type(node).__name__}", "call it in a statement of its own")
        before, left = self.parts(node)
        return [*before, left]

    def of_Assign(self, node: ast.Assign) -> list:
        """The value comes first; what is assigned to is looked at when it is there."""
        if any(map(self.holds, node.targets)):
            raise Refused("a recursive call in what is assigned to", "call it in a statement of its own")
        before, value = self.expression(node.value)
        made = copy.copy(node)
        made.value = value
        return [*before, made]

    def of_AugAssign(self, node: ast.AugAssign) -> list:
        load = copy.copy(node.target)
        load.ctx = ast.Load()
        before, old = self.bind(load)
        more, value = self.expression(node.value)
        store = ast.copy_location(ast.Name(old.id, ast.Store()), node)
        change = ast.copy_location(ast.AugAssign(store, node.op, value), node)
        return [*before, *more, change, ast.copy_location(ast.Assign([node.target], old, lineno=node.lineno), node)]

    def of_If(self, node: ast.If) -> list:
        before, test = self.expression(node.test)
        return [*before, ast.copy_location(ast.If(test, self.block(node.body), self.block(node.orelse)), node)]

    def of_While(self, node: ast.While) -> list:
        if not self.holds(node.test):
            body, test = self.block(node.body), node.test
        else:
            if node.orelse:
                raise Refused("a recursive call in the condition of a while with else", "move it into the body")
            before, left = self.expression(node.test)
            stop = ast.copy_location(ast.If(left, [ast.copy_location(ast.Pass(), node)],
                                            [ast.copy_location(ast.Break(), node)]), node)
            body, test = [*before, stop, *self.block(node.body)], ast.copy_location(ast.Constant(True), node)
        return [ast.copy_location(ast.While(test, body, self.block(node.orelse)), node)]

    def of_For(self, node: ast.For) -> list:
        """`for i in range(...)` as a `while` with a counter."""
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
            return self.over_items(node)
        bounds = [ast.copy_location(ast.Constant(0), node), *call.args] if len(call.args) == 1 else list(call.args)
        step = bounds[2] if len(bounds) == 3 else ast.copy_location(ast.Constant(1), node)
        downwards = isinstance(step, ast.UnaryOp)
        if not isinstance(step.operand if downwards else step, ast.Constant):
            raise Refused("a recursive call inside of a loop whose step is not a constant", "write a while loop")
        first, counter = self.bind(bounds[0])
        second, limit = self.bind(bounds[1])
        store = ast.copy_location(ast.Name(counter.id, ast.Store()), node)
        advance = ast.copy_location(ast.AugAssign(store, ast.Add(), step), node)
        take = ast.copy_location(ast.Assign([node.target], counter, lineno=node.lineno), node)
        comparison = ast.copy_location(ast.Compare(counter, [ast.Gt() if downwards else ast.Lt()], [limit]), node)
        loop = ast.While(comparison, [take, advance, *self.block(node.body)], self.block(node.orelse))
        return [*first, *second, ast.copy_location(loop, node)]

    def over_items(self, node: ast.For) -> list:
        """`for x in xs` as a `while` over the indices of a list."""
        def call(function: Callable, value: ast.expr) -> ast.expr:
            known: Any = function
            return at(ast.Call(at(ast.Constant(known)), [value], []))

        def at(made):
            return ast.copy_location(made, node)

        before, value = self.expression(node.iter)
        first, items = self.bind(call(with_indices, value))
        second, counter = self.bind(at(ast.Constant(0)))
        item = at(ast.Subscript(items, counter, ast.Load()))
        take = at(ast.Assign([node.target], item, lineno=node.lineno))
        advance = at(ast.AugAssign(at(ast.Name(counter.id, ast.Store())), ast.Add(), at(ast.Constant(1))))
        test = at(ast.Compare(counter, [ast.Lt()], [call(len, items)]))
        loop = at(ast.While(test, [take, advance, *self.block(node.body)], self.block(node.orelse)))
        return [*before, *first, *second, loop]


def with_indices(items):
    """What a loop over indices goes over: a list, a tuple or an array (functions/iterators.py)."""
    return items


def get(slot):
    holder, key = slot
    return holder[key] if isinstance(holder, list) else getattr(holder, key)


def put(slot, value) -> None:
    holder, key = slot
    if isinstance(holder, list):
        holder[key] = value
    else:
        setattr(holder, key, value)


class Continuations:
    """What runs after each statement of a function, as statements."""

    def __init__(self, body: list):
        self.after: dict[ast.stmt, list] = {}
        self.enter(body, [])

    def enter(self, body: list, then: list) -> None:
        for k, node in enumerate(body):
            rest = [*body[k + 1:], *then]
            self.after[node] = rest
            if isinstance(node, ast.If):
                self.enter(node.body, rest)
                self.enter(node.orelse, rest)
            elif isinstance(node, ast.While):
                self.loop(node, rest)

    def loop(self, node: ast.While, rest: list) -> None:
        """After a statement of the body: the rest of this iteration, once, then the loop; `break` skips the loop."""
        self.enter(node.orelse, rest)
        inside = Continuations(node.body)
        for statement, own in inside.after.items():
            once = ast.For(target=ast.Name("%once", ast.Store(), lineno=node.lineno, col_offset=node.col_offset),
                           iter=ast.Tuple([ast.Constant(None, lineno=node.lineno, col_offset=node.col_offset)],
                                          ast.Load(), lineno=node.lineno, col_offset=node.col_offset),
                           body=own or [ast.copy_location(ast.Pass(), node)], orelse=[node])
            self.after[statement] = [ast.copy_location(once, node), *rest]
