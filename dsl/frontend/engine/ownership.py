"""Ownership: who else refers to a mutable object, found by escape analysis on the store.

    if c: v = a                             v is a new object around %r = scf.if %c -> { a.x } else { b.x }
    else: v = b                             that stands for a or for b

Where a name may refer to one of two objects, depending on the path or the iteration, a new object stands for both.

Sound, as long as nobody can tell: either nothing else refers to the two (`is_shared`: they are reached from the frames
and from what the caller holds through this slot alone), or none of the three is changed any more. In the second case
they are frozen, and a write to them is refused with its place. Whatever could reach an object is a slot of a container
or a part of a value, so `reached` misses nothing: closures count with their frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.store import Container, Delta
from dsl.frontend.values.value import Closure, Value


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


def call_with_copies(m, function: Value, arguments: Iterable[Value], copies: list[Value]) -> Value:
    """A call of a function whose derivative is taken, with copies of its arguments, which it may change. What had two
    names has two copies, which is exact unless the function changes one or asks which it is."""
    changed = watch(copies)
    held: dict[Mutable, list[Mutable]] = {}
    for thing, copy in zip(_every(arguments), _every(copies), strict=True):
        held.setdefault(thing, []).append(copy)
    value = m.call(function, copies, {})
    found = changed()
    for thing, copied in held.items():
        if len(copied) > 1 and not found.isdisjoint(copied):
            raise Refused(f"{thing.describe()} that a differentiated function is given twice, and changes",
                          "pass a copy of it: x.copy(), or copy.copy(x)")
    return value


def call_unchanging(m, function: Value, copies: list[Value]) -> Value:
    """A call with copies of arguments that are not to be changed."""
    changed = watch(copies)
    value = m.call(function, copies, {})
    for thing in changed():
        raise Refused(f"{thing.describe()} that is an argument of a function with a rule of its own, and changed by it",
                      "make a copy of it first, and return the new value")
    return value


def watch(values: Iterable[Value]) -> Callable[[], set[Mutable]]:
    """Which things among `values`, called later, have been changed by then, or told from others."""
    before = {thing: dict(thing.slots) for thing in _every(values)}
    return lambda: {thing for thing, slots in before.items() if thing.unshared or thing.slots != slots}


def _every(values: Iterable[Value]) -> Iterator[Mutable]:
    """Every mutable thing inside, as often as it is met."""
    for value in values:
        if isinstance(value, Mutable):
            yield value
            yield from _every(value.slots.values())
        elif isinstance(value, Value):
            yield from _every(value.parts())


def roots(m, arguments: bool = True) -> list:
    """Where a program can start from: the frames of the calls around, and the caller's own arguments."""
    found: list = callers(m) if arguments else []
    frame = m.frame
    while frame is not None:
        found.append(frame)
        enclosing = frame.enclosing
        while enclosing is not None:
            found.append(enclosing)
            enclosing = enclosing.enclosing
        frame = frame.caller
    return found


def callers(m) -> list:
    """Where the caller can start from: the things it gave, and what its arrays are by now."""
    return [*m.caller_objects, m.argument_arrays]


def parts_of(thing: Mutable, overlay: Delta) -> set:
    return reached([thing], overlay)


def is_shared(m, thing: Mutable, slot: tuple | None, overlay: Delta | None = None, arguments: bool = True) -> bool:
    """Whether the thing, or one inside of it, can be reached other than through `slot`.

    Without `arguments` it does not count that the caller holds it.
    """
    overlay = Delta() if overlay is None else overlay
    others, parts = reached(roots(m, arguments), overlay, slot), parts_of(thing, overlay)
    held = slot and overlay.get(slot, (slot[0].slots.get(slot[1]),))[0]
    return not others.isdisjoint(parts) or held_twice(parts, held, overlay)


def held_twice(things: set, value, overlay: Delta) -> bool:
    """Whether a value leads to one of the things in two ways."""
    met: set = set()
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, Container):
            if value in met and value in things:
                return True
            if value not in met:
                met.add(value)
                stack += [overlay.get((value, key), (content,))[0] for key, content in value.slots.items()]
        elif isinstance(value, Value):
            stack.extend(value.parts())
    return False


def freeze(m, thing: Mutable, *inside) -> None:
    """From here on the thing cannot be changed; nor may a loop around, or one just visited, have changed it in an
    earlier iteration."""
    m.store.has_frozen = True
    for part in parts_of(thing, Delta()):
        if not isinstance(part, Mutable):
            continue
        if any(part.epoch < loop.epoch < part.written for loop in (*m.store.loops, *inside)):
            raise Refused(f"{part.describe()} is changed in this loop, and another name may come to mean it",
                          "make a copy where the other name is bound: x = y.copy()")
        part.frozen = True
