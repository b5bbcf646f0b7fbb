"""Calls of a function by itself to a depth that depends on the data.

The functions that call each other become one loop over a stack:

    while pc is not the end:  run the piece of the program that pc names

A piece begins at a function's entry or behind a recursive call, and ends at the next one or at a return. A call pushes
the locals that its continuation needs, and the continuation's number; a return pops the number. The stacks are those
of `dsl.push` and `dsl.pop`, which grow as needed and which differentiation understands.
"""

from __future__ import annotations

import ast
import dataclasses
from dataclasses import dataclass, field
from typing import Any

from iree.compiler import ir

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.arithmetic import binary
from dsl.frontend.syntax.recursion_anf import Continuations, Hoister
from dsl.frontend.syntax.source import FunctionInfo, argument_names, count_loads
from dsl.frontend.values.frames import RETURNED, Frame
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import (
    NONE,
    TRUE,
    UNBOUND,
    Closure,
    Maybe,
    Scalar,
    Static,
    Tensor,
    Value,
    leaves,
    map_leaves,
    weak,
)
from dsl.passes.ir.limits import MOST_VISITS_OF_RECURSION

from .branches import attempt, fork
from .call_graph import Target, callee, group_of
from .interpreter import Interpreter
from .loop_statements import run_while
from .parameters import arguments_of, bind, defaults_of
from .pool_sites import want_lists
from .raising import uncaught
from .tags import is_none
from .widening import blank, common, in_kind, is_of_kind

END = -1


class Again(Exception):
    """The type of a register has become known, or wider: the loop is visited again with a place for it."""


@dataclass(eq=False)
class Piece:
    """What runs from an entry or behind a call. `saved` are names with their kinds of value, in stack order."""

    number: int
    target: Target
    statements: list
    receives: str | None = None
    caller_of: Target | None = None
    saved: Any = None
    names: frozenset = field(default_factory=frozenset)
    is_done: bool = False


