"""Who else refers to a mutable thing.

Where a name may refer to one of two things, depending on the path or the iteration, a new thing stands for both. That
is exact as long as nobody can tell: either nothing else refers to the two, or none of the three is changed any more.
In the second case they are frozen, and a write to them is refused with its place.
"""

from __future__ import annotations

from .heap import Heap
from .signals import Refused
from .state import Container, Delta
from .values import Closure, Tuple, Value


def reached(values, overlay: Delta, skip: tuple | None = None):
    """Every container that can be reached from `values`; `overlay` holds newer contents, `skip` is a slot to ignore."""
    seen: set = set()
    stack = list(values)
    while stack:
        value = stack.pop()
        if isinstance(value, Container):
            if value in seen:
                continue
            seen.add(value)
            for key in set(value.slots) | {k for c, k in overlay if c is value}:
                if (value, key) != skip:
                    stack.append(overlay.get((value, key), (value.slots.get(key),))[0])
            continue
        if isinstance(value, Closure):
            stack.append(value.frame)
        if isinstance(value, Value):
            stack.extend(value.parts())
    return seen


def roots(m, arguments: bool = True) -> list:
    """Where a program can start from: the frames of the calls around, and the caller's own arguments."""
    found: list = [Tuple(tuple(m.arguments)), m.homes] if arguments else []
    frame = m.frame
    while frame is not None:
        found.append(frame)
        enclosing = frame.enclosing
        while enclosing is not None:
            found.append(enclosing)
            enclosing = enclosing.enclosing
        frame = frame.caller
    return found


def parts_of(thing: Heap, overlay: Delta) -> set:
    return reached([thing], overlay)


def is_shared(m, thing: Heap, slot: tuple | None, overlay: Delta | None = None, arguments: bool = True) -> bool:
    """Whether the thing, or one inside of it, can be reached other than through `slot`.

    Without `arguments` it does not count that the caller holds it.
    """
    overlay = Delta() if overlay is None else overlay
    others = reached(roots(m, arguments), overlay, slot)
    return any(part in others for part in parts_of(thing, overlay))


def freeze(m, thing: Heap) -> None:
    """From here on the thing cannot be changed; nor may a loop around have changed it, in an earlier iteration."""
    for part in parts_of(thing, Delta()):
        if not isinstance(part, Heap):
            continue
        if any(part.birth < loop.birth < part.written for loop in m.state.loops):
            raise Refused(f"{part.describe()} is changed in this loop, and another name may come to mean it",
                          "make a copy where the other name is bound: x = y.copy()")
        part.frozen = True
