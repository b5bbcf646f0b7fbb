"""Productions for expressions, one paragraph each, keyed by the type of their value.

Every expression knows a bound on its magnitude, so that integers stay inside 64 bits and floats inside the domains of
the functions they meet, and derivatives stay of moderate size. Text is parenthesised throughout; the generator lets
ast.unparse drop what Python does not need.
"""

from collections.abc import Callable
from dataclasses import dataclass

INT_LIMIT = 2**61
FLOAT_LIMIT = 1e4


@dataclass(frozen=True)
class Expr:
    text: str
    bound: float  # |value| <= bound

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Production:
    name: str
    make: Callable  # (generator, depth) -> Expr, or None where it does not apply
    weight: float
    leaf: bool
    exact: bool
    feature: str


PRODUCTIONS: dict[str, list[Production]] = {"float": [], "int": [], "bool": []}


def production(kind: str, name: str, weight=1.0, leaf=False, exact=True, feature="scalar"):
    def register(make):
        PRODUCTIONS[kind].append(Production(f"{kind}.{name}", make, weight, leaf, exact, feature))
        return make

    return register


# --- leaves -----------------------------------------------------------------------------------------------------------

FLOAT_CONSTANTS = [0.5, -1.25, 0.1, 2.0, 1.0, -0.75, 3.5, 0.3, 1e-3, -2.0, 0.0, 1.5]


def variable(kind):
    def make(g, depth):
        names = g.readable(kind)
        return Expr(g.rng.choice(names), g.bound(kind)) if names else None

    return make


for _kind in PRODUCTIONS:
    production(_kind, "variable", weight=6, leaf=True)(variable(_kind))


@production("float", "constant", weight=2, leaf=True)
def _(g, depth):
    value = g.rng.choice(FLOAT_CONSTANTS)
    return Expr(f"({value})", abs(value))


@production("float", "module_constant", weight=0.7, leaf=True)
def _(g, depth):
    return Expr(g.rng.choice(["SCALE", "OFFSET"]), 2.0)


@production("float", "math_constant", weight=0.3, leaf=True)
def _(g, depth):
    return Expr(f"math.{g.rng.choice(['pi', 'e', 'tau'])}", 7.0)


@production("int", "constant", weight=2, leaf=True)
def _(g, depth):
    value = g.rng.randint(-9, 12)
    return Expr(f"({value})", abs(value))


@production("int", "module_constant", weight=0.5, leaf=True)
def _(g, depth):
    return Expr("LIMIT", 5)


@production("bool", "constant", weight=0.5, leaf=True)
def _(g, depth):
    return Expr(g.rng.choice(["True", "False"]), 1)


# --- arithmetic -------------------------------------------------------------------------------------------------------


def fits(kind, bound):
    return bound <= (INT_LIMIT if kind == "int" else FLOAT_LIMIT)


def linear(kind, op):
    def make(g, depth):
        a, b = g.expr(kind, depth - 1), g.mixed(kind, depth - 1)
        a, b = g.shuffle(a, b)
        return Expr(f"({a} {op} {b})", a.bound + b.bound) if fits(kind, a.bound + b.bound) else a

    return make


def product(kind):
    def make(g, depth):
        a, b = g.shuffle(g.expr(kind, depth - 1), g.mixed(kind, depth - 1))
        return Expr(f"({a} * {b})", a.bound * b.bound) if fits(kind, a.bound * b.bound) else a

    return make


for _kind in ("float", "int"):
    production(_kind, "add", weight=4)(linear(_kind, "+"))
    production(_kind, "subtract", weight=3)(linear(_kind, "-"))
    production(_kind, "multiply", weight=4)(product(_kind))


def nonzero(g, kind, depth):
    """An expression that keeps away from zero, its largest and its smallest magnitude."""
    form = g.rng.randrange(4)
    if kind == "int":
        e = g.expr("int", depth - 1)
        if form == 0:
            value = g.rng.choice([-7, -3, -2, 2, 3, 5])
            return Expr(f"({value})", abs(value))
        if form == 1:
            return Expr(f"(abs({e}) + 1)", e.bound + 1)
        if form == 2:
            return Expr(f"(-1 - abs({e}))", e.bound + 1)
        return Expr(f"({e} if {e} != 0 else 3)", e.bound + 3)
    e = g.expr("float", depth - 1)
    if form == 0:
        value = g.rng.choice([-1.5, 0.75, 2.0, 3.0, -0.5])
        return Expr(f"({value})", 3.0)
    if form == 1:
        return Expr(f"(1.5 + abs({e}))", e.bound + 1.5)
    if form == 2 and e.bound < 60:
        return Expr(f"({e} * {e} + 0.5)", e.bound**2 + 0.5)
    return Expr(f"(-1.25 - abs({e}))", e.bound + 1.25)