class Recursion:
    """The lowering of one group of functions that call each other."""

    def __init__(self, m: Interpreter, start: Target):
        self.m, self.start, self.group = m, start, group_of(m, start)
        m.recursions += 1
        self.tape = f"recursion{m.recursions}"
        self.targets: dict = {}
        self.examples: dict = {}
        self.fixed: dict = {}
        self.place = m.origin()

    def run(self, bound: dict) -> Value:
        with uncaught(self.m, f"a call of {self.start.info.name}, which calls itself to a run-time depth,"):
            return self.settled(bound)

    def settled(self, bound: dict) -> Value:
        for _ in range(MOST_VISITS_OF_RECURSION):
            try:
                return attempt(self.m, lambda: self.once(bound), Again)
            except Again:
                continue
        raise Refused(f"the types of the calls of {self.start.info.name} do not settle")

    def once(self, bound: dict) -> Value:
        m = self.m
        self.begin_visit()
        self.registers = Container(m.store)
        self.registers.slots.update(pc=weak(0), depth=weak(0), **{})
        for register, example in self.examples.items():
            self.registers.slots[register] = example
        self.give_arguments(self.start, bound)
        self.push("control", 0, [weak(END)])

        def test() -> Scalar:
            self.begin_visit()
            return scalar_ops.compare_scalars(m.builder, "ne", m.store.read(self.registers, "pc"), weak(END))

        m.builder.may_fail = True  # the stack may overflow, so the loop has to look
        run_while(m, m.node, test, self.dispatch, (False, False))
        result = self.registers.slots.get(("result", self.start), UNBOUND)
        if result is UNBOUND:
            if ("result", self.start) in self.examples:
                raise Again
            raise Refused(f"{self.start.info.name} calls itself on every path, without end")
        return result

    # pieces

    def begin_visit(self) -> None:
        """Before each visit of the loop, of which there may be several: no piece has been visited in it."""
        self.pieces: list[Piece] = []
        self.entries: dict = {}
        self.behind: dict = {}
        assert self.entry(self.start).number == 0

    def entry(self, target: Target) -> Piece:
        """The piece that begins a function."""
        if target not in self.entries:
            hoisted = self.hoisted(target)
            piece = Piece(len(self.pieces), target, hoisted.body)
            self.pieces.append(piece)
            self.entries[target] = piece
        return self.entries[target]

    def hoisted(self, target: Target):
        """A function with its recursive calls as statements, and what runs after each."""
        if target not in self.targets:
            hoister = Hoister(lambda node: callee(self.m, target, node) in self.group)
            info = target.info
            body = hoister.block(info.body)
            returns_value = any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(info.node))
            node = ast.FunctionDef(name=info.name, args=info.node.args, body=body, decorator_list=[], returns=None,
                                   lineno=info.node.lineno, col_offset=info.node.col_offset)
            made = dataclasses.replace(info, node=node, nested={})
            self.targets[target] = Hoisted(made, body, Continuations(body), returns_value, hoister)
        return self.targets[target]

    def dispatch(self) -> bool:
        """The body of the loop: the piece that pc names."""
        piece = next((p for p in self.pieces if not p.is_done and self.is_ready(p)), None)
        if piece is None:
            if any(not p.is_done for p in self.pieces):
                raise Refused(f"{self.start.info.name} never returns anything that would say what its result is")
            return True
        piece.is_done = True
        pc = self.m.store.read(self.registers, "pc")
        here = scalar_ops.compare_scalars(self.m.builder, "eq", pc, weak(piece.number))
        fork(self.m, here, lambda: self.visit(piece), self.dispatch)
        return True

    def is_ready(self, piece: Piece) -> bool:
        register = ("result", piece.caller_of)
        return piece.caller_of is None or register in self.examples

    def visit(self, piece: Piece) -> bool:
        """Runs a piece in a frame of its own."""
        m, target = self.m, piece.target
        caller = m.frame
        frame = Frame(m.store, self.hoisted(target).info, target.python, target.frame, caller, m.builder.location,
                      m.node)
        frame.recursion = (self, target)
        if piece.receives is None:
            for name in argument_names(target.info.node):
                frame.slots[name] = self.argument(target, name)
        else:
            frame.slots.update(self.pop_saved(piece))
            frame.slots[piece.receives] = self.read(("result", piece.caller_of))
        m.frame = frame
        try:
            reached = m.execute(piece.statements)
            if reached:
                self.fall_off(frame)
        finally:
            m.frame = caller
        return True

    def fall_off(self, frame: Frame) -> None:
        """The end of a function without a return."""
        m, left = self.m, frame.slots[RETURNED]
        if left.is_constant:
            if not left.constant:
                self.give_back(NONE)
            return
        fork(m, scalar_ops.logical_not(m.builder, left), lambda: self.give_back(NONE), lambda: True)

    # registers and stacks

    def read(self, register) -> Value:
        value = self.m.store.read(self.registers, register)
        if value is UNBOUND:
            if register in self.examples:
                raise Again
            raise Refused("this call's result is not known yet")
        return value

    def write(self, register, value: Value) -> None:
        """Writes a register; the first write says what kind of value it holds, others may widen it."""
        example = self.examples.get(register)
        if example is None:
            self.examples[register] = map_leaves(value, place_for)
        else:
            kind = common(self.m, example, value)
            if kind is None:
                raise Refused(f"this is {value.describe()}, elsewhere in the recursion it is {example.describe()}",
                              "return, and pass, the same type everywhere")
            if not is_of_kind(example, kind):
                self.examples[register] = blank(self.m, kind)
                raise Again
            value = in_kind(self.m, value, kind)
        self.m.store.write(self.registers, register, value, self.m.origin())

    def argument(self, target: Target, name: str) -> Value:
        fixed = self.fixed.get((target, name))
        return fixed if fixed is not None else self.read(("argument", target, name))

    def give_arguments(self, target: Target, bound: dict) -> None:
        for name, value in bound.items():
            fixed, register = self.fixed.get((target, name)), ("argument", target, name)
            if fixed is None and (not is_fixed(value) or register in self.examples and not leaves_out(value)):
                self.write(register, value)
                continue
            if fixed is not None and is_none(fixed) and not is_fixed(value):
                kind = common(self.m, fixed, value)
                if kind is not None:
                    self.examples[register] = blank(self.m, kind)
                    del self.fixed[target, name]
                    raise Again
            known = fixed or self.examples.get(register, value)
            if not is_fixed(value) or register in self.examples or known is not value and not same_static(known, value):
                want_lists(self.m, [known, value])
                raise Refused(f"the argument {name} of the recursive function {target.info.name} is another "
                              f"{value.describe().removeprefix('a ')} in a call of itself",
                              "pass numbers, and always the same arrays, lists and functions")
            self.fixed[target, name] = known

    def push(self, name: str, site: int, values: list) -> None:
        b = self.m.builder
        if values:
            b.effects += 1
            b.emit("dsl.push", [b.ssa(v) for v in values], attributes=self.where(name, site))

    def pop(self, name: str, site: int, kinds: list) -> list:
        b = self.m.builder
        if not kinds:
            return []
        b.effects += 1
        return list(b.emit("dsl.pop", [], [b.type_of(k) for k in kinds], attributes=self.where(name, site)).results)

    def where(self, name: str, site: int) -> dict:
        return {"tape": self.m.builder.string(f"{self.tape}.{name}"),
                "site": ir.IntegerAttr.get(self.m.builder.i64, site)}

    # calls and returns

    def suspend(self, node: ast.Assign) -> None:
        """`name = call` of a function of the group: the piece ends here."""
        m, frame = self.m, self.m.frame
        call: Any = node.value
        owner = frame.recursion[1]
        target: Any = callee(m, owner, call)
        bound = self.bound(target, call)
        self.entry(target)
        piece = self.continuation(owner, target, node)
        self.push_saved(piece, frame)
        self.push("control", 0, [weak(piece.number)])
        depth = m.store.read(self.registers, "depth")
        limit = max(900, m.recursion_limit - 60)
        too_deep = scalar_ops.compare_scalars(m.builder, "ge", depth, weak(limit))
        m.builder.fail(m.builder.ssa(too_deep), "RecursionError", "maximum recursion depth exceeded")
        m.store.write(self.registers, "depth", binary(m.builder, "+", depth, weak(1)))
        self.give_arguments(target, bound)
        m.store.write(self.registers, "pc", weak(self.entry(target).number))
        m.store.write(frame, RETURNED, TRUE)

    def bound(self, target: Target, node: ast.Call) -> dict:
        arguments, keywords = arguments_of(self.m, node)
        return bind(self.m, target.info, arguments, keywords, *defaults_of(self.m, target))

    def continuation(self, owner: Target, target: Target, node: ast.Assign) -> Piece:
        if node not in self.behind:
            after = self.hoisted(owner).continuations.after[node]
            receives = node.targets[0].id
            loads: set = set()
            for statement in after:
                loads |= set(count_loads(statement))
            names = frozenset((loads & self.hoisted(owner).info.locals) - {receives})
            piece = Piece(len(self.pieces), owner, after, receives, target, None, names)
            self.pieces.append(piece)
            self.behind[node] = piece
        return self.behind[node]

    def push_saved(self, piece: Piece, frame: Frame) -> None:
        """The locals that the continuation reads."""
        bound = [name for name in sorted(piece.names) if frame.slots.get(name, UNBOUND) is not UNBOUND]
        saved = {name: frame.slots[name] for name in bound}
        for name, value in saved.items():
            refuse_local(self.m, name, value, self.registers)
        if piece.saved is None:
            piece.saved = {name: map_leaves(v, lambda x: x) for name, v in saved.items()}
        kinds = {name: [leaf.key() for leaf in leaves(value)] for name, value in saved.items()}
        if kinds != {name: [leaf.key() for leaf in leaves(value)] for name, value in piece.saved.items()}:
            raise Refused("a local name is of different kinds on the paths to this recursive call, or unbound on some",
                          "give it a value of one type on every path")
        self.push("locals", piece.number, [leaf for value in saved.values() for leaf in leaves(value)])

    def pop_saved(self, piece: Piece) -> dict:
        kinds = [leaf for value in piece.saved.values() for leaf in leaves(value)]
        popped = iter(self.pop("locals", piece.number, kinds))
        return {name: map_leaves(value, lambda x: x.around(next(popped))) for name, value in piece.saved.items()}

    def give_back(self, value: Value) -> None:
        """`return value`."""
        m, (_, target) = self.m, self.m.frame.recursion
        if isinstance(value, Mutable) and value.epoch > self.registers.epoch:
            want_lists(m, [value])
            raise Refused(f"{value.describe()} as the result of a function that calls itself to a run-time depth",
                          "return numbers or tuples of numbers")
        self.write(("result", target), value)
        (number,) = self.pop("control", 0, [weak(0)])
        m.store.write(self.registers, "pc", Scalar(types.i64, True, number))
        depth = m.store.read(self.registers, "depth")
        m.store.write(self.registers, "depth", binary(m.builder, "-", depth, weak(1)))


