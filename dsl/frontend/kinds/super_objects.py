"""`super()`: the attributes of a value as the classes behind one of its own have them, in the order of resolution."""

from __future__ import annotations

import dataclasses
import functools
import types as python_types
from dataclasses import dataclass
from typing import Any

from dsl.calling import reads
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.function_table import intrinsic
from dsl.frontend.protocols import constant, get_attribute
from dsl.frontend.values.misspelling import nearest
from dsl.frontend.values.mutable import Instance
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Composite, Method, Native, Record, Static, Value

from .structs import fill_dataclass, is_generated, set_field


@dataclass(frozen=True, eq=False)
class Super(Composite):
    """`receiver` is a struct, or in a class method the class."""

    cls: type
    receiver: Value

    def parts(self):
        return [self.receiver]

    def with_parts(self, parts):
        return Super(self.cls, parts[0])

    def key(self):
        return ("super", self.cls)

    def describe(self) -> str:
        return f"super() of {self.receiver.describe()}"


@intrinsic(super)
def make_super(m: Interpreter, cls: Value | None = None, receiver: Value | None = None) -> Super:
    if cls is None:
        cls, receiver = around(m)
    if receiver is None or not (isinstance(cls, Static) and isinstance(cls.value, type)):
        raise Refused("super needs the class and an instance of it", "write super() in a method of the class")
    of = receiver.value if isinstance(receiver, Static) else getattr(receiver, "cls", None)
    if not (isinstance(of, type) and issubclass(of, cls.value)):
        raise Refused(f"super(type, obj): {receiver.describe()} is not an instance of {cls.value.__name__}")
    return Super(cls.value, receiver)


def around(m: Interpreter) -> tuple[Static, Value]:
    """The class that the method around was defined in, and the method's first argument."""
    function: Any = m.frame.python
    names = function.__code__.co_varnames[: function.__code__.co_argcount] if function is not None else ()
    if not names or "__class__" not in function.__code__.co_freevars:
        raise Refused("super() outside of a method", "write super(Class, self)")
    cell = function.__closure__[function.__code__.co_freevars.index("__class__")]
    return Static(cell.cell_contents), m.read_name(m.frame, names[0])


@get_attribute.of(Super)
def attribute_of_super(m: Interpreter, owner: Super, name: str) -> Value:
    of = owner.receiver.value if isinstance(owner.receiver, Static) else getattr(owner.receiver, "cls")  # noqa: B009
    behind = of.__mro__[of.__mro__.index(owner.cls) + 1:]
    for base in behind:
        if base is not object:
            reads.note(reads.CLASS, base, name, reads.in_class(base, name))
        if name in base.__dict__:
            return inherited(m, owner.receiver, base, name, base.__dict__[name])
    known = [known for base in behind for known in vars(base)]
    raise Refused(f"'super' object has no attribute '{name}'", nearest(name, known))


def inherited(m: Interpreter, receiver: Value, base: type, name: str, found) -> Value:
    """An attribute of a class as a struct, or another class, inherits it."""
    if base is object:
        if name not in ("__init__", "__setattr__"):
            raise Refused(f"{name} of object is not in the language", "leave it out")
        return Native(lambda m, *given: set_field(m, receiver, *given) if given else NONE, name)
    if name == "__init__" and dataclasses.is_dataclass(base) and is_generated(found):
        return Native(lambda m, *given, **named: initialise(m, receiver, base, list(given), named), name)
    if isinstance(found, staticmethod):
        return Static(found.__func__)
    if isinstance(found, classmethod):
        cls = receiver if isinstance(receiver, Static) else Static(getattr(receiver, "cls"))  # noqa: B009
        return Method(Static(found.__func__), cls)
    if isinstance(receiver, Static):
        return constant(m, found)
    if isinstance(found, property):
        return m.call(Static(found.fget), [receiver], {})
    if isinstance(found, functools.cached_property):
        return m.call(Static(found.func), [receiver], {})
    if isinstance(found, python_types.FunctionType) or hasattr(found, "__wrapped__"):
        return Method(Static(found), receiver)
    return constant(m, found)


def initialise(m: Interpreter, receiver: Value, base: type, given: list, named: dict) -> Value:
    """The `__init__` that a dataclass has got from the decorator, on an instance of a class derived from it."""
    assert isinstance(receiver, Instance | Record)
    if isinstance(receiver, Record):
        raise Refused(f"{receiver.describe()}, which is frozen, is initialised again", "make a new one")
    fill_dataclass(m, receiver, base, given, named)
    return NONE
