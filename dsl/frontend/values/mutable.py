"""Mutable objects: lists, dicts and instances of mutable classes.

A list keeps its items, a dict its entries, as one immutable value in one slot; an instance has a slot for each field.
So branches and loops merge their contents as they merge anything else.
"""

from __future__ import annotations

import collections
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .dict_contents import HashedEntries
from .list_contents import GrowingItems, KnownItems
from .pooled import Site
from .signals import Refused
from .store import Container, Store
from .value import Composite, Record, Scalar, Static, Tuple, Value


class Mutable(Container, Value, ABC):
    """A mutable value. `like` makes another of its kind, without contents."""

    constant = False
    frozen = False
    in_pool = False  # a list in a pool, for one operation (engine/pools.py)
    number: Scalar | None = None  # which object it was before the loops that exchange it with others (loop_objects.py)
    unshared = False  # the program changes it, or asks which object it is: it must have one name only

    @abstractmethod
    def like(self, store: Store) -> Mutable: ...

    def keeps_length(self: Any, m, before: Scalar) -> bool:
        """Whether a list or dict of run-time length is as long as before."""
        return self.contents(m).length is before

    def key(self):
        return type(self)


class List(Mutable):
    python_class = list

    kind = "list"
    empty_message = "pop from empty list"

    site: Site | None = None  # where it is made, by an expression that makes one

    def __init__(self, store: Store, items=()):
        super().__init__(store)
        self.slots["items"] = items if isinstance(items, GrowingItems) else KnownItems(tuple(items))

    def like(self, store: Store) -> List:
        made = List(store)
        made.site = self.site
        return made

    def contents(self, m) -> KnownItems | GrowingItems:
        value = m.store.read(self, "items")
        if not isinstance(value, KnownItems | GrowingItems):
            raise m.conflict("this list", named(value, "a list of"))
        return value

    def items(self, m) -> tuple:
        """The items of a list of known length."""
        value = self.contents(m)
        if isinstance(value, GrowingItems):
            raise Refused("this needs a list whose length is known at compile time",
                          "loop over the list, or use an array")
        return value.items

    def slot_name(self, key) -> str:
        return "an item of this list"

    def store(self, m, items) -> None:
        change(self)
        contents = items if isinstance(items, GrowingItems) else KnownItems(tuple(items))
        m.unless_raised(lambda: m.store.write(self, "items", contents, m.origin()))

    def describe(self) -> str:
        return "a list"


class Watch(Container, ABC):
    """Is told before a deque gets other items."""

    @abstractmethod
    def note(self, m, before, after) -> None: ...


class Deque(List):
    """A `collections.deque`."""

    kind = "deque"
    empty_message = "pop from an empty deque"

    def __init__(self, store: Store, items=()):
        super().__init__(store, items)
        self.watches: list[Watch] = []  # of the loops over it that are being visited

    def like(self, store: Store) -> Deque:
        return Deque(store)

    def store(self, m, items) -> None:
        for watch in self.watches:
            watch.note(m, self.contents(m), items)
        super().store(m, items)

    def describe(self) -> str:
        return "a deque"


class Grid(Mutable):
    """A list of lists of equal length of which there are as many as is known only at run time: `rows` of `width`, whose
    `items` are those of one list that grows. `site` is where a row is made."""

    def __init__(self, store: Store, site: Site | None = None):
        super().__init__(store)
        self.site = site

    def like(self, store: Store) -> Grid:
        return Grid(store, self.site)

    def contents(self, m) -> GrowingItems:
        value = m.store.read(self, "items")
        if not isinstance(value, GrowingItems):
            raise m.conflict("this list", value)
        return value

    def slot_name(self, key) -> str:
        return "an item of this list"

    def describe(self) -> str:
        return "a list of lists"


@dataclass(frozen=True, eq=False)
class Row(Composite):
    """One of the lists in a list of lists, by its number."""

    grid: Grid
    index: Scalar

    def parts(self):
        return [self.grid, self.index]

    def with_parts(self, parts):
        return Row(*parts)

    def key(self):
        return "row"

    def describe(self) -> str:
        return "a list in a list of lists"


def named(conflict, kind: str):
    """A conflict of contents in the words of the object that holds them."""
    sides = [(what.replace("a tuple of", kind), origin) for what, origin in (conflict.first, conflict.second)]
    return replace(conflict, first=sides[0], second=sides[1])


