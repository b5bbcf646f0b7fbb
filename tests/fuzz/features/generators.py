"""Generators, gone over by loops that leave them early or change what they see, and by sums and the like."""

from tests.fuzz.expressions import Expr, production
from tests.fuzz.extension import head
from tests.fuzz.scope import Function, Scope
from tests.fuzz.statements import bounded, statement

SOURCE = """
def steps(v, k):
    for j in range(k):
        if v > 2.5:
            return
        yield v
        v = v * 0.5 + j * 0.75

def counted(k):
    while k > 0:
        yield k
        k -= 1
        if k == 3:
            continue
        yield -k

def halves(v, k):
    n = 0
    for u in steps(v, k):
        n += 1
        yield u * 0.5
        if n > 2:
            yield from (v, 1.5)
    yield float(n)

def endless(v):
    while True:
        yield v
        v = 1.5 - v * 0.5
"""
TRIPS = 12


@head("generator")
def _(g):
    g.scope = Scope(Function("module", [], ("float",)))
    for line in SOURCE.strip().splitlines():
        g.line(line)


def made(g):
    """A call of a generator function, the kind of its items, and whether it ends."""
    value, count = g.tamed("float", 1, 3.0), bounded(g, 0, 4)
    return g.rng.choice([(f"steps({value}, {count})", "float"), (f"counted({count})", "int"),
                         (f"halves({value}, {count})", "float")])


@statement("for_generator", 2, feature="generator")
def _(g):
    if not g.affords(TRIPS):
        return None
    text, kind = made(g)
    name = g.target(kind)
    if g.rng.random() < 0.25:
        number = g.target("int", avoid=[name])
        g.line(f"for {number}, {name} in enumerate({text}):")
        return g.loop(TRIPS, {number: "int", name: kind}, counters=(number,))
    if g.rng.random() < 0.2:
        text, kind = f"(v for v in {text} if v > 0)", kind
    g.line(f"for {name} in {text}:")
    return g.loop(TRIPS, {name: kind})


@statement("for_endless", 0.7, feature="generator")
def _(g):
    trips = g.rng.randint(2, 8)
    if not g.affords(trips):
        return None
    number, name = g.target("int"), None
    g.scope.known[number] = "int"
    name = g.target("float")
    g.line(f"for {number}, {name} in enumerate(endless({g.tamed('float', 1, 3.0)})):")
    leave = g.rng.choice(["break", "return"])
    return g.loop(trips, {number: "int", name: "float"}, counters=(number,), leave=(f"if {number} >= {trips}:", leave))


@production("float", "generator", weight=0.7, feature="generator")
def _(g, depth):
    text, _ = made(g)
    form = g.rng.randrange(3)
    if form == 0:
        return Expr(f"(sum({text}) * 0.1 + 0.0)", 50.0)
    if form == 1:
        return Expr(f"(sum(v * 0.25 for v in {text} if v < 1.0) + 0.0)", 50.0)
    return Expr(f"(1.0 if any(v > 1.25 for v in {text}) else 0.5)", 1.0)
