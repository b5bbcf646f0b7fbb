"""Writes a program that moves arrays and structures about among its arguments."""

import random
from contextlib import contextmanager

HEAD = """\
import copy
from dataclasses import dataclass

@dataclass
class Vec:
    x: float
    y: float

    def moved(self, k):
        return Vec(self.x + k, self.y)

    def push(self, k):
        self.x = 0.5 * self.x + k

@dataclass
class Node:
    v: Vec
    w: Vec
    a: object
    t: tuple
    s: float

def touch(v, k):
    v.y = 0.5 * v.y + k

def give(n, v):
    n.w = v
    return n.v

def fill(a, k):
    for i in range(3):
        a[i] = 0.5 * a[i] + k * i
    return a

def pick(p, q, c):
    if c > 0.25:
        return p
    return q
"""
SLOTS = {
    "n": ("n", {"vec": ["n.v", "n.w"], "array": ["n.a"]}),
    "m": ("n", {"vec": ["m.v", "m.w"], "array": ["m.a"]}),
    "vs": ("list", {"vec": ["vs[0]", "vs[1]", "vs[2]"], "array": []}),
    "d": ("dict", {"vec": ["d['p']"], "array": ["d['q']"]}),
    "b": ("array", {"vec": [], "array": ["b"]}),
    "c": ("array", {"vec": [], "array": ["c"]}),
    "u": ("vec", {"vec": ["u"], "array": []}),
}


