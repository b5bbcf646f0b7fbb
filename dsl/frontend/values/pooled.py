"""Lists in lists of which there are as many as is known only at run time: each is a number.

    graph = [[] for _ in range(n)]          graph is a list of numbers of lists
    graph[u].append(v)                      the list of that number grows, in the pool that it lies in (engine/pools.py)

A number is a value like any other: two names for one list hold one number, and a list that is put into another one,
passed along, returned or taken out again stays the list that it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .value import Composite, Scalar, Value

# Where a list is made: (function, line, column) of the expression, and of the calls around it.
Site = tuple


@dataclass(frozen=True, eq=False)
class PooledList(Composite):
    """A list in the pool that belongs to a site, by its number there."""

    root: Site
    number: Scalar

    python_class = list

    def parts(self):
        return [self.number]

    def with_parts(self, parts):
        return PooledList(self.root, *parts)

    def key(self):
        return ("pooled", self.root)

    def describe(self) -> str:
        return "a list"


def holds_pooled(value: Value) -> bool:
    """Whether it is a list in a pool, or holds one."""
    return isinstance(value, PooledList) or any(map(holds_pooled, value.parts()))


@dataclass
class PoolPlan:
    """Which lists are made in a pool, by their sites, which share one, and what their items look like. A program that
    is refused for want of it is lowered again with what it has asked for."""

    roots: dict[Site, Site] = field(default_factory=dict)
    forms: dict[Site, Value] = field(default_factory=dict)
    wanted: list[frozenset[Site]] = field(default_factory=list)  # sites of lists that must lie in one pool
    wanted_forms: dict[Site, Value] = field(default_factory=dict)

    def want(self, sites: Iterable[Site]) -> None:
        self.wanted.append(frozenset(sites))

    def settle(self) -> bool:
        """Heeds what was asked for; whether anything is new."""
        before, is_new = dict(self.roots), False
        for sites in self.wanted:
            roots = {self.roots.get(site, site) for site in sites}
            root = min(roots, key=repr)
            self.roots.update(dict.fromkeys(sites | roots, root))
            self.roots = {site: root if found in roots else found for site, found in self.roots.items()}
            if len(roots) > 1:
                self.forms = {}
        for root, form in self.wanted_forms.items():
            if self.roots.get(root) == root:
                self.forms[root], is_new = form, True
        self.wanted, self.wanted_forms = [], {}
        return is_new or self.roots != before
