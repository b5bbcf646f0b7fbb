"""Asking values directly, without a program around: Python objects as values, and values as Python objects."""

import contextlib
from collections.abc import Iterator

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.protocols import constant
from dsl.frontend.registry import interpreter
from dsl.frontend.syntax import source
from dsl.frontend.values.frames import Frame
from dsl.frontend.values.mutable import Dict, List
from dsl.frontend.values.value import Range, Record, Scalar, Static, Text, Tuple, Value, weak


def somewhere():
    """The function whose place the questions have."""


@contextlib.contextmanager
def asking() -> Iterator[Interpreter]:
    """An interpreter in the middle of a function; what it emits lies in a block of its own."""
    m = interpreter()
    info = source.find(somewhere)
    m.frame, m.node = Frame(m.store, info, somewhere), info.node
    with m.builder.context, m.builder.aside():
        m.builder.location, m.entry_block = m.location(info.node), m.builder.block
        yield m


def fresh(m: Interpreter, value) -> Value:
    """A Python object as a value of the program's own: its lists and dicts can be changed."""
    if type(value) is list:
        return List(m.store, [fresh(m, item) for item in value])
    if type(value) is dict:
        return Dict(m.store, {key: fresh(m, item) for key, item in value.items()})
    if type(value) is tuple:
        return Tuple(tuple(fresh(m, item) for item in value))
    return constant(m, value)


def known(m: Interpreter, value):
    """The Python object that a value stands for; fails where it depends on anything at run time."""
    if isinstance(value, Scalar):
        assert value.is_constant, f"{value!r} is not known"
        return value.python()
    if isinstance(value, Static):
        return value.value
    if isinstance(value, Tuple):
        return tuple(known(m, item) for item in value.items)
    if isinstance(value, List):
        return [known(m, item) for item in value.items(m)]
    if isinstance(value, Dict):
        return {key: known(m, item) for key, item in value.entries(m).items()}
    if isinstance(value, Range):
        return range(*[known(m, part) for part in value.parts()])
    if isinstance(value, Record):
        return value.cls(**{name: known(m, item) for name, item in value.fields.items()})
    if isinstance(value, Text):
        numbers = [known(m, item) for item in value.values]
        return "".join(f"{piece}{format(x, spec) if spec else x}" for piece, x, spec in
                       zip(value.pieces, numbers, value.specs)) + value.pieces[-1]
    raise AssertionError(f"{value!r} is no Python object")


def emitted(m: Interpreter) -> list[str]:
    """The names of the operations emitted so far."""
    return [op.operation.name for op in m.builder.block.operations]


def runtime_int(m: Interpreter, low: int | None = None, high: int | None = None) -> Scalar:
    """An int that is known only at run time, in this range where one is given."""
    made = m.builder.emit("test.int", results=[m.builder.i64])
    return Scalar(weak(0).dtype, True, made.result, range=None if low is None else (low, high))