@production("float", "divide", weight=3)
def _(g, depth):
    a, b = g.mixed("float", depth - 1), nonzero(g, "float", depth - 1)
    return Expr(f"({a} / {b})", a.bound * 2)


@production("float", "divide_ints", weight=0.8)
def _(g, depth):
    a, b = g.expr("int", depth - 1), nonzero(g, "int", depth - 1)
    return Expr(f"({a} / {b})", a.bound) if a.bound < FLOAT_LIMIT and b.bound < 2**53 else None


@production("float", "floor_divide", weight=0.6)
def _(g, depth):
    a, b = g.expr("float", depth - 1), nonzero(g, "float", depth - 1)
    return Expr(f"({a} // {b})", a.bound * 2 + 1)


@production("float", "modulo", weight=0.8)
def _(g, depth):
    a, b = g.expr("float", depth - 1), nonzero(g, "float", depth - 1)
    return Expr(f"({a} % {b})", b.bound)


@production("int", "floor_divide", weight=2)
def _(g, depth):
    a, b = g.expr("int", depth - 1), nonzero(g, "int", depth - 1)
    return Expr(f"({a} // {b})", a.bound + 1)


@production("int", "modulo", weight=2)
def _(g, depth):
    a, b = g.expr("int", depth - 1), nonzero(g, "int", depth - 1)
    return Expr(f"({a} % {b})", b.bound)


@production("int", "unguarded_modulo", weight=0.03)
def _(g, depth):
    """May divide by zero: CPython's error is expected of the kernel."""
    a, b = g.expr("int", depth - 1), g.expr("int", depth - 1)
    return Expr(f"({a} {g.rng.choice(['//', '%'])} {b})", a.bound + b.bound + 1)


def divmod_item(kind):
    def make(g, depth):
        a, b, k = g.expr(kind, depth - 1), nonzero(g, kind, depth - 1), g.rng.randrange(2)
        return Expr(f"divmod({a}, {b})[{k}]", b.bound if k else a.bound * 2 + 1)

    return make


for _kind in ("float", "int"):
    production(_kind, "divmod", weight=0.4)(divmod_item(_kind))


@production("float", "negate", weight=1)
def _(g, depth):
    a = g.expr("float", depth - 1)
    return Expr(f"({g.rng.choice('-+')}{a})", a.bound)


@production("int", "unary", weight=1)
def _(g, depth):
    a = g.expr("int", depth - 1)
    return Expr(f"({g.rng.choice('-~+')}{a})", a.bound + 1)


@production("int", "unary_bool", weight=0.3)
def _(g, depth):
    if "array" in g.options.features:
        return None  # comparing elements gives NumPy's bool, which has no arithmetic
    return Expr(f"(-{g.expr('bool', depth - 1)})", 1)


@production("int", "bitwise", weight=2)
def _(g, depth):
    a, b = g.expr("int", depth - 1), g.mixed("int", depth - 1)
    return Expr(f"({a} {g.rng.choice('&|^')} {b})", 2 ** int(max(a.bound, b.bound) + 1).bit_length())


@production("int", "shift_left", weight=0.7)
def _(g, depth):
    a, n = g.expr("int", depth - 1), g.rng.randint(0, 6)
    count = f"{n}" if g.rng.random() < 0.5 else f"({g.expr('int', depth - 1)} % {n + 1})"
    return Expr(f"({a} << {count})", a.bound * 2**n) if fits("int", a.bound * 2**n) else None


@production("int", "shift_right", weight=0.7)
def _(g, depth):
    a, n = g.expr("int", depth - 1), g.rng.choice([1, 2, 3, 7, 70])
    count = f"{n}" if g.rng.random() < 0.5 else f"({g.expr('int', depth - 1)} % {n})"
    return Expr(f"({a} >> {count})", a.bound)


@production("int", "power", weight=0.7)
def _(g, depth):
    a, n = g.expr("int", depth - 1), g.rng.randint(0, 4)
    form = g.rng.choice(["({} ** {})", "pow({}, {})", "({} ** ({} % 4))"])
    n = 3 if "%" in form else n
    exponent = g.expr("int", depth - 1) if "%" in form else n
    return Expr(form.format(a, exponent), max(a.bound, 1) ** n) if fits("int", max(a.bound, 1) ** n) else None


@production("float", "square", weight=1, exact=False)
def _(g, depth):
    a, n = g.expr("float", depth - 1), g.rng.choice([2, 2, 3, 0, 1])
    return Expr(f"({a} ** {n})", max(a.bound, 1) ** n) if fits("float", max(a.bound, 1) ** n) else None