@dataclass(eq=False)
class Hoisted:
    info: FunctionInfo
    body: list
    continuations: Continuations
    returns_value: bool
    hoister: Hoister


def place_for(leaf):
    """A place for a leaf of this kind."""
    if isinstance(leaf, Tensor):
        raise Refused("an array's elements as the argument or result of a recursive call", "pass the array itself")
    return type(leaf)(leaf.dtype, leaf.weak, constant=leaf.dtype.numpy(0).item())


def is_fixed(value: Value) -> bool:
    """What is passed along and not kept on a stack."""
    return isinstance(value, Mutable | Static | Closure) or (not leaves(value) and not value.parts())


def leaves_out(value: Value) -> bool:
    """Whether a value has no place in a register."""
    return isinstance(value, Mutable | Closure)


def same_static(a: Value, b: Value) -> bool:
    return type(a) is type(b) and not isinstance(a, Mutable) and a.key() == b.key()


def refuse_local(m: Interpreter, name: str, value: Value, registers: Container) -> None:
    parts = [value, *value.parts()]
    if any(isinstance(v, Mutable) and v.epoch > registers.epoch for v in parts):
        want_lists(m, [value])
        raise Refused(f"the local {name}, {value.describe()}, lives across a recursive call to a run-time depth",
                      "keep it in an argument array, or in numbers")
    if any(isinstance(v, Closure) and v.frame.epoch > registers.epoch for v in parts):
        raise Refused(f"the local function {name} lives across a recursive call to a run-time depth",
                      "define it outside of the function")
    if isinstance(value, Maybe) and not isinstance(value.value, Scalar):
        raise Refused(f"the local {name} has a value on some paths only", "give it a value on every path")


def is_suspension(m: Interpreter, node: ast.stmt) -> bool:
    """Whether a statement of a piece is a recursive call."""
    if m.frame.recursion is None or not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return False
    recursion, target = m.frame.recursion
    return node in recursion.hoisted(target).continuations.after and callee(m, target, node.value) in recursion.group

