"""What the generator knows at one point of a function: names bound on every path, loops around, work done so far."""

from dataclasses import dataclass, field

KINDS = ("float", "int", "bool")
POOL = {"float": "xyzuvwst", "int": "ijkmnl", "bool": "pqfg"}


@dataclass
class Function:
    """A function that is being written, or that may be called."""

    name: str
    params: list[tuple[str, str, str | None]]  # name, kind, default
    result: tuple[str, ...]
    cost: int = 0
    feature: str = "scalar"


@dataclass
class Scope:
    function: Function
    bound: dict[str, str] = field(default_factory=dict)  # name -> kind, on every path to this point
    known: dict[str, str] = field(default_factory=dict)  # every name of the function, so that kinds never change
    protected: set[str] = field(default_factory=set)  # loop counters: read, never assigned
    loops: int = 0
    trips: int = 1  # how often the current point runs at most
    cost: int = 0

    def names(self, kind: str) -> list[str]:
        return [n for n, k in self.bound.items() if k == kind]

    def assignable(self, kind: str) -> list[str]:
        return [n for n in self.names(kind) if n not in self.protected]

    def bind(self, name: str, kind: str) -> None:
        self.bound[name] = self.known[name] = kind

    def fresh(self, rng, kind: str) -> str:
        """A name not bound here; one of the same kind bound on another path may come again."""
        letters = POOL.get(kind, "o")
        free = [c for c in letters if c not in self.known or (c not in self.bound and self.known[c] == kind)]
        if free:
            return rng.choice(free)
        return f"{letters[0]}{len(self.known)}"


def intersect(paths: list[dict[str, str]]) -> dict[str, str]:
    """The names that are bound on all of several paths."""
    return {n: k for n, k in paths[0].items() if all(n in p for p in paths[1:])}
