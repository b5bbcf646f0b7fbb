"""Calls of a function by itself: inlined as long as a constant argument changes from call to call.

`fib(10)` is so inlined to its end, and so is a walk through a tree of structures, or through halves of an array. Where
the depth depends on the data, recursion_stack.py takes over.
"""

from __future__ import annotations

from typing import Any

from dsl.frontend.values.frames import Frame
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.signals import DeepRecursion
from dsl.frontend.values.value import Composite, Scalar, Value
from dsl.passes.ir.limits import MOST_INLINED_CALLS

from .branches import attempt
from .call_graph import Target, group_of
from .interpreter import Interpreter
from .recursion_stack import Recursion


def call_recursive(m: Interpreter, target: Target, bound: dict, plain) -> Value:
    """A call of a function that may call itself. `plain` inlines it."""
    active = active_frame(m, target)
    if active is not None:
        m.recursion_count += 1
        if m.recursion_count > MOST_INLINED_CALLS or not progresses(active.arguments or {}, bound):
            raise DeepRecursion(target)
        return plain()
    if not any(isinstance(v, Mutable | Composite) or isinstance(v, Scalar) and v.is_constant for v in bound.values()):
        return Recursion(m, target).run(bound)
    count, m.recursion_count = m.recursion_count, 0
    try:
        return attempt(m, plain, DeepRecursion)
    except DeepRecursion as deep:
        if deep.target is not None and target not in group_of(m, deep.target):
            raise
    finally:
        m.recursion_count = count
    return Recursion(m, target).run(bound)


def active_frame(m: Interpreter, target: Target) -> Frame | None:
    frame = m.frame
    while frame is not None:
        if frame.info.node is target.key and frame.arguments is not None:
            return frame
        frame = frame.caller
    return None


def progresses(before: dict, now: dict) -> bool:
    """Whether a constant argument has another value than in the call around, or an argument another structure: a part
    of what the call around was given."""
    for name, value in now.items():
        old = before.get(name)
        if isinstance(value, Scalar) and isinstance(old, Scalar) and value.is_constant and old.is_constant:
            if value.constant != old.constant:
                return True
        elif old is not None and structure(value) != structure(old):
            return True
    return False


def structure(value: Value) -> Any:
    """What kinds of values there are in a value, how they are nested, and the numbers that are known: those of a slice
    are its sizes."""
    if isinstance(value, Mutable):
        return value.key(), tuple([(key, structure(part)) for key, part in value.slots.items()])
    if isinstance(value, Composite):
        return value.key(), tuple(map(structure, value.parts()))
    return value.constant if isinstance(value, Scalar) and value.is_constant else type(value)
