"""Generators: a `for` over one is the generator's body, with the body of the `for` in the place of each `yield`.

    def squares(n):                         for x in squares(n): total += x        becomes
        for i in range(n):
            yield i * i                     for i in range(n): x = i * i; total += x

A generator (`Generator`) is not begun before something goes over it. Each of the two functions keeps its frame. What
the consumer's `break` and `return` leave, the generator's statements leave with it: their flags are among its exits.

Sound: CPython runs the two in turn, in just this order, as long as nothing else steps the generator: a second use of
one is refused. What the consumer raises is none of the generator's business: its handlers are not around the body.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dsl.frontend.protocols import iterate
from dsl.frontend.values.frames import BREAK, CONTINUE, RETURNED, Frame
from dsl.frontend.values.iterables import Generator, GeneratorFound
from dsl.frontend.values.signals import Dead, DeepRecursion, Refused
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import FALSE, NONE, TRUE, Scalar, Value

from .branches import flag_of, is_false, set_flag
from .interpreter import Interpreter, statement
from .loop_exits import exits_of
from .loop_statements import after_loop, loop_over, with_item
from .raising import Handler, then


@iterate.of(Generator)
def refuse_as_sequence(m: Interpreter, value: Generator) -> Value:
    raise GeneratorFound(value)


def generator(m: Interpreter, info, bound: dict, python, enclosing) -> Generator:
    """What the call of a generator function returns."""
    location, node, caller = m.builder.location, m.node, m.frame

    def run(m: Interpreter, consume: Callable, exits: list, assigned: list) -> None:
        frame = Frame(m.store, info, python, enclosing, m.frame, location, node)
        if frame.depth > 2 * MOST_NESTED:
            if m.recursion_count:
                raise DeepRecursion
            raise Refused(f"generators nest deeper than {MOST_NESTED}", "let the recursion end at constants")
        frame.slots.update(bound)
        frame.origins.update({name: (info, info.node) for name in bound})
        in_frame(m, frame, info.body, consume, exits, assigned)

    return once(Generator(run, info.name), m, caller)


MOST_NESTED = 100


def once(made: Generator, m: Interpreter, caller: Frame) -> Generator:
    """A generator that refuses to be gone over twice."""
    state, run = Container(m.store), made.run
    state.slots["used"] = FALSE

    def checked(m: Interpreter, *arguments) -> None:
        used = m.store.read(state, "used")
        if not (isinstance(used, Scalar) and is_false(used)):
            raise Refused(f"the generator {made.name} is gone over twice, and begins where it was left",
                          "call the generator function again, or make a list of it")
        m.store.write(state, "used", TRUE)
        run(m, *arguments)

    made.run = checked
    return made


def in_frame(m: Interpreter, frame: Frame, body: list, consume: Callable, exits: list, assigned: list) -> None:
    """Visits the body of a generator; `exits` are those of its consumer, `assigned` the names that the consumer's body
    binds: (frame, names)."""
    frame.lasting = [(frame, RETURNED), *exits]
    frame.exits = frame.lasting
    frame.consume, frame.consumers = consume, assigned
    outer, m.frame = m.frame, frame
    try:
        reached = m.execute(body)
    finally:
        m.frame = outer
    if reached or not is_false(frame.slots[RETURNED]):
        return
    live = [exit for exit in exits if not is_false(flag_of(exit))]
    if not live:
        raise Dead
    if len(live) == 1:
        set_flag(m, live[0], TRUE)


# the consumer


@statement(ast.For)
def visit_for(m: Interpreter, node: ast.For, rest: list):
    value = m.evaluate(node.iter)
    try:
        sequence = iterate(m, value)
    except GeneratorFound as found:
        made = found.generator
        return then(m, node, rest, lambda rest: over_generator(m, node, made, rest))
    return then(m, node, rest, lambda rest: loop_over(m, node, sequence, rest))


def over_generator(m: Interpreter, node: ast.For, made: Generator, rest: list):
    frame, tries, outer = m.frame, list(m.tries), m.frame.exits
    stop, skip = (frame, (BREAK, node)), (frame, (CONTINUE, node))
    breaks, returns = exits_of(node)
    for exit in (stop, skip):
        set_flag(m, exit, FALSE)

    def consume(item: Value) -> None:
        inside, around = m.frame, m.tries
        if len(exits) > len(frame.lasting[1:]):
            refuse_closing(around[len(tries):], isinstance(node.iter, ast.Call))
        m.frame, m.tries = frame, list(tries)
        frame.exits = [*frame.lasting, stop, skip]
        set_flag(m, skip, FALSE)
        try:
            reached, left = with_item(m, node, item), m.left()
        finally:
            m.frame, m.tries, frame.exits = inside, around, outer
        if not reached and is_false(left):
            raise Dead

    lasting = frame.lasting if returns else frame.lasting[1:]
    exits = [*lasting, *([stop] if breaks else [])]
    made.run(m, consume, exits, [(frame, frame.info.assigned_in(node)), *frame.consumers])
    return after_loop(m, node, rest, (True, True))


def refuse_closing(handlers: list[Handler], is_temporary: bool) -> None:
    """Refuse to leave a generator early where that could be seen: CPython raises GeneratorExit in it, when it goes."""
    for handler in handlers:
        catches = not handler.is_final and handler.clause_of(GeneratorExit) is not None
        if catches or handler.is_final and not is_temporary:
            raise Refused("a loop that may leave a generator in the middle of a try",
                          "go over the call of the generator function itself, and catch Exception in it")


# the generator's side


def visit_yield(m: Interpreter, node: ast.Expr, rest: list):
    """`yield value` and `yield from values`, as statements."""
    value: Any = node.value
    consume = m.frame.consume
    if consume is None:
        raise Refused("a generator as a kernel", "call it in a kernel: for x in generator(...)")
    if isinstance(value, ast.Yield):
        item = NONE if value.value is None else m.evaluate(value.value)
        return then(m, node, rest, lambda rest: consume(item))
    made = m.frame.info.__dict__.setdefault("_forwarding", {})
    if value not in made:
        made[value] = ast.copy_location(ast.For(
            target=ast.copy_location(ast.Name("%item", ast.Store()), value), iter=value.value, orelse=[],
            body=[ast.copy_location(ast.Expr(ast.copy_location(
                ast.Yield(ast.copy_location(ast.Name("%item", ast.Load()), value)), value)), value)],
        ), value)  # fmt: skip
    return m.execute([made[value], *rest])
