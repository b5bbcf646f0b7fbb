"""A loop over a deque that gets longer or shorter in it: CPython raises RuntimeError where it would take the next item.

    for x in queue:                         while ...:
        if x > 1.0:                             fail RuntimeError if %changed; next item
            queue.append(x)                     %changed = %changed or (the length before != the length behind)

Sound: what CPython counts are the changes of a deque's length, of which each passes `Deque.store`, item assignments and
`reverse` are none. A loop that is left in the iteration of the change never looks, and raises nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from dsl.frontend.emit import scalar_ops
from dsl.frontend.values.iterables import Sequence
from dsl.frontend.values.list_contents import GrowingItems, KnownItems
from dsl.frontend.values.mutable import Deque, Watch
from dsl.frontend.values.value import FALSE, Scalar, weak

from .interpreter import Interpreter

CHANGED = "changed"


class LoopOverDeque(Watch):
    """Whether the deques of one loop have changed."""

    def __init__(self, m: Interpreter):
        super().__init__(m.store)
        self.slots[CHANGED] = FALSE

    def note(self, m: Interpreter, before, after) -> None:
        old, new = length_of(before), length_of(after)
        if old is new:
            return
        differs = scalar_ops.compare_scalars(m.builder, "ne", old, new)
        changed = scalar_ops.logical_or(m.builder, m.store.read(self, CHANGED), differs)
        m.unless_raised(lambda: m.store.write(self, CHANGED, changed))

    def check(self, m: Interpreter) -> None:
        changed, message = m.store.read(self, CHANGED), "deque mutated during iteration"
        if not changed.is_constant:
            m.builder.fail(m.builder.ssa(changed), "RuntimeError", message)
        elif changed.constant:
            m.raise_now("RuntimeError", message)

    def before(self, action: Callable) -> Callable:
        """An action behind the check."""
        def checked(m: Interpreter, *arguments):
            self.check(m)
            return action(m, *arguments)

        return checked

    def around(self, sequence: Sequence) -> Sequence:
        """The sequence, of which an item is taken only where nothing has changed. One of run-time length looks where it
        asks for its end; without a live end a change of length is refused."""
        anew, end = sequence.again, sequence.live_end
        if not sequence.is_static:
            return replace(sequence, live_end=None if end is None else self.before(end))
        again = None if anew is None else lambda m: self.around(anew(m))
        return replace(sequence, get=self.before(sequence.get), finish=self.before(sequence.finish), again=again)


def length_of(items) -> Scalar:
    if isinstance(items, GrowingItems):
        return items.length
    return weak(len(items.items if isinstance(items, KnownItems) else items))


@contextmanager
def watching_deques(m: Interpreter, sequence: Sequence) -> Iterator[Sequence]:
    """The sequence of a loop, while that is visited."""
    deques = [owner for owner in sequence.growing if isinstance(owner, Deque)]
    if not deques:
        yield sequence
        return
    watch = LoopOverDeque(m)
    for deque in deques:
        deque.watches.append(watch)
    try:
        yield watch.around(sequence)
    finally:
        for deque in deques:
            deque.watches.remove(watch)
