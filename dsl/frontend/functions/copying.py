"""`copy.copy` and `copy.deepcopy`."""

from __future__ import annotations

import copy

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.pools import PoolView
from dsl.frontend.function_table import intrinsic
from dsl.frontend.kinds.growing_lists import copied_list
from dsl.frontend.kinds.ndarray import is_array
from dsl.frontend.kinds.structs import call_method, find_in_class
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.list_contents import GrowingItems
from dsl.frontend.values.mutable import Instance, Mutable
from dsl.frontend.values.pooled import PooledList, holds_pooled
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Record, Tuple, Value

from .numpy_arithmetic import copied

PROTOCOL = ("__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__")


@intrinsic(copy.copy)
def shallow(m: Interpreter, value: Value) -> Value:
    """An object of its own with the same contents; what cannot change is its own copy."""
    own = call_method(m, value, "__copy__", [])
    if own is not None:
        return own
    refuse_protocol(value)
    if is_array(value):
        return copied(m, value)
    if isinstance(value, PooledList):
        return copied_list(m, PoolView(m, value))
    if not isinstance(value, Mutable):
        return value
    made = value.like(m.store)
    made.slots.update({key: m.store.read(value, key) for key in list(value.slots)})
    return made


@intrinsic(copy.deepcopy)
def deep(m: Interpreter, value: Value) -> Value:
    """A copy that shares nothing with the value; what has two names inside of it has two names in the copy."""
    return copy_inside(m, value, {})


def copy_inside(m: Interpreter, value: Value, made: dict[Value, Value]) -> Value:
    if value in made:
        return made[value]
    refuse_protocol(value)
    if isinstance(value, PooledList) or isinstance(value, GrowingItems) and holds_pooled(value.item):
        raise Refused("copy.deepcopy of a list of lists whose number is known only at run time",
                      "copy them in a comprehension: [row[:] for row in rows]")
    if is_array(value):
        made[value] = copied(m, value)
    elif isinstance(value, Mutable):
        copy = made[value] = value.like(m.store)
        for key in list(value.slots):
            copy.slots[key] = copy_inside(m, m.store.read(value, key), made)
    elif isinstance(value, Tuple | Record | OneOf):
        made[value] = value.with_parts([copy_inside(m, part, made) for part in value.parts()])
    return made.get(value, value)


def refuse_protocol(value: Value) -> None:
    """Classes that say themselves how they are copied, `__copy__` aside."""
    if isinstance(value, Record | Instance):
        for name in PROTOCOL:
            found = find_in_class(value.cls, name)
            if found is not None and getattr(found, "__module__", "") != "dataclasses":
                raise Refused(f"a copy of {value.describe()}, whose class defines {name}",
                              "write a method that makes it")
