"""The store: frames and mutable objects, the history of their slots, and the loops around them.

    mark = store.begin()                    a branch begins
    store.write(frame, "x", value)          entered in the journal: x held something else before
    delta = store.take_back(mark)           x holds that again; `delta` is what the branch left behind

Everything that can change is a slot of a container. A write is entered in a journal, so that one branch of an `if` can
be visited, taken back, and the other visited from the same start; what the two left behind is then joined.

Epochs order births, branches, loops and writes in one sequence. A container that was born after a branch began cannot
be seen outside of it, so its writes need no journal; one that was born before a loop began may be carried around by
the loop, so the loop is told of each first touch. `written` is the epoch of a container's last write.

Sound: nothing writes to `slots` of a container that others may see except through `write`, or where it is told here
(`take_back`, `Loop.enter`, `Loop.abandon`).
"""

from __future__ import annotations

from typing import Any

from dsl.calling.guards import Guards

from .value import UNBOUND, Value


class Container:
    """Something with slots that can be rebound; `origins` says where each was last written."""

    def __init__(self, store: Store):
        self.slots: dict[Any, Any] = {}
        self.origins: dict[Any, Any] = {}
        self.epoch = store.next_epoch()
        self.written = 0

    def slot_name(self, key) -> str:
        """What messages call a slot."""
        return key if isinstance(key, str) else "this"

    def may_change_in(self, loop, key) -> bool:
        """Whether a loop may write this slot: the frames know better, other containers cannot say."""
        return True


class Delta(dict):
    """What a branch left behind: (container, key) -> (value, origin)."""


class Store:
    def __init__(self):
        self.epochs = 0
        self.guards = Guards()
        self.journal: list[tuple] = []
        self.marks: list[int] = [0]
        self.loops: list = []
        self.has_frozen = False  # some object can be changed no more (engine/ownership.py)

    def next_epoch(self) -> int:
        self.epochs += 1
        return self.epochs

    def read(self, container: Any, key) -> Any:
        self.touch(container, key)
        value = container.slots.get(key, UNBOUND)
        self.note_read(container, key, value)
        return value

    def note_read(self, container: Container, key, value: Value) -> None:
        """Tells the loops around that hand `value` to an iteration in this slot that an iteration looks at it."""
        for loop in self.loops:
            entry = loop.entries.get((container, key))
            if entry is not None and entry.inner is value:
                entry.is_read = True

    def read_around(self, loop, container: Container, key) -> Value:
        """The value that a slot has outside of a loop, also where the loop has its own for it already."""
        if (container, key) in loop.entries:
            return loop.entries[container, key].outer
        inside, self.loops = self.loops, self.loops[: self.loops.index(loop)]
        try:
            return self.read(container, key)
        finally:
            self.loops = inside

    def touch(self, container: Container, key, written: bool = False):
        """Tell each loop around, from the outside in, that it may have to carry this slot."""
        for loop in self.loops:
            if container.epoch < loop.epoch and (container, key) not in loop.entries:
                if written or container.may_change_in(loop, key):
                    loop.enter(container, key)

    def write(self, container: Any, key, value: Value, origin=None):
        self.touch(container, key, written=True)
        if container.epoch <= self.marks[-1]:
            old = container.slots.get(key, UNBOUND)
            self.journal.append((container, key, old, container.origins.get(key)))
        container.slots[key] = value
        container.written = self.next_epoch()
        if origin is not None:
            container.origins[key] = origin

    def begin(self, epoch: int | None = None) -> tuple[int, int]:
        """Starts a branch, or goes on with one that began at `epoch`; the mark it returns is for `take_back`."""
        self.marks.append(self.epochs if epoch is None else epoch)
        return len(self.journal), len(self.marks) - 1

    def take_back(self, mark: tuple[int, int]) -> Delta:
        """Ends the branch, and any inside of it that an exception has left open: what they wrote is undone, and
        returned."""
        begun, depth = mark
        delta = Delta()
        for container, key, old, origin in reversed(self.journal[begun:]):
            place = (container, key)
            if place not in delta:
                delta[place] = (container.slots.get(key, UNBOUND), container.origins.get(key))
            container.slots[key] = old
            container.origins[key] = origin
        del self.journal[begun:]
        del self.marks[depth:]
        return Delta(reversed(delta.items()))

    def redo(self, delta: Delta) -> None:
        for (container, key), (value, origin) in delta.items():
            self.write(container, key, value, origin)

    def has_written(self, mark: tuple[int, int]) -> bool:
        return len(self.journal) > mark[0]

    @property
    def writes(self) -> int:
        """How many writes since the branch began can be seen outside of it."""
        return len(self.journal)
