"""What a program changed in its arguments: each changed number or array comes back as a result of its own.

A slot of a structure (a field, an item) that held an array or another structure may hold a different one in the end.
Then the slot is `Rebound`: to another of the arguments' objects, or to a new one made of further results. The object
that was there before keeps its own changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsl.calling.pytree import LEAF, SHARED, STATIC, UNSHARED, Rebound, Tree, field_names
from dsl.frontend.emit.scalar_ops import compare_scalars
from dsl.frontend.engine.branches import fork
from dsl.frontend.kinds.array_creation import contents_of_argument
from dsl.frontend.values.dict_contents import HashedEntries
from dsl.frontend.values.list_contents import GrowingItems
from dsl.frontend.values.mutable import Dict, Instance, List, Mutable
from dsl.frontend.values.value import Permuted, Scalar, Static, Tensor, Value, weak


def collect(outputs, inputs) -> None:
    """Adds the new contents of arguments behind the results, and enters them in `outputs.mutated` and `.rebound`."""
    _Changes(outputs, inputs).visit(inputs.tree, ())


class _Changes:
    def __init__(self, outputs, inputs):
        self.outputs, self.inputs, self.m = outputs, inputs, outputs.m
        self.numbers: dict[Tree, int] = {}
        self.new: dict[Value, tuple[Tree, int]] = {}
        self.leaf_paths: list[tuple[int, ...]] = []
        self.paths: dict[Mutable, tuple[int, ...]] = {}
        self.enter(inputs.tree, ())

    def enter(self, tree: Tree, path: tuple[int, ...]) -> None:
        if tree.kind == LEAF:
            self.numbers[tree] = len(self.numbers)
            self.leaf_paths.append(path)
        made = self.inputs.made.get(tree)
        if isinstance(made, Mutable):
            self.paths[made] = path
        for k, child in enumerate(tree.children):
            self.enter(child, (*path, k))

    def visit(self, tree: Tree, path: tuple[int, ...]) -> None:
        """Compares what was made for a part of the arguments with what it holds now."""
        made = self.inputs.made.get(tree)
        if tree.kind == LEAF and isinstance(made, Mutable):
            number = self.numbers[tree]
            now = array_contents(self.m, self.m.argument_arrays.slots.get(number, made))
            if now is None:
                raise self.m.error(f"{tree.data.path} changes places with another argument on some paths only",
                                   "exchange them on every path, or copy the elements")
            if now.ssa is not self.inputs.originals[number]:
                made.unshared = True
                self.update(tree, now)
        elif isinstance(made, Mutable) and tree.kind != STATIC:
            for k, (child, part) in enumerate(zip(tree.children, self.parts_of(tree, made))):
                if not self.is_same(child, part):
                    made.unshared = True
                    self.change(child, (*path, k), part)
        for k, child in enumerate(tree.children):
            self.visit(child, (*path, k))

    def parts_of(self, tree: Tree, target: Mutable) -> list[Value]:
        if isinstance(target.slots.get("items"), GrowingItems):
            raise self.m.error("the kernel changes the length of the argument that is a list",
                               "work on a copy, xs = list(xs), and return it")
        if isinstance(target.slots.get("items"), HashedEntries):
            raise self.m.error("the kernel may give new keys to the argument that is a dict",
                               "work on a copy, d = dict(d), and return lists of its keys and values")
        parts = contents(target)
        if len(parts) != len(tree.children) or (isinstance(target, Dict) and list(entries(target)) != list(tree.names)):
            raise self.m.error(f"the kernel changes the length of the argument that is {target.describe()}",
                               "return the new one instead")
        return parts

    def is_same(self, tree: Tree, part: Value) -> bool:
        """Whether a slot still holds what it held; structures that cannot change are compared by their parts."""
        made = self.inputs.made[tree]
        if part is made:
            return True
        if isinstance(made, Scalar):
            return (isinstance(part, Scalar) and part.ssa is made.ssa and part.dtype is made.dtype
                    and not (made.is_constant or part.is_constant))
        if isinstance(made, Static):
            return isinstance(part, Static) and part.value is made.value
        if isinstance(made, Mutable) or type(part) is not type(made) or part.key() != made.key():
            return False
        parts = part.parts()
        return len(parts) == len(tree.children) and all(map(self.is_same, tree.children, parts))

    def change(self, tree: Tree, path: tuple[int, ...], part: Value) -> None:
        """What a slot holds now."""
        made, first = self.inputs.made[tree], len(self.outputs.values)
        if isinstance(part, Mutable) and part in self.paths:
            self.outputs.rebound.append(Rebound(path, (self.paths[part],)))
        elif exchanged := self.exchanged_for(part):
            self.outputs.add(exchanged[1], "the number of an array")
            self.outputs.rebound.append(Rebound(path, exchanged[0], None, first))
        elif isinstance(part, Scalar) and isinstance(made, Scalar) and part.dtype is made.dtype:
            self.update(tree, part)  # a Python number stays one, so that the next call finds the types of this one
        else:
            if part not in self.new:
                self.new[part] = self.outputs.flatten(part, f"the new {slot_in_words(self.inputs.tree, path)}"), first
            self.outputs.rebound.append(Rebound(path, (), *self.new[part]))

    def exchanged_for(self, part: Value) -> tuple[tuple, Scalar] | None:
        """For one of several arguments' arrays that a loop exchanged: the paths of all, and which it is."""
        permuted = [array for array in self.m.argument_arrays.slots.values() if isinstance(array, Permuted)]
        for array in permuted:
            for candidate, number in zip(array.objects, array.numbers):
                if candidate is part:
                    group = [other for other in permuted if other.objects == array.objects]
                    if len(group) == len(array.objects):  # else it may be an array that is no argument
                        return tuple(self.leaf_paths), number
        return None

    def update(self, tree: Tree, now: Scalar | Tensor) -> None:
        self.outputs.mutated[self.numbers[tree]] = len(self.outputs.values)
        self.outputs.add(now, tree.data.path)


def slot_in_words(tree: Tree, path: tuple[int, ...]) -> str:
    """The path of a slot, in words."""
    for k in path:
        tree = tree.children[k]
    while tree.children:
        tree = tree.children[0]
    return tree.data.path if tree.kind == LEAF else "field"


def marked(tree: Tree, inputs) -> Tree:
    """The tree of the arguments, with what the program changes or tells from other objects marked as unshared."""
    made = inputs.made.get(tree)
    sharing = UNSHARED if isinstance(made, Mutable) and made.unshared else SHARED
    return replace(tree, children=tuple(marked(child, inputs) for child in tree.children), sharing=sharing)


def array_contents(m, value: Value) -> Any:
    """What an argument's array holds now."""
    if isinstance(value, Permuted):
        return exchanged(m, value)
    return contents_of_argument(m, value)


def exchanged(m, value: Permuted) -> Any:
    """The contents of an argument that is one of several objects by now."""
    *others, last = zip(value.objects, value.numbers)
    result = last[0].slots["data"]
    for candidate, number in reversed(others):
        here, old, new = compare_scalars(m.builder, "eq", number, weak(value.number)), result, candidate.slots["data"]
        result = (new if here.constant else old) if here.is_constant else fork(
            m, here, lambda v=new: v, lambda v=old: v)[0]
    return result


def entries(value: Dict) -> dict:
    return value.slots["items"].fields


def contents(value: Mutable) -> list[Value]:
    """What an argument's structure holds now."""
    if isinstance(value, List):
        return list(value.slots["items"].parts())
    if isinstance(value, Dict):
        return list(entries(value).values())
    assert isinstance(value, Instance)
    return [value.slots[name] for name in field_names(value.cls)]
