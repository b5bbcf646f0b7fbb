"""Programs of ints: assignments, branches, loops and recursion over a few variables, with numbers of all sizes."""

import random

VARIABLES = ("a", "b", "c", "d")
NEAR = (1, 2, 3, 7, 10, 63, 64, 2**31 - 1, 2**31, 2**32, 3037000499, 3037000500, 2**53, 2**61, 2**62, 2**63 - 1)


class Writer:
    """Writes one function, `f(a, b, c)`, and perhaps `g(a, b, n)`, that calls itself n deep at most."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.lines: list[str] = []
        self.counters: list[str] = []

    def program(self) -> str:
        calls = self.rng.random() < 0.4
        if calls:
            self.recursion()
        self.line(0, "def f(a, b, c):")
        self.line(1, "d = 0")
        for _ in range(self.rng.randint(2, 5)):
            self.statement(1, 2)
            if calls and self.rng.random() < 0.5:
                self.call(1, f"min({self.operand()} % 7, 3)")
        self.line(1, f"return {self.rng.choice(['a, b, c, d', 'd', 'a, d', 'c'])}")
        return "\n".join(self.lines) + "\n"

    def recursion(self) -> None:
        """What is read behind a call of g was kept on a stack."""
        self.line(0, "def g(a, b, n):")
        self.line(1, "c, d = 0, a")
        self.line(1, f"if n <= 0 or {self.condition()}:")
        self.line(2, f"return {self.expression(1)}")
        for _ in range(self.rng.randint(1, 2)):
            self.statement(1, 1)
            self.call(1, f"n - {self.rng.randint(1, 2)}")
        self.line(1, f"return {self.expression(2)}")

    def call(self, depth: int, most: str) -> None:
        a, b = self.expression(1), self.expression(1)
        self.line(depth, f"{self.rng.choice(VARIABLES)} = g({a}, {b}, {most})")

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def statement(self, depth: int, loops: int) -> None:
        kind = self.rng.choices(["assign", "update", "if", "for", "while"], [4, 3, 2, 3 * bool(loops), bool(loops)])[0]
        target = self.rng.choice(VARIABLES)
        if kind == "assign":
            self.line(depth, f"{target} = {self.expression(3)}")
        elif kind == "update":
            self.line(depth, f"{target} {self.rng.choice(['+', '+', '-', '*'])}= {self.expression(1)}")
        elif kind == "if":
            self.line(depth, f"if {self.condition()}:")
            self.statement(depth + 1, loops)
            if self.rng.random() < 0.5:
                self.line(depth, "else:")
                self.statement(depth + 1, loops)
        else:
            self.loop(kind, depth, loops)

    def loop(self, kind: str, depth: int, loops: int) -> None:
        name = f"{'ijkl'[len(self.counters) % 4]}{len(self.counters)}"
        if kind == "for":
            self.line(depth, f"for {name} in range({self.bounds()}):")
        else:
            self.line(depth, f"{name} = 0")
            self.line(depth, f"while {name} < {self.rng.randint(1, 9)} and {self.condition()}:")
            self.line(depth + 1, f"{name} += 1")
        self.counters.append(name)
        for _ in range(self.rng.randint(1, 2)):
            self.statement(depth + 1, loops - 1)
        if self.rng.random() < 0.3:
            self.line(depth + 1, f"if {self.condition()}:")
            self.line(depth + 2, "break")
            self.statement(depth + 1, loops - 1)
        self.counters.pop()

    def bounds(self) -> str:
        rng = self.rng
        few, start = f"{self.operand()} % {rng.randint(2, 9)}", self.operand()
        return rng.choice([
            f"{rng.randint(0, 9)}", few, f"-3, {few}", f"{few}, {rng.randint(1, 12)}, {rng.randint(1, 4)}",
            f"{few}, -5, -{rng.randint(1, 4)}", f"{start}, min({start}, {2**62}) + 3", f"min(max({start}, 0), 5)",
        ])

    def condition(self) -> str:
        test = f"{self.expression(1)} {self.rng.choice(['<', '<=', '>', '>=', '==', '!='])} {self.expression(1)}"
        if self.rng.random() < 0.3:
            return f"({test} {self.rng.choice(['and', 'or'])} {self.expression(1)} > {self.operand()})"
        return test

    def operand(self) -> str:
        rng = self.rng
        if rng.random() < 0.3:
            number = rng.choice(NEAR) if rng.random() < 0.4 else rng.randint(0, 20)
            return f"{number}" if rng.random() < 0.7 else f"(-{number})"
        return rng.choice([*VARIABLES, *self.counters, *self.counters])

    def expression(self, depth: int) -> str:
        if depth == 0 or self.rng.random() < 0.2:
            return self.operand()
        a, b = self.expression(depth - 1), self.expression(depth - 1)
        rng, number = self.rng, self.rng.randint(1, 70)
        return rng.choices(
            [f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"(-{a})", f"abs({a})", f"({a} % {number})",
             f"({a} // {number})", f"({a} // ({b} | 1))", f"({a} << {number % 64})", f"({a} << {b} % {number})",
             f"({a} >> {number % 64})", f"({a} & {rng.choice(NEAR)})", f"({a} {rng.choice('&|^')} {b})", f"(~{a})",
             f"({a} ** {rng.randint(0, 4)})", f"({a} ** ({b} % 5))", f"min({a}, {b})", f"max({a}, {b})",
             f"({a} if {self.operand()} < {self.operand()} else {b})", f"({a} % ({b} | 1))",
             f"sum(({a}, {b}, {number}))"],
            [4, 4, 3, 1, 1, 4, 2, 1, 1, 1, 1, 2, 1, 0.5, 0.5, 0.3, 1, 1, 1, 1, 0.5],
        )[0]  # fmt: skip


def arguments(seed: int) -> list[tuple[int, int, int]]:
    """Calls with small numbers, and with larger ones."""
    rng = random.Random(seed)

    def number(large: float) -> int:
        size = rng.choice(NEAR) if rng.random() < large else rng.randint(0, 12)
        return size if rng.random() < 0.6 else -size - rng.choice((0, 1))

    return [(number(large), number(large), number(large)) for large in (0.0, 0.0, 0.3, 0.3, 0.6, 0.9)]
