"""Productions for statements. Each writes lines through the generator and tells whether control ends there."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz.scope import KINDS

INDUCTION_LIMIT = 8


@dataclass(frozen=True)
class Statement:
    name: str
    write: Callable  # (generator) -> True when the statement never falls through; None when it does not apply
    weight: float
    feature: str


STATEMENTS: list[Statement] = []


def statement(name, weight=1.0, feature="scalar"):
    def register(write):
        STATEMENTS.append(Statement(f"statement.{name}", write, weight, feature))
        return write

    return register


def any_kind(g):
    return g.rng.choices(KINDS, (6, 3, 1))[0]


# --- assignment -------------------------------------------------------------------------------------------------------


@statement("assign", 8)
def _(g):
    kind = any_kind(g)
    value = g.settled(kind)
    name = g.target(kind)
    g.line(f"{name} = {value}")
    g.scope.bind(name, kind)


@statement("annotated_assign", 0.5)
def _(g):
    kind = any_kind(g)
    value, name = g.settled(kind), g.target(kind)
    g.line(f"{name}: {kind} = {value}")
    g.scope.bind(name, kind)


@statement("assign_chain", 0.4)
def _(g):
    kind = any_kind(g)
    value, a, b = g.settled(kind), g.target(kind), g.target(kind)
    g.line(f"{a} = {b} = {value}")
    g.scope.bind(a, kind), g.scope.bind(b, kind)


@statement("assign_tuple", 1.5)
def _(g):
    kinds = [any_kind(g) for _ in range(g.rng.choice([2, 2, 3]))]
    values = [g.settled(k) for k in kinds]
    names = []
    for kind in kinds:
        names.append(g.target(kind, avoid=names))
        g.scope.known[names[-1]] = kind
    if len(names) == 3 and g.rng.random() < 0.4:
        g.line(f"({names[0]}, {names[1]}), {names[2]} = ({values[0]}, {values[1]}), {values[2]}")
    else:
        g.line(f"{', '.join(names)} = {', '.join(map(str, values))}")
    for name, kind in zip(names, kinds):
        g.scope.bind(name, kind)


@statement("swap", 0.7)
def _(g):
    kind = any_kind(g)
    names = g.scope.assignable(kind)
    if len(names) < 2:
        return
    a, b = g.rng.sample(names, 2)
    g.line(f"{a}, {b} = {b}, {a}")


@statement("divmod_unpack", 0.5)
def _(g):
    kind = "int" if g.options.pure else g.rng.choice(["int", "float"])
    value = g.tamed(kind, 2, 2.0 if kind == "float" else 500)
    q, r = g.target(kind), None
    g.scope.known[q] = kind
    r = g.target(kind, avoid=[q])
    g.line(f"{q}, {r} = divmod({value}, {g.rng.choice([-3, 2, 3] if kind == 'int' else [-1.5, 0.75, 2.0])})")
    g.scope.bind(q, kind), g.scope.bind(r, kind)


@statement("unpack_call", 0.7)
def _(g):
    function = g.callee(lambda f: len(f.result) > 1)
    if function is None:
        return
    call, names = g.call(function, 2), []
    for kind in function.result:
        names.append(g.target(kind, avoid=names))
        g.scope.known[names[-1]] = kind
    g.line(f"{', '.join(names)} = {call}")
    for name, kind in zip(names, function.result):
        g.scope.bind(name, kind)


AUGMENTED = {
    "float": [("+=", 2.0), ("-=", 2.0), ("*=", 2.0)],
    "int": [("+=", 50), ("-=", 50), ("*=", 50), ("&=", 2**20), ("|=", 1000), ("^=", 1000)],
    "bool": [("&=", 1), ("|=", 1), ("^=", 1)],
}


@statement("augmented", 4)
def _(g):
    kind = any_kind(g)
    names = g.places(kind)
    if not names:
        return
    name = g.rng.choice(names)
    op, limit = g.rng.choice(AUGMENTED[kind])
    g.line(f"{name} {op} {g.tamed(kind, 2, limit)}")
    g.resettle(name, kind)


@statement("augmented_partial", 1)
def _(g):
    """The operators whose right side must be kept from zero or small."""
    kind = g.rng.choice(["float", "int"])
    names = g.places(kind)
    if not names:
        return
    name = g.rng.choice(names)
    if kind == "float":
        op = g.rng.choice(["/=", "//=", "%="])
        value = g.rng.choice(["2.0", "(-1.5)", f"(1.5 + abs({g.expr('float', 1)}))"])
    else:
        op = g.rng.choice(["//=", "%=", "<<=", ">>=", "**="])
        value = {"<<=": "3", ">>=": f"abs({g.expr('int', 1)}) % 9", "**=": "2"}.get(op, g.rng.choice(["3", "-5", "7"]))
    g.line(f"{name} {op} {value}")
    g.resettle(name, kind)


# --- branches ---------------------------------------------------------------------------------------------------------


@statement("if", 4)
def _(g):
    g.line(f"if {g.condition()}:")
    return g.branches(g.rng.choice([0, 0, 1, 2]), g.rng.random() < 0.6)


@statement("if_walrus", 0.5)
def _(g):
    kind = g.rng.choice(["float", "int"])
    value, name = g.settled(kind), g.target(kind)
    g.line(f"if ({name} := {value}) {g.rng.choice(['<', '>', '>=', '!='])} {g.expr(kind, 1)}:")
    g.scope.bind(name, kind)
    return g.branches(0, g.rng.random() < 0.5)


@statement("pass", 0.1)
def _(g):
    g.line("pass")


# --- effects ----------------------------------------------------------------------------------------------------------


@statement("print", 0.6)
def _(g):
    if g.scope.trips > 60:
        return
    kinds = [any_kind(g) for _ in range(g.rng.choice([1, 2, 3]))]
    values = [str(g.expr(k, 1)) for k in kinds]
    form = g.rng.randrange(3)
    if form == 0:
        g.line(f'print("at", {", ".join(values)})')
    elif form == 1:
        g.line(f'print({", ".join(values)}, sep="|", end=";\\n")')
    else:
        specs = {"float": ":.4f", "int": ":+d", "bool": ""}
        g.line('print(f"' + " ".join(f"{{({v}){specs[k]}}}" for v, k in zip(values, kinds)) + '")')


@statement("assert", 0.25)
def _(g):
    g.line(f"assert {g.condition()} or {g.expr('float', 1)} > -1000.0" + g.rng.choice(["", ', "cannot be"']))


@statement("assert_may_fail", 0.03)
def _(g):
    g.line(f"assert {g.condition()}, 'it failed'")


@statement("raise", 0.06)
def _(g):
    g.line(f"if {g.condition()} and {g.condition()}:")
    error = g.rng.choice(["ValueError", "AssertionError", "IndexError", "ZeroDivisionError"])
    with g.indented():
        g.line(f'raise {error}("by design")' if g.rng.random() < 0.7 else f"raise {error}")


@statement("call", 0.3)
def _(g):
    function = g.callee(lambda f: True)
    if function is not None:
        g.line(str(g.call(function, 1)))


# --- leaving ----------------------------------------------------------------------------------------------------------


@statement("return", 0.5)
def _(g):
    if g.scope.loops == 0 and g.depth == 0:
        return
    g.write_return()
    return True


@statement("return_if", 1)
def _(g):
    g.line(f"if {g.condition()}:")
    with g.indented():
        g.write_return()


@statement("break", 0.4)
def _(g):
    if g.scope.loops:
        g.line(g.rng.choice(["break", "continue"]))
        return True


@statement("break_if", 1.5)
def _(g):
    if g.scope.loops:
        g.line(f"if {g.condition()}:")
        with g.indented():
            g.line(g.rng.choice(["break", "break", "continue"]))


# --- loops ------------------------------------------------------------------------------------------------------------


def bounded(g, low, high):
    """An integer expression known to lie in [low, high]."""
    if g.rng.random() < 0.4:
        return str(g.rng.randint(low, high))
    return f"({g.expr('int', 1)} % {high - low + 1} + {low})"


def range_call(g):
    """`range(...)` of any form and sign, and the largest number of trips."""
    form = g.rng.randrange(6)
    if form == 0:
        return f"range({bounded(g, 0, 7)})", 7
    if form == 1:
        return f"range({bounded(g, -3, 3)}, {bounded(g, -2, 6)})", 9
    if form == 2:
        return f"range({bounded(g, -3, 2)}, {bounded(g, 0, 9)}, {bounded(g, 1, 3)})", 12
    if form == 3:
        return f"range({bounded(g, 0, 7)}, {bounded(g, -4, 2)}, {bounded(g, -3, -1)})", 11
    if form == 4:
        step = f"({g.rng.randint(1, 3)} if {g.expr('bool', 1)} else {g.rng.randint(-3, -1)})"
        return f"range({bounded(g, -4, 5)}, {bounded(g, -4, 5)}, {step})", 9
    if g.rng.random() < 0.05:
        return f"range(0, 5, {bounded(g, -1, 1)})", 5  # a step of zero is CPython's ValueError
    return f"range({g.expr('int', 0)} % 5, LIMIT)", 5


@statement("for", 3)
def _(g):
    text, trips = range_call(g)
    if not g.affords(trips):
        return
    name = g.target("int")
    g.line(f"for {name} in {text}:")
    return g.loop(trips, {name: "int"}, counters=() if g.rng.random() < 0.2 else (name,))


@statement("while_counted", 1.5)
def _(g):
    trips = g.rng.randint(1, INDUCTION_LIMIT)
    if not g.affords(trips):
        return
    name = g.target("int")
    if g.rng.random() < 0.5:
        g.line(f"{name} = 0")
        test, step = f"{name} < {trips}", f"{name} += 1"
    else:
        g.line(f"{name} = {bounded(g, 0, trips)}")
        test, step = f"{name} > 0", f"{name} -= 1"
    g.scope.bind(name, "int")
    test = g.rng.choice([test, f"{test} and {g.condition()}", f"({g.condition()} or True) and {test}"])
    g.line(f"while {test}:")
    return g.loop(trips, {}, counters=(name,), first=step)


@statement("while_walrus", 0.4)
def _(g):
    trips = g.rng.randint(2, INDUCTION_LIMIT)
    if not g.affords(trips):
        return
    name = g.target("int")
    g.line(f"{name} = 0")
    g.scope.bind(name, "int")
    g.line(f"while ({name} := {name} + 1) < {trips}:")
    return g.loop(trips, {}, counters=(name,))


@statement("while_true", 1)
def _(g):
    """Left by break alone, so that what its body binds before the break is bound afterwards too."""
    trips = g.rng.randint(2, INDUCTION_LIMIT)
    if not g.affords(trips):
        return
    name = g.target("int")
    g.line(f"{name} = 0")
    g.scope.bind(name, "int")
    g.line(g.rng.choice(["while True:", "while 1:"]))
    leave = g.rng.choice(["break", "break", "return"])
    g.loop(trips, {}, counters=(name,), first=f"{name} += 1", leave=(f"if {name} >= {trips}:", leave), orelse=False)


@statement("fixed_point", 0.7)
def _(g):
    """A loop whose exit depends on floats, as iterative solvers have."""
    names = g.scope.assignable("float")
    if not names or not g.affords(10) or g.options.pure:
        return
    name, start = g.rng.choice(names), g.target("int")
    g.line(f"{start} = 0")
    g.scope.bind(start, "int")
    change = g.target("float", avoid=[name])
    g.line(f"{change} = 1.0")
    g.scope.bind(change, "float")
    g.line(f"while abs({change}) > 0.05 and {start} < 10:")
    with g.indented():
        g.line(f"{change} = {g.tamed('float', 2, 3.0)} * 0.25 - {name} * 0.5")
        g.line(f"{name} = {name} + {change} * 0.5")
        g.line(f"{start} += 1")
    g.resettle(name, "float"), g.resettle(change, "float")
