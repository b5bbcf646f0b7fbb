"""Unlike values under one name: None or a float, whole numbers that become floats, structs and functions of kinds."""

from tests.fuzz.expressions import Expr, production
from tests.fuzz.extension import head
from tests.fuzz.scope import Function, Scope
from tests.fuzz.statements import statement

MAYBE = "float or None"


@head("choice", "from dataclasses import dataclass")
def _(g):
    g.scope = Scope(Function("module", [], ("float",)))
    far = "v * 0.25 + self.b - self.c * 0.5"
    for name, fields, value in (("Near", "a", "(v - self.a) * 0.5"), ("Far", "b c", far)):
        frozen = g.rng.choice(["", "(frozen=True)"])
        g.line(f"@dataclass{frozen}")
        g.line(f"class {name}:")
        for field in fields.split():
            g.line(f"    {field}: float")
        g.line("    def at(self, v):")
        g.line(f"        return {value}")
    g.line("def found(a, b):")
    g.line("    if a * b > 0.5:")
    g.line("        return None")
    g.line("    if a > b:")
    g.line("        return 0.5 * (a + b)")
    g.line("def half(v):")
    g.line("    return 0.5 * v")
    g.line("def less(v):")
    g.line("    return v * 0.75 - 1.0")
    g.line("BENDS = (half, less, lambda v: v * -0.5)")


@statement("choice_none", 1, feature="choice")
def _(g):
    name = g.target(MAYBE)
    value = g.rng.choice(["None", f"{g.settled('float')}", f"{g.settled('float')} if {g.condition()} else None",
                          f"found({g.tamed('float', 1, 2.0)}, {g.tamed('float', 1, 2.0)})"])
    g.line(f"{name} = {value}")
    g.scope.bind(name, MAYBE)


@statement("choice_least", 1.5, feature="choice")
def _(g):
    names = g.scope.assignable(MAYBE)
    if not names:
        return
    name, value = g.rng.choice(names), g.target("float")
    g.line(f"{value} = {g.settled('float')}")
    g.scope.bind(value, "float")
    g.line(f"if {name} is None or {value} {g.rng.choice('<>')} {name}:")
    g.line(f"    {name} = {g.rng.choice([value, value, f'{value} * 0.5', 'None'])}")


@statement("choice_sum", 1, feature="choice")
def _(g):
    """A sum that begins with a whole number, of which a float is made."""
    if g.options.pure or not g.affords(4):
        return
    names, target = f"sum{len(g.scope.known)}", g.target("float")
    g.scope.known[names] = "sum"
    g.line(f"{names} = {g.rng.choice([0, 1, -2])}")
    counter = f"c{len(g.scope.known)}"
    g.line(f"for {counter} in range({g.rng.choice(['3', '0', g.tamed('int', 1, 100)])} % 4):")
    g.line(f"    {names} += {g.tamed('float', 2, 1.0)}")
    g.line(f"{target} = {names} * 0.5")
    g.scope.bind(target, "float")


@production("float", "choice_value", weight=2.5, feature="choice")
def _(g, depth):
    names, e = g.scope.names(MAYBE), g.tamed("float", depth - 1, g.bound("float"))
    if not names:
        return None
    name = g.rng.choice(names)
    return Expr(g.rng.choice([f"({e} if {name} is None else {name})", f"({name} if {name} is not None else {e})"]),
                g.bound("float"))


@production("bool", "choice_is_none", weight=1, feature="choice")
def _(g, depth):
    names = g.scope.names(MAYBE)
    if not names:
        return None
    name = g.rng.choice(names)
    return Expr(g.rng.choice([f"({name} is None)", f"({name} is not None and {name} > {g.tamed('float', 1, 2.0)})"]), 1)


@production("float", "choice_number", weight=1, feature="choice")
def _(g, depth):
    if g.options.pure:
        return None
    e, i = g.tamed("float", depth - 1, 2.0), g.tamed("int", 1, 4)
    return Expr(g.rng.choice([f"(1.0 * ({i} if {g.condition()} else {e}))", f"(min({i}, {e}) * 0.5)",
                              f"(0.25 + max(0, {e}))"]), 4.0)


@production("float", "choice_struct", weight=1, feature="choice")
def _(g, depth):
    a, b, v = (g.tamed("float", depth - 1, 2.0) for _ in range(3))
    near, far = f"Near({a})", f"Far({b}, {a})"
    chosen = g.rng.choice([f"({near} if {g.condition()} else {far})", f"({near}, {far})[{g.tamed('int', 1, 100)} % 2]",
                           f"min({near}, {far}, key=lambda s: s.at(0.5))"])
    return Expr(f"{chosen}.at({v})", 4.0)


@production("float", "choice_function", weight=1, feature="choice")
def _(g, depth):
    return Expr(f"BENDS[{g.tamed('int', 1, 100)} % 3]({g.tamed('float', depth - 1, 2.0)})", 4.0)
