"""Functions that call themselves: to a depth that is known, or one that depends on the data."""

from tests.fuzz.expressions import Expr, production
from tests.fuzz.extension import head
from tests.fuzz.scope import Function, Scope
from tests.fuzz.statements import bounded

FORMS = [
    "return {a} * 0.5 + recur(max(-4.0, min(4.0, {b})), k - 1) * 0.5",
    "return recur({b}, k - 1) if {c} else recur({a}, k - 2)",
    "return 0.25 * recur({a}, k - 1) - 0.5 * recur({b}, k - 2)",
]


@head("recursion")
def _(g):
    g.scope = Scope(Function("recur", [], ("float",)))
    g.scope.bind("v", "float"), g.scope.bind("k", "int")
    g.line("def recur(v, k):")
    with g.indented():
        g.line("if k <= 0:")
        g.line(f"    return {g.settled('float')}")
        if g.rng.random() < 0.5:
            g.line(f"w = {g.settled('float')}")
            g.scope.bind("w", "float")
        form = g.rng.choice(FORMS)
        g.line(form.format(a=g.settled("float"), b=g.settled("float"), c=g.condition()))
    g.line("def countdown(v, k):")
    g.line("    if v > 1.5 and k > 0:")
    g.line("        return countdown(v * 0.75, k - 1)")
    g.line("    return v if k < 3 else -v")
    g.line("def even(k):")
    g.line("    return True if k == 0 else odd(k - 1)")
    g.line("def odd(k):")
    g.line("    return False if k == 0 else even(k - 1)")


@production("float", "recursion", weight=2, feature="recursion")
def _(g, depth):
    if g.scope.trips > 20 or g.scope.function.name == "recur":
        return None
    e = g.tamed("float", depth - 1, 4.0)
    return Expr(f"{g.rng.choice(['recur', 'recur', 'countdown'])}({e}, {bounded(g, 0, 4)})", 4.0)


@production("bool", "recursion_mutual", weight=0.5, feature="recursion")
def _(g, depth):
    if g.scope.trips > 20:
        return None
    return Expr(f"{g.rng.choice(['even', 'odd'])}({bounded(g, 0, 7)})", 1)
