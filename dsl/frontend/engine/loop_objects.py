"""Names that mean another mutable thing in each iteration: `a = a + b` of arrays, `old, new = new, old` of buffers.

In the body such a name means an incarnation: a thing of its own, with block arguments for contents, that stands for
whatever the name meant when the iteration began. That is exact where nobody else refers to that ("owned"); elsewhere
it is exact as long as nobody writes to any of them ("frozen", see ownership.py). Arguments that are only exchanged
among names ("exchanged") carry their number along, so that in the end each argument's contents are found again.
"""

from __future__ import annotations

from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.store import Delta
from dsl.frontend.values.value import Scalar, Swapped, Value, leaves, weak

from .ownership import callers, freeze, held_twice, is_shared, reached, roots

OWNED, FROZEN, EXCHANGED = "owned", "frozen", "exchanged"


class LoopObjects:
    """The loop_objects of one loop. `modes` says for which places there are any; a loop finds out on its first visit.

    A place is (container, key, position): the position leads to a part of what the slot holds, by numbers of parts.
    What is inside of an incarnation is one too.
    """

    def __init__(self, loop, modes: dict):
        self.loop, self.m, self.modes = loop, loop.m, modes
        self.outer: dict[Mutable, tuple[Mutable, dict]] = {}
        self.initial: dict[Mutable, dict] = {}
        self.wanted: dict = {}
        self.final: dict[Mutable, dict] = {}
        self.at_place: dict[tuple, Mutable] = {}
        self.who: dict[tuple, Scalar] = {}

    def inner_of(self, place: tuple, value: Value) -> Value:
        """What a place holds in the body."""
        if isinstance(value, Mutable):
            return value if self.around(place) is None else self.make(place, value)
        parts = value.parts()
        if not parts:
            return value
        container, key, position = place
        return value.with_parts([self.part((container, key, (*position, k)), part) for k, part in enumerate(parts)])

    def part(self, place: tuple, value: Value) -> Value:
        found = leaves(value) if not isinstance(value, Mutable) else None
        return self.loop.argument(value) if found == [value] else self.inner_of(place, value)

    def around(self, place: tuple) -> tuple | None:
        """The place with loop_objects that a place is, or is inside of."""
        container, key, position = place
        places = ((container, key, position[:n]) for n in range(len(position) + 1))
        return next((found for found in places if found in self.modes), None)

    def make(self, place: tuple, thing: Mutable) -> Mutable:
        """A thing that stands for what `place` means when an iteration begins."""
        made, contents = thing.like(self.m.store), {}
        made.epoch = self.loop.epoch  # as old as the loop, though the first touch may come in a loop inside of it
        for key in thing.slots:
            contents[key] = self.m.store.read_around(self.loop, thing, key)
        self.outer[made] = (thing, contents)
        made.slots.update({key: self.part(place, value) for key, value in contents.items()})
        self.initial[made] = dict(made.slots)
        mode = self.modes[self.around(place)]
        if place in self.modes:
            self.at_place[place] = made
        if mode == EXCHANGED:
            self.who[place] = self.loop.argument(weak(len(self.who)))
        if mode == FROZEN:
            freeze(self.m, thing)
            made.frozen = True
        return made

    def pairs(self, outer: Value, inner: Value):
        """The leaves outside with those inside, those of loop_objects included."""
        if isinstance(inner, Mutable):
            if inner in self.initial:
                contents = self.outer[inner][1]
                for key, value in self.initial[inner].items():
                    yield from self.pairs(contents[key], value)
            return
        found = leaves_here(inner)
        if found:
            yield outer, inner
            return
        for a, b in zip(outer.parts(), inner.parts()):
            yield from self.pairs(a, b)

    def want(self, place: tuple, mode: str) -> None:
        """Asks for another visit of the loop with an incarnation for a place."""
        self.wanted[self.around(place) or place] = mode

    def choose(self, place: tuple, thing: Mutable) -> str:
        """The mode for a place that turned out to mean several things. Called with the state before the loop."""
        slot = place[:2]
        if not is_shared(self.m, thing, slot):
            return OWNED
        is_argument = any(thing is home for home in self.m.homes.slots.values())
        return EXCHANGED if is_argument and not is_shared(self.m, thing, slot, arguments=False) else FROZEN

    def final_of(self, place: tuple) -> Value | None:
        """What a place means at the end of the body."""
        entry = self.loop.entries.get(place[:2])
        value = entry.final if entry is not None else None
        for k in place[2]:
            parts = value.parts() if isinstance(value, Value) and not isinstance(value, Mutable) else []
            value = parts[k] if k < len(parts) else None
        return value if isinstance(value, Value) else None

    def look(self) -> None:
        """Notes the contents of what the slots mean now, at the end of the body."""
        for entry in list(self.loop.entries.values()):
            for thing in reached([entry.final], Delta()) if self.modes or isinstance(entry.final, Mutable) else ():
                if isinstance(thing, Mutable) and thing not in self.final:
                    keys = list(thing.slots)
                    self.final[thing] = {key: self.m.store.read(thing, key) for key in keys}

    def restore(self) -> None:
        """Gives the loop_objects their last contents back, which went with the state of the body."""
        for thing in self.initial:
            thing.slots.update(self.final.get(thing, {}))

    def check_owned(self) -> None:
        """An owned place must mean something that nothing else means, in the next iteration too."""
        for place, mode in self.modes.items():
            value = self.final_of(place)
            if mode != FROZEN and value is not None and self.is_shared_at_end(place[:2], value):
                self.want(place, FROZEN)

    def is_shared_at_end(self, slot: tuple, value: Value) -> bool:
        mine = {part for part in reached([value], Delta()) if isinstance(part, Mutable)}
        if any(part.epoch < self.loop.epoch or part.frozen for part in mine):
            return True
        if held_twice(mine, self.loop.entries[slot].final, Delta()):
            return True
        others = reached(callers(self.m), Delta(), slot)
        for place, entry in self.loop.entries.items():
            if place != slot and not entry.is_temporary:
                others |= reached([entry.final], Delta(), slot)
        outside = {c for c in reached(roots(self.m), Delta(), slot) if c.epoch < self.loop.epoch}
        for container in outside:
            values = [v for key, v in container.slots.items() if (container, key) not in self.loop.entries]
            others |= reached(values, Delta(), slot)
        return bool(mine & others)

    def exchange(self) -> None:
        """Exchanged names must mean each other's things, or those of owned names, which join them on the next visit;
        the others are frozen then."""
        places = [place for place, mode in self.modes.items() if mode == EXCHANGED and place in self.at_place]
        finals = [self.final_of(place) for place in places]
        if sorted(map(id, finals)) == sorted(id(self.at_place[place]) for place in places):
            return
        own = [place for place in self.at_place if self.modes[place] == OWNED]
        owned: dict[Value | None, tuple] = {self.at_place[place]: place for place in own}
        joining = [owned[final] for final in finals if final in owned]
        for place in joining or places:
            self.want(place, EXCHANGED if joining else FROZEN)

    def exchanged(self) -> list:
        """What becomes of the arguments behind exchanged names: (container, key, build, origin) for after the loop."""
        places = list(self.who)
        if not places:
            return []
        whose: dict[Value | None, Scalar] = {self.at_place[place]: self.who[place] for place in places}
        number = {place: k for k, place in enumerate(places)}
        finals = [self.final_of(place) for place in places]
        if any(final not in whose for final in finals):
            return []
        carried = [self.loop.carry(weak(number[place]), self.who[place], whose[final])
                   for place, final in zip(places, finals)]
        things = [self.loop.rebuild.made[(final,)] for final in finals]
        plans = []
        for place in places:
            thing = self.outer[self.at_place[place]][0]
            for home in [k for k, v in self.m.homes.slots.items() if v is thing]:  # none if it is no argument
                plans.append((self.m.homes, home, swapped(things, carried, number[place]), None))
        return plans


def swapped(things: list, carried: list, number: int):
    def build(results):
        return Swapped(tuple(t(results) for t in things), tuple(c(results) for c in carried), number)

    return build


def leaves_here(value: Value) -> bool:
    return not isinstance(value, Mutable) and leaves(value) == [value]
