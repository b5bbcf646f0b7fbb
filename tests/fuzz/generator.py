"""The generator: keeps names, types, magnitudes and work in hand while productions write the program.

A production asks for sub-expressions by type (`g.expr("float", depth)`) and for statements by block (`g.loop`,
`g.branches`). New language features are new productions under a feature's name; the generator stays as it is.
"""

import random
from contextlib import contextmanager
from dataclasses import dataclass

import tests.fuzz.features
import tests.fuzz.mathematics  # noqa: F401
from tests.fuzz.expressions import PRODUCTIONS, Expr
from tests.fuzz.extension import HEADS, KINDS_OF, PLACES, SOURCES, STATIC
from tests.fuzz.program import ENTRY, Program, normalise
from tests.fuzz.scope import KINDS, Function, Scope, intersect
from tests.fuzz.statements import STATEMENTS

FEATURES = ("scalar", *sorted({head.feature for head in HEADS}))
VARIABLE_BOUND = {"float": 4.0, "int": 1000, "bool": 1}
WIDENING = {"float.float", "float.divide_ints"}  # make f64 of integers
MAX_WORK = 400  # statements a function may run
MAX_CALLED_WORK = 3000  # statements with those of its callees


@dataclass(frozen=True)
class Options:
    features: frozenset[str] = frozenset(["scalar"])
    statements: int = 7  # of a function's outermost block
    depth: int = 3  # of expressions and of nested blocks
    sets: int = 3  # of arguments
    scalar: bool | None = None  # True: the result is one float; None: drawn
    pure: bool = False  # floats are never made of integers, so that a program of f32 arguments stays in f32


def generate(seed: int, options: Options | None = None) -> Program:
    return Generator(seed, options or Options()).program()


