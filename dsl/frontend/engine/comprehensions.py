"""Comprehensions and generator expressions: each has a frame of its own, and is unrolled.

A generator expression with one `for` and no `if` stays a sequence, so that `sum(f(x) for x in a)` over an array or a
run-time range is a real loop.
"""

from __future__ import annotations

import ast
from contextlib import contextmanager

from dsl.frontend.protocols import iterate
from dsl.frontend.values.frames import Frame
from dsl.frontend.values.iterables import Sequence, of_items
from dsl.frontend.values.mutable import Dict, List, known_key
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Value
from dsl.passes.ir.limits import LONGEST_COMPREHENSION

from .interpreter import Interpreter, expression
from .names import assign


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


def visit_generators(m: Interpreter, node, take) -> None:
    """Calls `take` in the comprehension's frame once for each combination of items that its conditions let through."""
    first = iterate(m, m.evaluate(node.generators[0].iter))
    frame = own_frame(m, node)
    with inside(m, frame):
        visit_generator_items(m, node.generators, 0, first, take)


def visit_generator_items(m: Interpreter, generators: list, depth: int, sequence: Sequence, take) -> None:
    generator = generators[depth]
    if generator.is_async:
        raise Refused("an async comprehension is not in the language", "write a plain for")
    if not (sequence.low.is_constant and sequence.high.is_constant):
        raise Refused("a comprehension over something whose length is not known at compile time",
                      "make an array with np.empty or np.zeros and fill it in a loop")
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
    condition = m.truth(m.evaluate(test))
    if not condition.is_constant:
        raise m.error("a comprehension's condition that is not known at compile time makes a list of unknown length",
                      "write a loop with if", node=test)
    return condition.constant


@expression(ast.ListComp)
def visit_list_comprehension(m: Interpreter, node: ast.ListComp) -> Value:
    items: list[Value] = []
    visit_generators(m, node, lambda: items.append(m.evaluate(node.elt)))
    return List(m.store, items)


@expression(ast.DictComp)
def visit_dict_comprehension(m: Interpreter, node: ast.DictComp) -> Value:
    entries: dict = {}
    visit_generators(m, node, lambda: entries.update({known_key(m.evaluate(node.key)): m.evaluate(node.value)}))
    return Dict(m.store, entries)


@expression(ast.GeneratorExp)
def visit_generator(m: Interpreter, node: ast.GeneratorExp) -> Value:
    if len(node.generators) > 1 or node.generators[0].ifs:
        items: list[Value] = []
        visit_generators(m, node, lambda: items.append(m.evaluate(node.elt)))
        return of_items(items)
    inner, frame = iterate(m, m.evaluate(node.generators[0].iter)), own_frame(m, node)

    def item(m: Interpreter, k) -> Value:
        # each item has the variables to itself, as the loop around may visit it once for many
        own = own_frame_of(m, frame)
        with inside(m, own):
            assign(m, node.generators[0].target, inner.item(m, k))
            return m.evaluate(node.elt)

    return Sequence(inner.low, inner.high, item, inner.is_static, inner.finish)


def own_frame_of(m: Interpreter, frame: Frame) -> Frame:
    return Frame(m.store, frame.info, None, frame.enclosing, frame.caller, frame.call)


