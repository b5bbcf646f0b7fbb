"""Python objects that are known at compile time: modules, classes, functions, strings, None, …"""

from __future__ import annotations

import types as python_types

import numpy as np

from dsl import types
from dsl.calling import reads
from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.protocols import compare, constant, contains, get_attribute, get_item, iterate, length, set_attribute
from dsl.frontend.values.iterables import Sequence, of_items
from dsl.frontend.values.misspelling import nearest
from dsl.frontend.values.mutable import known_key
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Method, Scalar, Slice, Static, Value, weak


@get_attribute.of(Static)
def attribute_of_object(m: Interpreter, owner: Static, name: str) -> Value:
    try:
        found = getattr(owner.value, name)
    except AttributeError as error:
        reads.note(reads.ATTRIBUTE, owner.value, name, reads.ABSENT)
        raise Refused(str(error), nearest(name, dir(owner.value))) from None
    if not isinstance(owner.value, np.finfo | np.iinfo):  # their numbers are those of the hardware
        m.store.guards.note(owner.value, name, found)
    if isinstance(found, python_types.MethodType) and not isinstance(found.__self__, type):
        return Method(Static(found.__func__), constant(m, found.__self__))
    return constant(m, found)


@set_attribute.of(Static)
def refuse_attribute_of_object(m: Interpreter, owner: Static, name: str, value: Value) -> Value:
    raise Refused(f"assignment to the attribute {name} of {owner.describe()}, which lives outside of the kernel",
                  "return the value, or keep it in an argument")


@get_item.of(Static)
def item_of_object(m: Interpreter, owner: Static, index: Value) -> Value:
    if isinstance(owner.value, types.DType):
        raise Refused("an array type is not a value", "make an array with np.zeros")
    if isinstance(index, Slice):
        key = slice(*[known_key(part) for part in index.parts()])
    else:
        key = known_key(index)
    try:
        return constant(m, owner.value[key])
    except (TypeError, KeyError, IndexError) as error:
        raise Refused(f"{type(error).__name__}: {error}") from None


@compare.of(Static)
def compare_objects(m: Interpreter, predicate: str, x: Value, y: Value) -> Scalar | None:
    if isinstance(x, Static) and isinstance(y, Static):
        return weak(scalar_ops.COMPARISONS[predicate](x.value, y.value))
    return None


@contains.of(Static)
def object_contains(m: Interpreter, item: Value, container: Static) -> Scalar | None:
    return weak(item.value in container.value) if isinstance(item, Static) else None


@iterate.of(Static)
def characters(m: Interpreter, value: Static) -> Sequence | None:
    if isinstance(value.value, str | range):
        return of_items([constant(m, item) for item in value.value])
    return None


@length.of(Static)
def length_of_string(m: Interpreter, value: Static) -> Scalar | None:
    return weak(len(value.value)) if isinstance(value.value, str) else None
