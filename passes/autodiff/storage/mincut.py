"""Minimum vertex cut: the cheapest set of values from which all that is needed can be recomputed.

Dinic's algorithm (1970) on the graph in which every value is split into an entry and an exit joined by an edge of the
value's cost. Of the minimum cuts the one nearest the needed values is returned, which recomputes least.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping

INFINITE = 1 << 40


class _Network:
    def __init__(self) -> None:
        self.edges: list[list] = []  # [target, capacity], the reverse edge at index ^ 1
        self.adjacent: dict[Hashable, list[int]] = {}
        self.names: dict[Hashable, int] = {}

    def connect(self, a: Hashable, b: Hashable, capacity: int) -> None:
        for source, target, room in ((a, b, capacity), (b, a, 0)):
            self.adjacent.setdefault(source, []).append(len(self.edges))
            self.adjacent.setdefault(target, [])
            self.edges.append([target, room])

    def levels(self, source: Hashable) -> dict[Hashable, int]:
        level, queue = {source: 0}, deque([source])
        while queue:
            node = queue.popleft()
            for index in self.adjacent[node]:
                target, room = self.edges[index]
                if room > 0 and target not in level:
                    level[target] = level[node] + 1
                    queue.append(target)
        return level

    def augment(self, source: Hashable, sink: Hashable, level, position) -> int:
        """Push flow along one path of increasing level; 0 when there is none."""
        path: list[int] = []
        node = source
        while node != sink:
            for at in range(position[node], len(self.adjacent[node])):
                target, room = self.edges[self.adjacent[node][at]]
                if room > 0 and level.get(target, -1) == level[node] + 1:
                    position[node] = at
                    path.append(self.adjacent[node][at])
                    node = target
                    break
            else:
                position[node] = len(self.adjacent[node])
                if not path:
                    return 0
                node = self.edges[path.pop() ^ 1][0]
                position[node] += 1
        room = min(self.edges[index][1] for index in path)
        for index in path:
            self.edges[index][1] -= room
            self.edges[index ^ 1][1] += room
        return room

    def maximum_flow(self, source: Hashable, sink: Hashable) -> int:
        total = 0
        while sink in (level := self.levels(source)) and total < INFINITE:
            position = dict.fromkeys(self.adjacent, 0)
            while room := self.augment(source, sink, level, position):
                total += room
        return total

    def reaching(self, sink: Hashable) -> set[Hashable]:
        """The nodes from which the sink can still be reached."""
        seen, todo = {sink}, [sink]
        while todo:
            for index in self.adjacent[todo.pop()]:
                origin = self.edges[index][0]
                if self.edges[index ^ 1][1] > 0 and origin not in seen:
                    seen.add(origin)
                    todo.append(origin)
        return seen


def minimum_cut(
    costs: Mapping[Hashable, int],
    dependences: Mapping[Hashable, Iterable[Hashable]],
    given: Iterable[Hashable],
    needed: Iterable[Hashable],
) -> set[Hashable] | None:
    """The cheapest set of values to keep.

    `costs`: what keeping a value costs (`INFINITE` where it cannot be kept); `dependences`: what a value that can be
    recomputed is computed from; `given`: the values that cannot be recomputed. Returns None where no set is possible.
    """
    network = _Network()
    for value, cost in costs.items():
        network.connect(("in", value), ("out", value), cost)
    for value, sources in dependences.items():
        for source in sources:
            network.connect(("out", source), ("in", value), INFINITE)
    for value in given:
        network.connect("source", ("in", value), INFINITE)
    for value in needed:
        network.connect(("out", value), "sink", INFINITE)
    network.adjacent.setdefault("source", [])
    network.adjacent.setdefault("sink", [])
    if network.maximum_flow("source", "sink") >= INFINITE:
        return None
    after = network.reaching("sink")
    return {value for value in costs if ("out", value) in after and ("in", value) not in after}
