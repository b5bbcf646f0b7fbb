"""Values as derivatives see them: no views, and a derivative laid out as what it belongs to.

A view shares its elements with what is not differentiated, so a copy takes its place. A small array is a tuple of
numbers or a tensor, whichever its uses ask for; a tangent takes the form of its primal.
"""

from __future__ import annotations

import itertools

from dsl.frontend.emit.scalar_ops import weak
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.functions.numpy_arithmetic import copied
from dsl.frontend.kinds.array_creation import tensor_of
from dsl.frontend.kinds.ndarray import Array, View, load
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.value import Tensor, Tuple, Value


def without_views(m: Interpreter, value: Value) -> Value:
    """The value itself where it holds no views, else one that holds copies of what they show."""
    if isinstance(value, View):
            return copied(m, value)
    if isinstance(value, Mutable):
        old = {key: m.store.read(value, key) for key in list(value.slots)}
        new = {key: without_views(m, part) for key, part in old.items()}
        if all(new[key] is old[key] for key in old):
            return value
        made = value.like(m.store)
        made.slots.update(new)
        return made
    parts = value.parts()
    changed = [without_views(m, part) for part in parts]
    return value if all(new is old for new, old in zip(changed, parts)) else value.with_parts(changed)


def alike(m: Interpreter, value: Value, given: Value) -> Value:
    """`given` with its arrays in the form of those of `value`, where both have the same structure."""
    given = without_views(m, given)
    if isinstance(value, Array) and isinstance(given, Array):
        return _array_alike(m, value, given)
    if isinstance(value, Mutable) and isinstance(given, Mutable):
        keys = list(given.slots)
        if keys != list(value.slots):
            return given
        made = given.like(m.store)
        for key in keys:
            made.slots[key] = alike(m, m.store.read(value, key), m.store.read(given, key))
        return made
    parts, given_parts = value.parts(), given.parts()
    if not parts or len(parts) != len(given_parts):
        return given
    return given.with_parts([alike(m, old, new) for old, new in zip(parts, given_parts)])


def _array_alike(m: Interpreter, value: Array, given: Array) -> Array:
    is_tensor = isinstance(m.store.read(value, "data"), Tensor)
    if given.shape != value.shape or isinstance(m.store.read(given, "data"), Tensor) == is_tensor:
        return given
    made = given.like(m.store)
    if is_tensor:
        made.slots["data"] = tensor_of(m, given)
    else:
        places = itertools.product(*map(range, given.shape))
        made.slots["data"] = Tuple(tuple(load(m, given, [weak(k) for k in at]) for at in places))
    return made
