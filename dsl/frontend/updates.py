"""What a program changed in its arguments: each changed leaf comes back as a result of its own."""

from __future__ import annotations

from typing import Any

from .flatten import LEAF, Tree
from .heap import Dict, Heap, Instance, List
from .values import Record, Scalar, Swapped, Tensor, Tuple, Value, weak


def collect(outputs, inputs) -> None:
    """Adds the new contents of arguments behind the results, and enters them in `outputs.mutated`."""
    position = 0
    for child, value in zip(inputs.tree.children, inputs.values):
        position = walk(outputs, inputs, child, value, position)


def walk(outputs, inputs, tree: Tree, value: Value, position: int) -> int:
    """Compares the contents of an argument with its leaves, from leaf number `position` on."""
    if tree.kind == LEAF:
        now = current(outputs.m, outputs.m.homes.slots.get(position, value))
        if now is not None and position not in inputs.specialized and now.ssa is not inputs.originals[position]:
            outputs.mutated[position] = len(outputs.values)
            outputs.add(now, tree.data.path)
        return position + 1
    parts = contents(value)
    names = list(tree.names)
    if len(parts) != len(tree.children) or (isinstance(value, Dict) and list(entries(value)) != names):
        raise outputs.m.error(f"the kernel changes the length of the argument that is {value.describe()}",
                              "return the new one instead")
    for child, part in zip(tree.children, parts):
        position = walk(outputs, inputs, child, part, position)
    return position


def current(m, value: Value) -> Scalar | Tensor | None:
    """What an argument's leaf holds now."""
    if isinstance(value, Scalar):
        return value
    if isinstance(value, Swapped):
        return exchanged(m, value)
    from .allocation import contents_of_argument

    return contents_of_argument(m, value)


def exchanged(m, value: Swapped) -> Any:
    """The contents of an argument that is one of several things by now."""
    from .branches import fork
    from .scalars import compare

    *others, last = zip(value.things, value.who)
    result = last[0].slots["data"]
    for thing, who in reversed(others):
        here, old, new = compare(m.builder, "eq", who, weak(value.number)), result, thing.slots["data"]
        result = (new if here.constant else old) if here.is_constant else fork(
            m, here, lambda v=new: v, lambda v=old: v)[0]
    return result


def entries(value: Dict) -> dict:
    return value.slots["entries"].fields


def contents(value: Value) -> list[Value]:
    """What an argument's structure holds now."""
    if isinstance(value, List):
        return list(value.slots["items"].parts())
    if isinstance(value, Dict):
        return list(entries(value).values())
    if isinstance(value, Instance):
        from .flatten import field_names

        return [value.slots[name] for name in field_names(value.cls)]
    assert isinstance(value, Tuple | Record) or not isinstance(value, Heap)
    return value.parts()