@production("float", "power", weight=0.7, exact=False)
def _(g, depth):
    base, e = g.expr("float", depth - 2), g.tamed("float", depth - 2, 2.0)
    text = g.rng.choice(["((abs({}) + 0.5) ** {})", "pow(1.5 + abs({}), {})", "math.pow(abs({}) + 0.5, {})"])
    return Expr(text.format(base, e), (base.bound + 1.5) ** 2) if base.bound < 90 else None


@production("float", "negative_power", weight=0.3, exact=False)
def _(g, depth):
    base = g.expr("float", depth - 2)
    return Expr(f"((abs({base}) + 0.75) ** -{g.rng.randint(1, 3)})", 2.5)


# --- selection, logic -------------------------------------------------------------------------------------------------


def conditional(kind):
    def make(g, depth):
        a, b = g.expr(kind, depth - 1), g.expr(kind, depth - 1)
        return Expr(f"({a} if {g.expr('bool', depth - 1)} else {b})", max(a.bound, b.bound))

    return make


def value_logic(kind):
    """`a or b` gives one of the operands, not a bool."""

    def make(g, depth):
        a, b = g.expr(kind, depth - 1), g.expr(kind, depth - 1)
        return Expr(f"({a} {g.rng.choice(['and', 'or'])} {b})", max(a.bound, b.bound))

    return make


for _kind in PRODUCTIONS:
    production(_kind, "conditional", weight=1.2)(conditional(_kind))
    production(_kind, "value_logic", weight=3 if _kind == "bool" else 0.4)(value_logic(_kind))


def extremum(kind):
    def make(g, depth):
        items = [g.expr(kind, depth - 1) for _ in range(g.rng.choice([2, 2, 3]))]
        return Expr(f"{g.rng.choice(['min', 'max'])}({', '.join(map(str, items))})", max(e.bound for e in items))

    return make


def total(kind):
    def make(g, depth):
        items = [g.expr(kind, depth - 1) for _ in range(g.rng.choice([2, 3]))]
        return Expr(f"sum(({', '.join(map(str, items))}))", sum(e.bound for e in items))

    return make


def magnitude(kind):
    def make(g, depth):
        a = g.expr(kind, depth - 1)
        return Expr(f"abs({a})", a.bound)

    return make


for _kind in ("float", "int"):
    production(_kind, "extremum", weight=1)(extremum(_kind))
    production(_kind, "sum", weight=0.4)(total(_kind))
    production(_kind, "abs", weight=1)(magnitude(_kind))


def compare(kind, operators, weight):
    @production("bool", f"compare_{kind}", weight=weight)
    def _(g, depth):
        a, b = g.expr(kind, depth - 1), g.mixed(kind, depth - 1)
        return Expr(f"({a} {g.rng.choice(operators)} {b})", 1)


compare("int", ["<", "<=", ">", ">=", "==", "!="], 3)
compare("float", ["<", "<=", ">", ">=", "<", ">", "==", "!="], 3)
compare("bool", ["==", "!=", "<", "<="], 0.4)


@production("bool", "compare_chain", weight=1)
def _(g, depth):
    kind = g.rng.choice(["int", "float"])
    items = [str(g.expr(kind, depth - 1)) for _ in range(g.rng.choice([3, 3, 4]))]
    text = items[0] + "".join(f" {g.rng.choice(['<', '<=', '>', '!='])} {e}" for e in items[1:])
    return Expr(f"({text})", 1)


@production("bool", "not", weight=1)
def _(g, depth):
    return Expr(f"(not {g.expr(g.rng.choice(['bool', 'bool', 'int', 'float']), depth - 1)})", 1)


@production("bool", "bitwise", weight=0.6)
def _(g, depth):
    return Expr(f"({g.expr('bool', depth - 1)} {g.rng.choice('&|^')} {g.expr('bool', depth - 1)})", 1)


# --- conversions ------------------------------------------------------------------------------------------------------


@production("bool", "bool", weight=0.5)
def _(g, depth):
    return Expr(f"bool({g.expr(g.rng.choice(['int', 'float']), depth - 1)})", 1)


@production("int", "int", weight=0.8)
def _(g, depth):
    a = g.expr(g.rng.choice(["float", "float", "bool"]), depth - 1)
    return Expr(f"int({a})", a.bound)


@production("int", "round", weight=0.6)
def _(g, depth):
    a = g.expr("float", depth - 1)
    return Expr(f"{g.rng.choice(['round', 'math.floor', 'math.ceil', 'math.trunc'])}({a})", a.bound + 1)


@production("float", "float", weight=0.8)
def _(g, depth):
    a = g.expr(g.rng.choice(["int", "int", "bool"]), depth - 1)
    return Expr(f"float({a})", a.bound) if a.bound < FLOAT_LIMIT else None
