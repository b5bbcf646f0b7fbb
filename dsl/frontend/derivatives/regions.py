"""Functions visited into regions of their own: what derivatives inside a kernel and the rules of functions are made of.

A region sees the values around it. What it is differentiated for are the arguments of its block.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from dsl import types
from dsl.calling.float_annotations import annotations_of_parts, means_float
from dsl.frontend.emit.scalar_ops import cast
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.raising import uncaught
from dsl.frontend.functions.numpy_arithmetic import copied
from dsl.frontend.kinds.array_creation import tensor_of_items
from dsl.frontend.kinds.ndarray import Array, View, elements_of
from dsl.frontend.values.list_contents import GrowingItems
from dsl.frontend.values.mutable import Dict, Instance, List, Mutable
from dsl.frontend.values.pooled import PooledList, holds_pooled
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import Record, Scalar, Tensor, Tuple, Value
from dsl.passes.ir.limits import SMALL_ARRAY

# values around other leaves


def is_float(leaf: Scalar | Tensor) -> bool:
    return leaf.dtype.kind == "float"


def without_views(m: Interpreter, value: Value) -> Value:
    """The value itself where it holds no views, else one with copies of what they show: a view shares its elements
    with what is not differentiated."""
    if isinstance(value, View):
        return copied(m, value)
    if isinstance(value, PooledList) or isinstance(value, GrowingItems) and holds_pooled(value.item):
        raise Refused("lists in a list whose number is known only at run time, as what a differentiated function takes "
                      "or returns", "give it their items, in one list")
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


def as_differentiated(m: Interpreter, value: Value, annotation: Any = None) -> Value:
    """The value without views, with floats for the integers in it that are annotated as such."""
    return _with_floats(m, without_views(m, value), annotation)


def _with_floats(m: Interpreter, value: Value, annotation: Any) -> Value:
    if isinstance(value, Scalar):
        is_meant = value.dtype.kind == "int" and means_float(annotation)
        return cast(m.builder, value, types.f64, value.weak) if is_meant else value
    if isinstance(value, List | Dict | Instance):
        names, old = list(value.slots), [m.store.read(value, key) for key in value.slots]
        inside = annotations_of_parts(value.cls, None, names) if isinstance(value, Instance) else [annotation]
        new = [_with_floats(m, part, about) for part, about in zip(old, inside, strict=True)]
        if all(a is b for a, b in zip(new, old)):
            return value
        made = value.like(m.store)
        made.slots.update(zip(names, new))
        return made
    if not isinstance(value, Tuple | Record):
        return value
    names = range(len(value.items)) if isinstance(value, Tuple) else list(value.fields)
    inside = annotations_of_parts(value.cls if isinstance(value, Record) else None, annotation, names)
    old = value.parts()
    new = [_with_floats(m, part, about) for part, about in zip(old, inside, strict=True)]
    return value if all(a is b for a, b in zip(new, old)) else value.with_parts(new)


def leaves_of(m: Interpreter, value: Value) -> list:
    """Every number and array inside, those of mutable objects included."""
    found: list = []
    rebuilt(m, value, lambda leaf: found.append(leaf) or leaf)
    return found


def rebuilt(m: Interpreter, value: Value, function: Callable, resized: bool = True) -> Value:
    """A copy of a value with `function` applied to its leaves (with `resized`, to the sizes of arrays that are known
    only at run time too); the copy shares nothing that can change."""
    if isinstance(value, Scalar | Tensor):
        return function(value)
    if isinstance(value, Mutable):
        copy = value.like(m.store)
        for key in list(value.slots):
            part = m.store.read(value, key)
            is_size = isinstance(value, Array) and key == "sizes" and not resized
            copy.slots[key] = part if is_size else rebuilt(m, part, function, resized)
        return copy
    parts = value.parts()
    return value.with_parts([rebuilt(m, part, function, resized) for part in parts]) if parts else value


def with_ssa(leaf: Scalar | Tensor, ssa) -> Scalar | Tensor:
    if isinstance(leaf, Tensor):
        return Tensor(leaf.dtype, leaf.shape, ssa)
    return type(leaf)(leaf.dtype, leaf.weak, ssa)


def filled(m: Interpreter, value: Value, results, chosen: Callable = lambda leaf: True) -> Value:
    """The value with the leaves that `chosen` accepts taken from `results`, in order."""
    rest = iter(results)
    return rebuilt(m, value, lambda leaf: with_ssa(leaf, next(rest)) if chosen(leaf) else leaf)


def numbers_of(m: Interpreter, value: Value) -> list:
    """The leaves of a value, the elements of small arrays one by one."""
    return [part for leaf in leaves_of(m, value) for part in (elements_of(m, leaf) if is_small(leaf) else [leaf])]


def of_numbers(m: Interpreter, value: Value, numbers) -> Value:
    """The value around other leaves, those that `numbers_of` gives."""
    rest = iter(numbers)

    def leaf(old):
        if not is_small(old):
            return with_ssa(old, next(rest))
        items = [Scalar(old.dtype, False, next(rest)) for _ in range(prod(old.shape))]
        return tensor_of_items(m, old.dtype, old.shape, items)

    return rebuilt(m, value, leaf)


def is_small(leaf: Scalar | Tensor) -> bool:
    return isinstance(leaf, Tensor) and prod(leaf.shape) <= SMALL_ARRAY


def zeroed(m: Interpreter, value: Value, results) -> Value:
    """A derivative of the value: floats from `results`, zero where there is none."""
    rest = iter(results)

    def leaf(old):
        return with_ssa(old, next(rest)) if is_float(old) else zero_like(m, old)

    return rebuilt(m, value, leaf, resized=False)


def zero_like(m: Interpreter, leaf: Scalar | Tensor) -> Scalar | Tensor:
    if isinstance(leaf, Tensor):
        zero = m.builder.constant(leaf.dtype, 0)
        return with_ssa(leaf, m.builder.apply("tensor.splat", zero, result=m.builder.type_of(leaf)))
    return Scalar(leaf.dtype, leaf.weak, constant=leaf.dtype.numpy(0).item())


# regions


class Region:
    """A function visited into a block with the given argument types. `value` is its result, `leaves` what it yields.

    A function that always raises has no region: it is visited right here instead, on the `operands` of the operation
    that would have held the region."""

    def __init__(self, m: Interpreter, types: list, visit: Callable, operands: list | None = None):
        b = m.builder
        mark = m.store.begin()
        what = "a function that is differentiated, checkpointed or has a rule of its own"
        try:
            with uncaught(m, what), b.aside(*types) as block:
                self.value = without_views(m, visit(list(block.arguments)))
                self.leaves = leaves_of(m, self.value)
                b.emit("dsl.yield", [b.ssa(leaf) for leaf in self.leaves])
        except Dead:
            if operands is None:
                raise Refused("a rule that always raises", "raise in the function that the rule belongs to") from None
            visit(operands)
            raise
        finally:
            left = m.store.take_back(mark)
        changed = [c for (c, key), (value, _) in left.items() if c.slots.get(key) is not value]
        if any(thing in changed for pool in m.pools.values() for thing in (pool.cells, pool.table)):
            raise Refused(f"{what} makes or changes lists in a list whose number is known only at run time",
                          "keep their items in one list, or take the derivative outside of the kernel")
        if changed:
            raise Refused(f"{what} changes a value around it", "return the new value instead")
        self.block = block


def emit(m: Interpreter, name: str, operands: list, results: list, regions: list[Region], **attributes) -> list:
    op = m.builder.emit(name, operands, results, attributes, regions=len(regions))
    for region, place in zip(regions, op.regions):
        region.block.append_to(place)
    return list(op.results)


def types_of(m: Interpreter, leaves: list) -> list:
    return [m.builder.type_of(leaf) for leaf in leaves]


def seeds_like(m: Interpreter, value: Value, given: Value, what: str) -> list:
    """The float leaves of a tangent or cotangent, as SSA values of the types of those of `value`. What belongs to
    integers is ignored: it may be None."""
    expected, found = leaves_of(m, value), leaves_of(m, without_views(m, given))
    if len(expected) != len(found):
        expected, found = _float_parts(m, value, given)
    if len(expected) != len(found):
        raise Refused(f"{what} has {len(found)} numbers where {len(expected)} are needed", "give it the same structure")
    return [typed(m, new, old, what) for old, new in zip(expected, found) if is_float(old)]


def _float_parts(m: Interpreter, value: Value, given: Value) -> tuple[list, list]:
    """The leaves of two values, without the parts of the first that hold no float."""
    expected = leaves_of(m, value)
    if not any(map(is_float, expected)):
        return [], []
    parts = _parts(m, value), _parts(m, given)
    if isinstance(value, Scalar | Tensor) or len(parts[0]) != len(parts[1]) or type(value) is not type(given):
        return expected, leaves_of(m, without_views(m, given))
    pairs = [_float_parts(m, x, y) for x, y in zip(*parts)]
    return [leaf for pair in pairs for leaf in pair[0]], [leaf for pair in pairs for leaf in pair[1]]


def _parts(m: Interpreter, value: Value) -> list[Value]:
    if isinstance(value, Mutable):
        return [m.store.read(value, key) for key in list(value.slots)]
    return value.parts()


def typed(m: Interpreter, new: Scalar | Tensor, like: Scalar | Tensor, what: str):
    if isinstance(new, Tensor) or isinstance(like, Tensor):
        if not (isinstance(new, Tensor) and isinstance(like, Tensor) and new.key() == like.key()):
            raise Refused(f"{what} has {new.describe()} where {like.describe()} is needed")
        return m.builder.ssa(new)
    return m.builder.ssa(cast(m.builder, new, like.dtype, like.weak))
