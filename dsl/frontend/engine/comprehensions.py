"""Comprehensions and generator expressions: each has a frame of its own, and is unrolled, or becomes loops where it
makes a list whose length is known only at run time.

A generator expression with one `for` and no `if` stays a sequence, so that `sum(f(x) for x in a)` over an array or a
run-time range is a real loop.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from dsl.frontend.protocols import get_attribute, iterate, listing, set_item
from dsl.frontend.values.frames import Frame
from dsl.frontend.values.iterables import Generator, GeneratorFound, Sequence
from dsl.frontend.values.mutable import Dict, List
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Value
from dsl.passes.ir.limits import LONGEST_COMPREHENSION

from .branches import attempt, fork
from .interpreter import Interpreter, expression
from .loop_statements import run_for
from .names import assign


class LengthNotKnown(Exception):
    """What a comprehension makes is of a length that is known only at run time."""


def own_frame(m: Interpreter, node: ast.AST) -> Frame:
    outer = m.frame
    frame = Frame(m.store, outer.info.function(node, outer.info.name), None, outer, outer, outer.call)
    frame.call_node = None
    return frame


@contextmanager
def inside(m: Interpreter, frame: Frame):
    outer, m.frame = m.frame, frame
    try:
        yield
    finally:
        m.frame = outer


def visit_generator_items(m: Interpreter, generators: list, depth: int, sequence: Sequence, take) -> None:
    generator = generators[depth]
    if generator.is_async:
        raise Refused("an async comprehension is not in the language", "write a plain for")
    if not (sequence.low.is_constant and sequence.high.is_constant):
        raise LengthNotKnown
    if sequence.length.constant > LONGEST_COMPREHENSION:
        raise Refused(f"a comprehension over {sequence.length.constant} items, which would be unrolled",
                      "make an array with np.empty or np.zeros and fill it in a loop")
    for item in sequence.items(m):
        assign(m, generator.target, item)
        if not all(condition_known_now(m, test) for test in generator.ifs):
            continue
        if depth + 1 == len(generators):
            take()
        else:
            visit_generator_items(m, generators, depth + 1, iterate(m, m.evaluate(generators[depth + 1].iter)), take)


def condition_known_now(m: Interpreter, test: ast.expr) -> bool:
    condition = m.test(test)
    if not condition.is_constant:
        raise LengthNotKnown
    return condition.constant


@expression(ast.ListComp)
def visit_list_comprehension(m: Interpreter, node: ast.ListComp) -> Value:
    return items_in_list(m, node, source(m, node.generators[0]))


def source(m: Interpreter, node: ast.comprehension) -> Any:
    """What one `for` of a comprehension goes over: a sequence, or a generator."""
    try:
        return iterate(m, m.evaluate(node.iter))
    except GeneratorFound as found:
        return found.generator


def items_in_list(m: Interpreter, node: ast.ListComp | ast.GeneratorExp, first: Sequence | Generator) -> Value:
    """What a comprehension makes, written out where all lengths and conditions are known, else by loops."""
    if isinstance(first, Sequence) and first.low.is_constant and first.high.is_constant:
        try:
            return attempt(m, lambda: written_out(m, node, first), LengthNotKnown)
        except LengthNotKnown:
            pass
    is_simple = len(node.generators) == 1 and not node.generators[0].ifs
    if is_simple and isinstance(first, Sequence) and not first.is_static:
        return listing(m, item_by_item(m, node, first, own_frame(m, node)))
    made = List(m.store)
    put = lambda: get_attribute(m, made, "append").call(m, m.evaluate(node.elt))
    generator_loop(m, node, 0, first, own_frame(m, node), put)
    return made


def item_by_item(m: Interpreter, node: ast.ListComp | ast.GeneratorExp, inner: Sequence, frame: Frame) -> Sequence:
    """What a comprehension of one `for` and no `if` makes."""

    def item(m: Interpreter, k) -> Value:
        # each item has the variables to itself, as the loop around may visit it once for many
        own = own_frame_of(m, frame)
        with inside(m, own):
            assign(m, node.generators[0].target, inner.item(m, k))
            return m.evaluate(node.elt)

    return Sequence(inner.low, inner.high, item, inner.is_static, inner.finish, inner.growing, over=inner.over)


def written_out(m: Interpreter, node, first: Sequence) -> List:
    items: list[Value] = []
    with inside(m, own_frame(m, node)):
        visit_generator_items(m, node.generators, 0, first, lambda: items.append(m.evaluate(node.elt)))
    return List(m.store, items)


def generator_loop(m: Interpreter, node, depth: int, sequence: Sequence | Generator, outer: Frame,
                   put: Callable) -> None:
    """The loop of one `for` of a comprehension; `outer` is the frame that holds the variables of those before it, and
    `put()` is called for each combination of items."""
    generator = node.generators[depth]

    def body(item: Value) -> None:
        frame = own_frame_of(m, outer)
        frame.slots.update({name: value for name, value in outer.slots.items() if isinstance(name, str)})
        with inside(m, frame):
            assign(m, generator.target, item)
            conditions(generator.ifs, frame)

    def conditions(tests: list, frame: Frame) -> bool:
        if not tests:
            take(frame)
            return True
        condition = m.test(tests[0])
        if condition.is_constant:
            return conditions(tests[1:], frame) if condition.constant else True
        fork(m, condition, lambda: conditions(tests[1:], frame), lambda: True)
        return True

    def take(frame: Frame) -> None:
        if depth + 1 < len(node.generators):
            inner = source(m, node.generators[depth + 1])
            generator_loop(m, node, depth + 1, inner, frame, put)
        else:
            put()

    with inside(m, outer):
        if isinstance(sequence, Generator):
            sequence.run(m, body, [], [])
        elif sequence.is_static:
            for item in sequence.items(m):
                body(item)
        else:
            run_for(m, generator, sequence.low, sequence.high,
                    lambda k: sequence.of_same_length(m, lambda: body(sequence.item(m, k))))


@expression(ast.DictComp)
def visit_dict_comprehension(m: Interpreter, node: ast.DictComp) -> Value:
    first = source(m, node.generators[0])
    if isinstance(first, Sequence) and first.low.is_constant and first.high.is_constant:
        try:
            return attempt(m, lambda: written_out_dict(m, node, first), LengthNotKnown)
        except LengthNotKnown:
            pass
    made = Dict(m.store)
    generator_loop(m, node, 0, first, own_frame(m, node), lambda: put_entry(m, node, made))
    return made


def written_out_dict(m: Interpreter, node: ast.DictComp, first: Sequence) -> Dict:
    made = Dict(m.store)
    with inside(m, own_frame(m, node)):
        visit_generator_items(m, node.generators, 0, first, lambda: put_entry(m, node, made))
    return made


def put_entry(m: Interpreter, node: ast.DictComp, made: Dict) -> None:
    key = m.evaluate(node.key)
    set_item(m, made, key, m.evaluate(node.value))


@expression(ast.GeneratorExp)
def visit_generator(m: Interpreter, node: ast.GeneratorExp) -> Value:
    inner, frame = source(m, node.generators[0]), own_frame(m, node)
    if isinstance(inner, Generator) and len(node.generators) == 1:
        return Generator(lambda m, *consumer: one_by_one(m, node, inner, frame, *consumer), inner.name)
    if len(node.generators) > 1 or node.generators[0].ifs:
        return iterate(m, items_in_list(m, node, inner))
    assert isinstance(inner, Sequence)
    return item_by_item(m, node, inner, frame)


def one_by_one(m: Interpreter, node: ast.GeneratorExp, inner: Generator, outer: Frame, consume: Callable, exits: list,
               assigned: list) -> None:
    """A generator expression over a generator: an item for each of its items that the conditions let through."""

    def take(item: Value) -> None:
        frame = own_frame_of(m, outer)
        with inside(m, frame):
            assign(m, node.generators[0].target, item)
            conditions(node.generators[0].ifs, frame)

    def conditions(tests: list, frame: Frame) -> bool:
        if not tests:
            consume(m.evaluate(node.elt))
            return True
        condition = m.test(tests[0])
        if condition.is_constant:
            return conditions(tests[1:], frame) if condition.constant else True
        fork(m, condition, lambda: conditions(tests[1:], frame), lambda: True)
        return True

    inner.run(m, take, exits, assigned)


def own_frame_of(m: Interpreter, frame: Frame) -> Frame:
    return Frame(m.store, frame.info, None, frame.enclosing, frame.caller, frame.call)


