"""Where a part of a value is: the numbers of the parts that lead to it. What is inside of a mutable object has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .mutable import Mutable
from .store import Container
from .value import Scalar, Tensor, Value


def placed_leaves(value: Value, position: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """Every leaf with its position, the numbers of the parts that lead to it."""
    if isinstance(value, Scalar | Tensor):
        yield position, value
    for k, part in enumerate(value.parts()):
        yield from placed_leaves(part, (*position, k))


def part_of(value: Any, position: tuple) -> Any:
    """The part at a position; None where there is none."""
    for k in position:
        parts = value.parts() if isinstance(value, Value) else []
        value = parts[k] if k < len(parts) else None
    return value


def part_at(container: Container, key, position: tuple) -> Any:
    """What a place holds."""
    return part_of(container.slots.get(key), position)


def place_of_part(place: tuple, k: int) -> tuple:
    """The place of part k of what is at a place (container, key, position)."""
    container, key, position = place
    return container, key, (*position, k)


def objects_in(value: Value) -> list[Mutable]:
    """The mutable objects that a value refers to without another in between."""
    return [value] if isinstance(value, Mutable) else [thing for part in value.parts() for thing in objects_in(part)]