class Generator:
    def __init__(self, seed: int, options: Options):
        self.rng = random.Random(seed)
        self.seed, self.options = seed, options
        self.exact = self.rng.random() < 0.35
        self.functions: list[Function] = []
        self.lines: list[str] = []
        self.used: set[str] = set()
        self.depth = 0

    # --- the program

    def program(self) -> Program:
        head = ["import math", *self.imports(), "SCALE = 0.75", "OFFSET = -1.5", "LIMIT = 5"]
        for extension in HEADS:
            if extension.feature in self.options.features:
                extension.write(self)
        for k in range(self.rng.choice([0, 0, 1, 1, 2, 3])):
            self.helper(f"helper{k}")
        params = self.entry_params()
        result = ("float",) if self.options.scalar or self.rng.random() < 0.7 else self.result_kinds()
        self.function(Function(ENTRY, [(n, k, None) for n, k in params], result), self.options.statements)
        args = tuple(tuple(self.argument(k) for _, k in params) for _ in range(self.options.sets))
        source = normalise("\n".join([*head, *self.lines]))
        return Program(
            self.seed, source, tuple(params), result, args, exact=self.exact, used=frozenset(self.used)
        )

    def imports(self):
        return [h.imports for h in HEADS if h.imports and h.feature in self.options.features]

    def entry_params(self):
        params = [("x", "float"), ("y", "float")][: self.rng.choice([1, 2, 2])]
        params += [("n", "int"), ("m", "int")][: self.rng.choice([0, 1, 1, 2])]
        params += [("p", "bool")][: self.rng.choice([0, 0, 1])]
        if "array" in self.options.features and self.rng.random() < 0.5:
            params.append(("a", "array"))
        if self.rng.random() < 0.3:
            self.rng.shuffle(params)
        return params

    def result_kinds(self):
        count = self.rng.choice([1, 2, 2, 3])
        kinds = tuple(self.rng.choice(KINDS) for _ in range(count))
        return kinds if "float" in kinds or count == 1 else ("float", *kinds[1:])

    def argument(self, kind):
        if kind == "array":
            return tuple(self.rng.uniform(-3.0, 3.0) for _ in range(4))  # one length, so one compilation
        if kind == "float":
            special = self.rng.random() < 0.15
            return self.rng.choice([0.0, -0.0, 1.0, -1.0, 0.5, 2.0]) if special else self.rng.uniform(-3.0, 3.0)
        return self.rng.randint(-7, 9) if kind == "int" else self.rng.random() < 0.5

    # --- functions

    def helper(self, name: str) -> None:
        kinds = [self.rng.choices(KINDS, (6, 3, 1))[0] for _ in range(self.rng.choice([1, 2, 2, 3]))]
        if others := [kind for f, kinds_ in KINDS_OF.items() if f in self.options.features for kind in kinds_]:
            kinds[0] = self.rng.choice([kinds[0], *others])
        names = [f"{kind[0].lower()}{k}" for k, kind in enumerate(kinds)]
        defaults = [None] * len(kinds)
        for k in range(len(kinds) - self.rng.choice([0, 0, 1, 2]), len(kinds)):
            if k >= 0 and kinds[k] in KINDS and not (self.options.pure and kinds[k] == "float"):
                defaults[k] = {"float": "0.5", "int": "3", "bool": "True"}[kinds[k]]
        result = self.rng.choice([("float",), ("float",), ("float",), ("int",), ("bool",), ("float", "int")])
        zero = [("zero", "float", None)] if self.options.pure else []
        function = Function(name, zero + list(zip(names, kinds, defaults)), result)
        self.function(function, self.rng.randint(0, 4))

    def function(self, function: Function, statements: int) -> None:
        self.scope = Scope(function)
        for name, kind, _ in function.params:
            if name != "zero":
                self.scope.bind(name, kind)
            if kind not in KINDS:
                # Bound again on some path and then changed, it might be the caller's or not: refused, and rightly.
                self.scope.protected.add(name)
        annotated = self.rng.random() < 0.5 and all(kind in KINDS for _, kind, _ in function.params)
        heads = [
            name + (f": {kind}" if annotated else "") + (f" = {default}" if default is not None else "")
            for name, kind, default in function.params
        ]
        self.line(f"def {function.name}({', '.join(heads)}):")
        with self.indented(block=False):
            if self.options.pure and function.name == ENTRY:
                self.line("zero = 0.0 * x")
            if not self.block(statements):
                self.write_return()
        function.cost = self.scope.cost
        if function.name != ENTRY:
            self.functions.append(function)

    def callee(self, wanted):
        """A function that the budget still allows to be called here."""
        room = MAX_CALLED_WORK - self.scope.cost
        fitting = [
            f
            for f in self.functions
            if wanted(f) and f.feature in STATIC and f.cost * self.scope.trips <= room and self.has_arguments(f)
        ]
        return self.rng.choice(fitting) if fitting else None

    def has_arguments(self, function) -> bool:
        return all(kind in KINDS or self.scope.names(kind) for _, kind, _ in function.params)

    def call(self, function: Function, depth: int) -> str:
        self.scope.cost += function.cost * self.scope.trips
        parts, keyword = [], False
        for name, kind, default in function.params:
            if default is not None and self.rng.random() < 0.4:
                keyword = True  # left out: what follows must be named
                continue
            keyword = keyword or self.rng.random() < 0.2
            value = name if name == "zero" else self.operand(kind, depth)
            parts.append(f"{name}={value}" if keyword else str(value))
        if keyword and self.rng.random() < 0.3:
            named = [p for p in parts if "=" in p.split("(")[0]]
            parts = [p for p in parts if p not in named] + named[::-1]
        return f"{function.name}({', '.join(parts)})"

    # --- expressions

    def pick(self, items):
        """One production by weight among those allowed."""
        allowed = [i for i in items if i.feature in self.options.features]
        return self.rng.choices(allowed, [i.weight for i in allowed])[0]

    def expr(self, kind: str, depth: int) -> Expr:
        productions = [p for p in PRODUCTIONS[kind] if (p.leaf or depth > 0) and (p.exact or not self.exact)]
        if self.options.pure:
            productions = [p for p in productions if p.name not in WIDENING]
        while True:
            chosen = self.pick(productions)
            made = chosen.make(self, depth)
            if made is not None:
                self.used.add(chosen.name)
                return made

    def mixed(self, kind: str, depth: int) -> Expr:
        """Mostly of the kind, sometimes of a narrower one that promotes to it."""
        narrower = {"float": ["int", "int", "bool"], "int": ["bool"], "bool": ["bool"]}[kind]
        if self.options.pure:
            narrower = narrower if kind == "int" else [kind]
        if "array" in self.options.features:
            narrower = [k for k in narrower if k == "int"] or [kind]
        if self.rng.random() < 0.15:
            return self.tamed(self.rng.choice(narrower), depth, 1000)
        return self.expr(kind, depth)

    def tamed(self, kind: str, depth: int, limit: float) -> Expr:
        """An expression whose magnitude is at most the limit."""
        return self.tame(kind, self.expr(kind, depth), limit)

    def operand(self, kind: str, depth: int):
        """An argument of any kind."""
        if kind in KINDS:
            return self.typed(kind, self.tamed(kind, depth, VARIABLE_BOUND[kind]))
        return self.rng.choice(self.scope.names(kind))

    def tame(self, kind: str, e: Expr, limit: float) -> Expr:
        if e.bound <= limit:
            return e
        if kind == "int":
            modulus = int(min(limit, self.rng.choice([limit, 97, 31])))
            return Expr(f"({e} % {self.rng.choice([modulus, -modulus])})", modulus)
        form = self.rng.randrange(8)
        if form == 0:
            return Expr(f"max({-limit}, min({limit}, {e}))", limit)
        if form == 1 or self.exact and len(e.text) > 60:  # the form below repeats its text
            return Expr(f"({e} % {limit})", limit)
        if (form <= 5 or len(e.text) > 60) and not self.exact:
            name = self.rng.choice(["sin", "tanh", "cos", "erf"])
            return Expr(f"({min(limit, 1.5)} * math.{name}({e}))", limit)
        return Expr(f"({min(limit, 2.0)} * {e} / (1.0 + abs({e})))", limit)

    def settled(self, kind: str) -> Expr:
        """An expression fit for a variable."""
        return self.typed(kind, self.tamed(kind, self.options.depth, VARIABLE_BOUND[kind]))

    def typed(self, kind: str, e: Expr) -> Expr:
        """In pure programs a float variable has the arguments' type from the start, literals being weak."""
        return Expr(f"({e} + zero)", e.bound) if self.options.pure and kind == "float" else e

    def condition(self) -> Expr:
        return self.expr("bool", 2)

    def readable(self, kind):
        """Texts of that kind that can be read here: names, and what features add (fields)."""
        return self.scope.names(kind) + [t for s in SOURCES for t in s(self, kind)]

    def places(self, kind):
        """Texts of that kind that can be updated here."""
        return self.scope.assignable(kind) + [t for p in PLACES for t in p(self, kind)]

    def bound(self, kind):
        return VARIABLE_BOUND[kind]

    def shuffle(self, a, b):
        return (a, b) if self.rng.random() < 0.5 else (b, a)

    # --- statements

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth_of_text + text)
        self.scope.cost += self.scope.trips

    depth_of_text = 0

    @contextmanager
    def indented(self, block=True):
        self.depth_of_text += 1
        self.depth += block
        yield
        self.depth_of_text -= 1
        self.depth -= block

    def target(self, kind: str, avoid=()) -> str:
        """A name to assign: one that holds a value already, or a new one."""
        old = [n for n in self.scope.assignable(kind) if n not in avoid]
        if old and self.rng.random() < 0.6:
            return self.rng.choice(old)
        name = self.scope.fresh(self.rng, kind)
        return name if name not in avoid and name not in self.scope.protected else f"{name}{len(self.scope.known)}"

    def resettle(self, name: str, kind: str) -> None:
        """Brings a variable back within its bound after an update."""
        if kind == "float":
            form = self.rng.choice(["{0} = {0} / (1.0 + 0.2 * abs({0}))", "{0} = max(-4.0, min(4.0, {0}))"])
            self.line((form if self.exact or self.rng.random() < 0.5 else "{0} = 2.0 * math.sin({0})").format(name))
        elif kind == "int":
            self.line(f"{name} %= {self.rng.choice([97, -61, 1000])}")

    def write_return(self) -> None:
        values = [str(self.returned(kind)) for kind in self.scope.function.result]
        self.line(f"return {', '.join(values)}" if len(values) > 1 else f"return {values[0]}")

    def returned(self, kind: str) -> Expr:
        """Mostly depends on much of what came before, so that a wrong value anywhere shows."""
        names = self.readable("float")
        if kind != "float" or not names or self.rng.random() < 0.1:
            return self.settled(kind)
        chosen = self.rng.sample(names, min(len(names), 4))
        mixture = " ".join(f"{self.rng.choice('+-')} {n} * {self.rng.choice([0.5, 1.25, 0.3])}" for n in chosen)
        return self.tame("float", Expr(f"({self.expr('float', 1)} {mixture})", 100.0), VARIABLE_BOUND["float"])

    def block(self, statements: int) -> bool:
        """Writes statements; true when control does not reach the end."""
        start = len(self.lines)
        for _ in range(statements):
            chosen = self.pick(STATEMENTS)
            before = len(self.lines)
            ended = chosen.write(self)
            if len(self.lines) > before:
                self.used.add(chosen.name)
            if ended:
                return True
        if len(self.lines) == start and statements:
            self.line("pass")
        return False

    def nested_block(self) -> bool:
        with self.indented():
            return self.block(self.rng.randint(1, 3 if self.depth < self.options.depth else 1))

    def branches(self, elifs: int, orelse: bool) -> bool:
        """The blocks of an if whose first line is written; binds what all paths bind."""
        before, ends = dict(self.scope.bound), []
        paths = []
        for k in range(1 + elifs + orelse):
            self.scope.bound = dict(before)
            if k:
                self.line("else:" if orelse and k == elifs + 1 else f"elif {self.condition()}:")
            ends.append(self.nested_block())
            if not ends[-1]:
                paths.append(self.scope.bound)
        if not orelse:
            paths.append(before)
        self.scope.bound = intersect(paths) if paths else before
        return not paths

    def affords(self, trips: int) -> bool:
        return self.depth < self.options.depth and self.scope.trips * trips <= MAX_WORK // 4 and (
            self.scope.cost + self.scope.trips * trips * 6 <= MAX_WORK * 3
        )

    def loop(self, trips, binds, counters=(), first=None, leave=None, orelse=True) -> None:
        """The body of a loop whose first line is written, and its else. Names bound inside are not bound after."""
        scope, before = self.scope, dict(self.scope.bound)
        outer, protected = scope.trips, set(scope.protected)
        scope.trips, scope.loops = scope.trips * trips, scope.loops + 1
        for name, kind in binds.items():
            scope.bind(name, kind)
        scope.protected |= set(counters)
        with self.indented():
            if first:
                self.line(first)
            if leave:
                self.write_leave(*leave)
            self.block(self.rng.randint(1, 4))
        scope.trips, scope.loops, scope.protected = outer, scope.loops - 1, protected
        scope.bound = dict(before)
        if orelse and self.rng.random() < 0.25:
            self.line("else:")
            self.nested_block()
            scope.bound = before

    def write_leave(self, test: str, how: str) -> None:
        self.line(test)
        with self.indented():
            if how == "return":
                self.write_return()
            else:
                self.line(how)


for _kind in KINDS:
    # Registered here because calls need the generator's table of functions.
    def _call(g, depth, kind=_kind):
        function = g.callee(lambda f: f.result == (kind,))
        return Expr(g.call(function, depth - 1), VARIABLE_BOUND[kind]) if function else None

    from tests.fuzz.expressions import production

    production(_kind, "call", weight=2)(_call)
