"""What functions and objects of the public interface are inside of a kernel.

Outside of one `dsl.grad` and its kin run as they stand; inside, the front end handles calls of them. The interface lies
above the front end, so it enters here, by name, what the front end has to recognise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

Entered = TypeVar("Entered")

FUNCTIONS: dict[Callable, str] = {}
CLASSES: dict[type, str] = {}


def in_kernel(role: str) -> Callable[[Entered], Entered]:
    """Enters a function, or a class for its instances, under the role that a call of it has in a kernel."""

    def enter(made: Entered) -> Entered:
        if isinstance(made, type):
            CLASSES[made] = role
        else:
            FUNCTIONS[cast(Callable, made)] = role
        return made

    return enter


def role_of(function: Any) -> str | None:
    """The role of what a kernel calls, that of its nearest class where it is an object; None for anything else."""
    for cls in type(function).__mro__:
        if cls in CLASSES:
            return CLASSES[cls]
    try:
        return FUNCTIONS.get(function)
    except TypeError:
        return None
