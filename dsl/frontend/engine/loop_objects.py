"""Names that refer to another mutable object in each iteration: phis of references.

    for _ in range(n):                      scf.for ... iter_args(%old = %x, %new = %zeros)
        new[0] = old[0] + 1.0                 %e = tensor.insert ... into %new
        old, new = new, old                   scf.yield %e, %old

In the body such a name refers to an object of its own that stands for whatever the name referred to when the iteration
began. Its contents are block arguments of the loop, as those of any loop-carried object; after the loop there is a
new object with the loop's results for contents.

Sound: nobody can tell the stand-in from the object. It is one of three modes, by what else refers to the object:
- owned: nothing else does, neither before the loop nor at the end of an iteration, so no write through one name can
  be seen through another (ownership.py).
- frozen: something else does; then nobody may write to any of them any more, which `freeze` refuses. A stand-in for
  something frozen is frozen too.
- exchanged: only the caller does, whose array it is, and the loop does nothing but exchange such names and owned ones
  among each other. Then each stand-in carries the number of the argument that it is (`Mutable.number`), through loops
  in the body as well, so that in the end the new contents of each argument are found again (`Permuted`).

Which names are such, a loop is told by loop_predictions.py, or finds out at the end of its first visit.
"""

from __future__ import annotations

from collections.abc import Callable

from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.store import Delta
from dsl.frontend.values.value import Permuted, Scalar, Value, leaves, weak

from .interpreter import Interpreter
from .ownership import callers, freeze, held_twice, is_shared, reached, roots

OWNED, FROZEN, EXCHANGED = "owned", "frozen", "exchanged"


class LoopObjects:
    """The stand-ins of one loop. `modes` says for which places there are any; `predicted`, which may be wrong.

    A place is (container, key, position): the position leads to a part of what the slot holds, by numbers of parts.
    What is inside of a stand-in is one too.
    """

    def __init__(self, loop, modes: dict, predicted: set):
        self.loop, self.m, self.modes, self.predicted = loop, loop.m, modes, predicted
        self.outer: dict[Mutable, tuple[Mutable, dict]] = {}
        self.initial: dict[Mutable, dict] = {}
        self.wanted: dict = {}
        self.final: dict[Mutable, dict] = {}
        self.at_place: dict[tuple, Mutable] = {}
        self.numbers: dict[tuple, Scalar] = {}  # of exchanged places, before the loop
        self.conclusion: Callable = lambda results: None

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
        if mode == EXCHANGED and place in self.modes:
            made.number = self.loop.argument(weak(0))
            self.numbers[place] = number_of(self.m, thing)
        if mode == FROZEN:
            freeze(self.m, thing)
        made.frozen = thing.frozen
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
        """Asks for another visit of the loop with a stand-in for a place."""
        self.wanted[self.around(place) or place] = mode

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
        if len(set(finals)) == len(finals):
            if self.before_exchanges(finals, frozenset.issubset) == {self.at_place[place] for place in places}:
                return
        owned: dict[Value | None, tuple] = {self.at_place[place]: place for place in self.at_place
                                            if self.modes[place] == OWNED}
        reached = self.before_exchanges(finals, lambda after, found: not after.isdisjoint(found))
        joining = [place for thing, place in owned.items() if thing in reached]
        for place in joining or places:
            self.want(place, EXCHANGED if joining else FROZEN)

    def before_exchanges(self, things: list, concerns: Callable) -> set:
        """The things that these were before the loops in the body that have exchanged them."""
        found = set(things)
        for before, after in reversed(self.m.exchanges):
            if concerns(after, found):
                found = found - after | before
        return found

    def denied(self) -> set:
        """Predicted places that mean the same thing in each iteration; all predicted ones where an exchange seems to
        fail, which may be because not all of its names were predicted."""
        if self.predicted and any(mode == FROZEN and self.modes.get(place) == EXCHANGED
                                  for place, mode in self.wanted.items()):
            self.wanted.clear()
            return set(self.predicted)
        return {place for place in self.predicted if place in self.at_place
                and self.final_of(place) is self.at_place[place]}

    def plan_exchange(self) -> None:
        """Has the loop carry the numbers of exchanged things, and plans what becomes of the arguments among them."""
        finals = [self.final_of(place) for place in self.numbers]
        if not finals or any(not isinstance(final, Mutable) or final.number is None for final in finals):
            return
        numbers = [self.loop.carry(first, self.at_place[place].number, final.number)
                   for (place, first), final in zip(self.numbers.items(), finals)]
        builds = [self.loop.rebuild.made[(final,)] for final in finals]
        before = frozenset(self.outer[self.at_place[place]][0] for place in self.numbers)

        def conclude(results) -> None:
            things = [build(results) for build in builds]
            for thing, number in zip(things, numbers):
                thing.number = number(results)
            exchange_arguments(self.m, before, things)

        self.conclusion = conclude


def choose_mode(m: Interpreter, place: tuple, thing: Mutable) -> str:
    """The mode for a place that means several things. Called with the store as it is before the loop."""
    slot = place[:2]
    is_argument = thing.number is not None or any(thing is home for home in m.argument_arrays.slots.values())
    if is_argument and not is_shared(m, thing, slot, arguments=False):
        return EXCHANGED
    return FROZEN if is_shared(m, thing, slot) else OWNED


def number_of(m: Interpreter, thing: Mutable) -> Scalar:
    """What tells a thing from others that it is exchanged with: an argument has the number of its leaf."""
    if thing.number is not None:
        return thing.number
    return weak(next((number for number, home in m.argument_arrays.slots.items() if home is thing), -1))


def exchange_arguments(m: Interpreter, before: frozenset, after: list[Mutable]) -> None:
    """Some things have been exchanged for others, each of which is by number one of those before."""
    m.exchanges.append((before, frozenset(after)))
    arrays = m.argument_arrays.slots.items()
    held = {number: home.objects if isinstance(home, Permuted) else (home,) for number, home in arrays}
    concerned = {number: things for number, things in held.items() if not before.isdisjoint(things)}
    others = dict.fromkeys(thing for things in concerned.values() for thing in things if thing not in before)
    things = (*others, *after)
    for number in concerned:
        m.store.write(m.argument_arrays, number, Permuted(things, tuple(thing.number for thing in things), number))


def leaves_here(value: Value) -> bool:
    return not isinstance(value, Mutable) and leaves(value) == [value]