class Dict(Mutable):
    python_class: type = dict

    def __init__(self, store: Store, entries: dict | None = None):
        super().__init__(store)
        self.slots["items"] = Record(dict, dict(entries or {}))

    def like(self, store: Store) -> Dict:
        return Dict(store)

    def contents(self, m) -> Record | HashedEntries:
        value = m.store.read(self, "items")
        if not isinstance(value, Record | HashedEntries):
            raise m.conflict("the set of keys of this dict", value)
        return value

    def entries(self, m) -> dict:
        """The entries of a dict whose keys are known at compile time."""
        value = self.contents(m)
        if isinstance(value, HashedEntries):
            raise Refused("this needs a dict whose keys are known at compile time",
                          "go over its items in a loop, or make lists of them: list(d), list(d.values())")
        return value.fields

    def slot_name(self, key) -> str:
        return "an entry of this dict"

    def store(self, m, key, value: Value) -> None:
        self.replace(m, {**self.entries(m), key: value})

    def replace(self, m, entries: dict) -> None:
        """Other entries in place of all there are."""
        self.hold(m, Record(dict, entries))

    def update(self, m, other: Value) -> None:
        if not isinstance(other, Dict):
            raise Refused(f"** needs a dict, found {other.describe()}")
        for key, value in other.entries(m).items():
            self.store(m, key, value)

    def hold(self, m, contents: Record | HashedEntries) -> None:
        change(self)
        m.unless_raised(lambda: m.store.write(self, "items", contents, m.origin()))

    def describe(self) -> str:
        return "a dict"


class DefaultDict(Dict):
    """A `collections.defaultdict`; `factory` makes the value of a key that is not there."""

    python_class = collections.defaultdict

    def __init__(self, store: Store, factory: Value):
        super().__init__(store)
        self.factory = factory

    def like(self, store: Store) -> DefaultDict:
        return DefaultDict(store, self.factory)

    def key(self):
        return (DefaultDict, self.factory.key())

    def describe(self) -> str:
        return "a defaultdict"


class Counter(Dict):
    """A `collections.Counter`."""

    python_class = collections.Counter

    def like(self, store: Store) -> Counter:
        return Counter(store)

    def describe(self) -> str:
        return "a Counter"


def known_key(index: Value) -> Any:
    """The key of a dict's entry, as CPython has it."""
    if isinstance(index, Scalar) and index.is_constant:
        return index.python()
    if isinstance(index, Static):
        return index.value
    if isinstance(index, Tuple):
        return tuple(known_key(item) for item in index.items)
    raise Refused(f"a dict's key has to be known at compile time, found {index.describe()}")


class Instance(Mutable):
    """An instance of a mutable class."""

    def __init__(self, store: Store, cls: type, fields: dict | None = None):
        super().__init__(store)
        self.cls = cls
        self.slots.update(fields or {})

    def like(self, store: Store) -> Instance:
        return Instance(store, self.cls)

    def key(self):
        return (Instance, self.cls)

    def slot_name(self, key) -> str:
        return f"the field {key}"

    def describe(self) -> str:
        return f"a {self.cls.__name__}"


def change(target: Mutable) -> None:
    """Called before a write. Refuses one to something of the module, or to something that another name may mean as
    well (ownership.py)."""
    if target.frozen:
        raise Refused(f"{target.describe()} is changed, but another name may mean the same one, depending on the path",
                      "make a copy before: x = x.copy(), or copy.copy(x)")
    if target.constant:
        raise Refused(f"{target.describe()} of the module cannot be changed by a kernel",
                      "pass it as an argument, or make a copy in the kernel")
    target.unshared = True


class Rebuild:
    """Makes counterparts of mutable objects that are known only inside of a region, one for each, keeping aliases.

    `plan` plans one slot's contents and returns a function from results to a value. `pairs` are the counterparts of an
    object on the first path (0) or the second (1). One that has several cannot be told from all of them: what is made
    of it is frozen.
    """

    def __init__(self, store: Store, epoch: int):
        self.store, self.epoch = store, epoch
        self.made: dict[tuple, Callable] = {}
        self.pairs: dict[tuple[int, Mutable], list[tuple]] = {}

    def is_fresh(self, target: Container) -> bool:
        return target.epoch > self.epoch

    def one(self, target: Mutable, plan: Callable):
        """An object that exists on one path only; if it stands for one of the other path too, that is it."""
        if not self.is_fresh(target):
            return lambda results: target
        alone = self.build((target,), target, plan, [(key, (value,)) for key, value in target.slots.items()])

        def build(results):
            found = self.pairs.get((0, target)) or self.pairs.get((1, target))
            return self.made[found[0]](results) if found else alone(results)

        return build

    def both(self, a: Mutable, b: Mutable, plan: Callable):
        """Two objects that stand for each other on two paths; None where others may know them."""
        if not (self.is_fresh(a) and self.is_fresh(b)) or a.key() != b.key() or set(a.slots) != set(b.slots):
            return None
        return self.build((a, b), a, plan, [(key, (value, b.slots[key])) for key, value in a.slots.items()])

    def build(self, identity: tuple, target: Mutable, plan: Callable, contents: list):
        if identity in self.made:
            return self.made[identity]
        copy: list = []

        def build(results):
            if not copy:
                copy.append(target.like(self.store))
                copy[0].origins.update(target.origins)
                several = [side for side in enumerate(identity) if len(self.pairs.get(side, ())) > 1]
                copy[0].frozen = bool(several) or any(side.frozen for side in identity)
                self.store.has_frozen |= bool(several)
                for key, content in planned:
                    copy[0].slots[key] = content(results)
            return copy[0]

        self.made[identity] = build
        if len(identity) > 1:
            for side in enumerate(identity):
                self.pairs.setdefault(side, []).append(identity)
        planned = [(key, plan(*values)) for key, values in contents]
        return build