class Generator:
    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        names = [name for name in SLOTS if self.rng.random() < 0.45] or ["n", "m"]
        self.params = ["x", "k", *names]
        self.slots = {kind: [s for n in names for s in SLOTS[n][1][kind]] for kind in ("vec", "array")}
        self.nodes = [n for n in names if n in "nm"]
        self.locals: dict[str, list[str]] = {"vec": [], "array": []}
        self.lines: list[str] = []
        self.depth, self.count, self.straight = 1, 0, True

    def program(self) -> str:
        """The source of `main(x, k, …)`."""
        self.line(f"def main({', '.join(self.params)}):", 0)
        self.block(self.rng.randint(2, 7))
        self.line(f"return {' + '.join(self.number() for _ in range(3))}")
        return HEAD + "\n" + "\n".join(self.lines) + "\n"

    # --- text

    def line(self, text: str, depth: int | None = None) -> None:
        self.lines.append("    " * (self.depth if depth is None else depth) + text)

    @contextmanager
    def indented(self):
        """What is bound inside need not be bound after it."""
        kept = {kind: list(names) for kind, names in self.locals.items()}
        self.depth += 1
        yield
        self.depth, self.locals = self.depth - 1, kept

    def block(self, statements: int) -> None:
        for _ in range(statements):
            self.statement()

    def statement(self) -> None:
        weights = {self.write: 5, self.bind: 4, self.rebind: 5, self.exchange: 2, self.call: 2, self.pair: 1}
        if self.depth < 3:
            weights |= {self.branch: 1.5, self.loop: 1.5, self.walk: 0.7, self.leave: 0.5}
        self.rng.choices(list(weights), list(weights.values()))[0]()

    # --- expressions

    def place(self, kind: str) -> str | None:
        found = self.slots[kind] + self.locals[kind]
        return self.rng.choice(found) if found else None

    def leaf(self) -> str:
        vec, array = self.place("vec"), self.place("array")
        found = ["x", repr(round(self.rng.uniform(-2, 2), 2))]
        found += [f"{vec}.x", f"{vec}.y"] if vec else []
        found += [f"{array}[{self.rng.randrange(3)}]"] * 2 if array else []
        found += [f"{n}.{f}" for n in self.nodes for f in ("s", "t[0]", "t[1].x")]
        return self.rng.choice(found)

    def number(self) -> str:
        if self.rng.random() < 0.5:
            return self.leaf()
        return self.rng.choice(["(0.5 * {} + {})", "({} - {})", "0.25 * {} * {}"]).format(self.leaf(), self.leaf())

    def vec(self) -> str:
        other, forms = self.place("vec"), ["Vec({0}, {0})"]
        if other:
            forms += ["{1}", "{1}", "{1}.moved({0})", "copy.copy({1})"]
        forms += [f"give({n}, {{1}})" for n in self.nodes if other]
        if other and self.rng.random() < 0.1:
            self.straight = False
            return f"pick({other}, {self.place('vec')}, {self.number()})"
        return self.rng.choice(forms).format(self.number(), other)

    def array(self) -> str | None:
        a = self.place("array")
        forms = ["{0}", "{0}", "{0} * {1}", "{0}.copy()", "{0}[::-1]", "fill({0}, {1})", "copy.deepcopy({0})"]
        return self.rng.choice(forms).format(a, self.number()) if a else None

    def value(self, kind: str) -> str | None:
        return self.vec() if kind == "vec" else self.array()

    # --- statements

    def kind(self) -> str:
        return self.rng.choice(["vec", "vec", "array"])

    def write(self) -> None:
        kind = self.kind()
        place = self.place(kind)
        if place is None:
            return
        part = self.rng.choice([".x", ".y"]) if kind == "vec" else f"[{self.rng.choice(['0', '1', 'k % 3', '-1'])}]"
        self.line(f"{place}{part} {self.rng.choice(['=', '=', '+='])} {self.number()}")

    def bind(self) -> None:
        kind = self.kind()
        value = self.value(kind)
        if value is None:
            return
        self.count += 1
        name = f"{kind[0]}{self.count}"
        if kind == "vec" and self.rng.random() < 0.2:
            name = f"list{self.count}"
            self.line(f"{name} = [{value}, {self.vec()}]")
            self.locals[kind] += [f"{name}[0]", f"{name}[1]"]
            return
        self.line(f"{name} = {value}")
        self.locals[kind].append(name)

    def rebind(self) -> None:
        kind = self.kind()
        place, value = self.place(kind), self.value(kind)
        if place is None or value is None:
            return
        if kind == "array" and self.rng.random() < 0.3:
            self.line(f"{place} += {self.number()}")
        else:
            self.line(f"{place} = {value}")

    def exchange(self) -> None:
        kind = self.kind()
        a, b = self.place(kind), self.place(kind)
        if a != b:
            self.line(f"{a}, {b} = {b}, {a}")

    def call(self) -> None:
        vec, array = self.place("vec"), self.place("array")
        forms = ["touch({0}, {2})", "{0}.push({2})"] * bool(vec) + ["fill({1}, {2})"] * bool(array)
        if forms:
            self.line(self.rng.choice(forms).format(vec, array, self.number()))

    def pair(self) -> None:
        if self.nodes:
            n = self.rng.choice(self.nodes)
            self.line(self.rng.choice([f"{n}.t = ({self.number()}, {self.vec()})", f"{n}.s = {self.number()}"]))

    def branch(self) -> None:
        self.straight = False
        names = [f"w{self.count + k}" for k in range(1, 1 + self.rng.choice([0, 0, 1, 2]))]
        self.count += len(names)
        self.line(f"if {self.number()} > {self.number()}:")
        self.body(names)
        if names or self.rng.random() < 0.5:
            self.line("else:")
            self.body(names)
        self.locals["vec"] += names

    def loop(self) -> None:
        self.straight = False
        if self.rng.random() < 0.7:
            self.line(f"for i in range({self.rng.choice(['k', 'k', '2', '3'])}):")
            self.body()
            return
        self.count += 1
        counter = f"j{self.count}"
        self.line(f"{counter} = 0")
        self.line(f"while {counter} < {self.rng.choice(['k', '3'])}:")
        with self.indented():
            self.line(f"{counter} += 1")
            if self.rng.random() < 0.5:
                self.line(f"if {self.number()} > {self.number()}:")
                self.line("    " + self.rng.choice(["break", "continue"]))
        self.body()

    def walk(self) -> None:
        """A loop over structures, which is written out."""
        self.straight = False
        found = self.slots["vec"] + self.locals["vec"]
        if not found:
            return
        self.count += 1
        name = f"e{self.count}"
        whole = ["vs"] if "vs[0]" in found else []
        self.line(f"for {name} in {self.rng.choice([*whole, f'[{self.vec()}, {self.vec()}]'])}:")
        with self.indented():
            self.locals["vec"].append(name)
            self.block(self.rng.randint(1, 2))
            self.line(f"{name}.x += {self.number()}" if self.rng.random() < 0.5 else "pass")

    def leave(self) -> None:
        self.straight = False
        self.line(f"if {self.number()} > 1.5 + {self.number()}:")
        self.line(f"    return {self.number()}")

    def body(self, names=()) -> None:
        """A block that binds `names`, perhaps to one thing."""
        with self.indented():
            before = len(self.lines)
            self.block(self.rng.randint(1, 3))
            for name in names:
                self.line(f"{name} = {self.vec()}")
                self.locals["vec"].append(name)
            if len(self.lines) == before:
                self.line("pass")
