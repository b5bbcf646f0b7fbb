"""The abstract interpreter: visits each node of the program once and emits what it means.

The handlers live in tables, one entry for each kind of syntax node; a node without an entry is refused by name.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from iree.compiler import ir

from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.builder import Builder
from dsl.frontend.protocols import call, constant, truth
from dsl.frontend.syntax import unsupported
from dsl.frontend.syntax.source import own_nodes
from dsl.frontend.values.frames import RAISED, Frame
from dsl.frontend.values.mutable import List
from dsl.frontend.values.pooled import PoolPlan
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.store import Container, Store
from dsl.frontend.values.value import Conflict, Maybe, Scalar, Static, Unbound, Value
from dsl.passes.ir.diagnostics import CompileError, InternalError, Place

EXPRESSIONS: dict[type, Callable] = {}
STATEMENTS: dict[type, Callable] = {}


def expression(*kinds: type):
    """Enters a handler `(interpreter, node) -> Value`."""
    return lambda function: [EXPRESSIONS.__setitem__(kind, function) for kind in kinds] and function


def statement(*kinds: type):
    """Enters a handler `(interpreter, node, rest) -> bool | None`.

    `rest` are the statements after it in the same list. A handler that has visited them too returns whether control
    can reach their end; the others return None.
    """
    return lambda function: [STATEMENTS.__setitem__(kind, function) for kind in kinds] and function


class PossibleExit:
    """In the table of statements: the statements behind one that may have taken an exit, as a run-time flag says."""


class MadeList:
    """In the table of expressions: a list that an expression has made, which may lie in a pool."""


MAKERS = (ast.List, ast.ListComp, ast.Call, ast.BinOp, ast.Subscript)


class TestedBoolOp:
    """In the table of expressions: an `and` or `or` of which only the truth is asked for."""


class Interpreter:
    def __init__(self, options: dict | None = None):
        self.entry_block = None
        self.list_capacity: Scalar | None = None  # the room of lists that grow (list_items.py)
        self.recursion_cache: dict = {}
        self.recursion_count = self.recursions = 0
        self.recursion_limit = 1000
        self.options = options or {}
        self.builder = Builder(self.options.get("overflow_check", True))
        self.store = Store()
        self.caller_objects: list = []  # the mutable objects that the caller holds
        self.argument_arrays = Container(self.store)  # the argument arrays, by the number of their leaf
        self.frame: Frame = None
        self.node: ast.AST = None
        self.discarded: ast.AST | None = None
        self.converted: dict = {}
        self.mutated: list = []
        self.always_fails = False
        self.predicts = self.options.get("predicts", True)  # loop-carried objects, see loop_predictions.py
        self.has_predicted = False
        self.tells_apart = self.options.get("tells_apart", False)  # objects, by a tag, see alternatives.py
        self.loop_memory: dict = {}
        self.loop_kinds: dict = {}
        self.kind_numbers: dict = {}  # of unlike values, see alternatives.py
        self.exchanges: list[tuple[frozenset, frozenset]] = []  # what loops have exchanged: before and after
        self.rules: list = []  # custom rules that are being visited, outermost first
        self.tries: list = []  # the handlers of the try statements around, outermost first (raising.py)
        self.handling: list = []  # the except clauses that are being visited, outermost first
        self.pool_plan, self.pools = PoolPlan(), {}  # of lists in lists, by root (pools.py)
        self.counted_loops: list = []  # the epochs of the loops around that cannot be left early

    # visiting

    def evaluate(self, node: ast.AST) -> Any:
        handler, before = EXPRESSIONS.get(type(node)), self.store.epochs
        value = self.visit(handler, node)
        if isinstance(value, List) and value.epoch > before and isinstance(node, MAKERS):
            return self.visit(EXPRESSIONS[MadeList], node, value)
        return value

    def visit(self, handler, node: ast.AST, *extra):
        """Calls a handler with the node's place current, and gives a refusal that place."""
        outer, self.node = self.node, node
        location, self.builder.location = self.builder.location, self.location(node)
        try:
            if handler is None:
                raise self.refused_syntax(node)
            return handler(self, node, *extra)
        except Refused as refused:
            raise self.error(refused.message, refused.help) from None
        except (LookupError, TypeError, ValueError, AttributeError, AssertionError, ArithmeticError) as unexpected:
            raise self.unexpected(unexpected) from unexpected.with_traceback(None)
        finally:
            self.node, self.builder.location = outer, location

    def unexpected(self, error: Exception) -> InternalError:
        """A mistake of ours, told with the place that is being compiled."""
        refusal = self.error(f"dsl failed to compile this, a mistake of dsl: {type(error).__name__}: {error}",
                             "please report it; written in another way it may work")
        return InternalError("", findings=refusal.findings)

    def execute(self, statements: list[ast.stmt]) -> bool:
        """Visits a statement list; whether control can reach its end (perhaps only if no exit flag is set)."""
        for k, node in enumerate(statements):
            rest = statements[k + 1:]
            try:
                reached = self.visit(STATEMENTS.get(type(node)), node, rest)
            except Dead:
                return False
            if reached is not None:
                return reached
            left = self.left()
            if left.is_constant:
                if left.constant:
                    return False
            elif rest:
                return STATEMENTS[PossibleExit](self, left, rest)
        return True

    def left(self) -> Scalar:
        """Whether an exit has been taken that the current statement list must heed."""
        result = scalar_ops.FALSE
        for container, key in self.exits():
            result = scalar_ops.logical_or(self.builder, result, container.slots.get(key, scalar_ops.FALSE))
        return result

    def exits(self) -> list[tuple]:
        """The flags, as (container, key), that stop the statement list being visited."""
        return [*self.frame.exits, *[(handler, RAISED) for handler in self.tries]]

    # names

    def read_name(self, frame: Frame, name: str) -> Any:
        value = self.store.read(frame, name)
        return value if not isinstance(value, Unbound | Maybe | Conflict) else self.doubtful(frame, name, value)

    def doubtful(self, frame: Frame, name: str, value: Value) -> Value:
        """A name that may have no value, or one of several kinds."""
        if isinstance(value, Conflict):
            raise self.conflict(name, value)
        kind = "UnboundLocalError" if frame is self.frame else "NameError"
        message = f"cannot access local variable '{name}' where it is not associated with a value"
        if isinstance(value, Unbound):
            self.refuse_later_binding(frame, name)
            self.builder.fail(self.builder.ssa(scalar_ops.TRUE), kind, message)
            raise Dead
        missing = scalar_ops.logical_not(self.builder, value.flag)
        if not (missing.is_constant and not missing.constant):
            self.builder.fail(self.builder.ssa(missing), kind, message)
        if isinstance(value.value, Conflict):
            raise self.conflict(name, value.value)
        if not self.tries:
            self.store.write(frame, name, value.value, frame.origins.get(name))
        return value.value

    def refuse_later_binding(self, frame: Frame, name: str):
        """In a loop that binds the name further down, an earlier iteration may have bound it."""
        for loop in self.store.loops:
            if loop.frame is frame and name in loop.assigned:
                later = [n for n in ast.walk(loop.node) if isinstance(n, ast.Name) and n.id == name
                         and isinstance(n.ctx, ast.Store)]
                related = tuple((frame.info.place(n), f"{name} is first bound here") for n in later[:1])
                raise self.error(f"{name} has no value here in the first iteration of the loop",
                                 f"give {name} a value of the same type before the loop", related)

    def module_name(self, name: str) -> Value:
        return constant(self, self.frame.module_value(name))

    # places and errors

    def location(self, node: ast.AST):
        """The MLIR location of a node: its place, inside the calls it was inlined from."""
        frame = self.frame
        if not hasattr(node, "lineno"):
            return self.builder.location
        key = (node.lineno, node.col_offset)
        found = frame.locations.get(key)
        if found is None:
            place = frame.info.place(node)
            found = ir.Location.file(place.filename, place.line, place.column, self.builder.context)
            if frame.call is not None:
                found = ir.Location.callsite(found, [frame.call], self.builder.context)
            frame.locations[key] = found
        return found

    def origin(self):
        """Where the current node stands, for a message that may never be needed."""
        return (self.frame.info, self.node)

    def place(self, origin) -> Place | None:
        return origin[0].place(origin[1]) if origin else None

    def error(self, message: str, help: str = "", related: tuple = (), node: ast.AST | None = None) -> CompileError:
        """A refusal at the current node, with the calls that led there."""
        frame, place = self.frame, self.frame.info.place(node or self.node)
        while frame.caller is not None:
            if frame.call_node is not None:
                called = frame.caller.info.place(frame.call_node)
                related = (*related, (called, f"in a call of {frame.info.name} here"))
            frame = frame.caller
        return CompileError(message, place.filename, place.line, place.column, help, related[:6])

    def refused_syntax(self, node: ast.AST) -> CompileError:
        """The refusal of a syntax node, together with the others in the same function."""
        others = [n for n in own_nodes(self.frame.info.node) if type(n) in unsupported.REFUSED and hasattr(n, "lineno")]
        errors = []
        for found in dict.fromkeys([node, *others]):
            refused = unsupported.of_node(found)
            errors.append(self.error(refused.message, refused.help, node=found))
        return CompileError.collect(errors)

    def conflict(self, name: str, conflict: Conflict, node: ast.AST | None = None, loop: bool = False) -> CompileError:
        sides = [(what, self.place(origin)) for what, origin in (conflict.first, conflict.second)]
        if loop:
            kinds = f"{sides[0][0]} before the loop and {sides[1][0]} after an iteration"
        else:
            sides.sort(key=lambda side: side[1].line if side[1] else 0)
            kinds = f"{sides[0][0]} on one path and {sides[1][0]} on another"
        related = tuple((place, f"{what} here") for what, place in sides if place is not None)
        return self.error(f"{name} is {kinds}{conflict.reason}", conflict.help, related, node)

    def arguments_behind(self, number: Scalar) -> set | None:
        """The argument leaves that a run-time int is computed from; None where it depends on anything else."""
        if self.entry_block is None:
            return None
        found, stack = set(), [self.builder.ssa(number)]
        arguments = list(self.entry_block.arguments)
        while stack:
            value = stack.pop()
            if value in arguments:
                found.add(arguments.index(value))
                continue
            owner = value.owner
            if isinstance(owner, ir.Block) or not owner.operation.name.startswith("arith."):
                return None
            stack.extend(owner.operation.operands)
        return found

    def unless_raised(self, action: Callable) -> None:
        """A write, or something else that can be seen, behind what may have been raised in the same statement."""
        if self.tries:
            self.tries[-1].unless_raised(self, action)
        else:
            action()

    # conveniences

    def raise_now(self, exception: str, message: str):
        """The program certainly fails here."""
        self.builder.fail(self.builder.ssa(scalar_ops.TRUE), exception, message)
        raise Dead

    def test(self, node: ast.expr) -> Scalar:
        """The truth of an expression."""
        if isinstance(node, ast.BoolOp):
            return self.visit(EXPRESSIONS[TestedBoolOp], node)
        value = self.evaluate(node)
        return self.visit(lambda m, node: m.truth(value), node)

    def truth(self, value: Value) -> Scalar:
        return truth(self, value)

    def call(self, function: Value, arguments: list, keywords: dict) -> Any:
        return call(self, function, arguments, keywords)

    def static(self, node: ast.AST, what: str):
        """The Python value of an expression that has to be known at compile time."""
        value = self.evaluate(node)
        if isinstance(value, Scalar) and value.is_constant:
            return value.python()
        if isinstance(value, Static):
            return value.value
        raise self.error(f"{what} has to be known at compile time, found {value.describe()}", node=node)
