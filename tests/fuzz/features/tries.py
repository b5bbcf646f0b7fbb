"""`try` around statements that may raise, in the middle of expressions, in helpers, in loops and under each other."""

from tests.fuzz.expressions import Expr
from tests.fuzz.extension import head
from tests.fuzz.scope import Function, Scope, intersect
from tests.fuzz.statements import any_kind, statement

CLASSES = ["ZeroDivisionError", "ValueError", "ArithmeticError", "(ZeroDivisionError, AssertionError)", "LookupError"]
STOPPING = ["Stop", "(ValueError, Stop)", "Exception"]  # one of which catches what is no exception of Python's own


@head("try")
def _(g):
    g.scope = Scope(Function("module", [], ("float",)))
    for line in (
        "class Stop(Exception):",
        "    pass",
        "def risky(v, k):",
        "    for j in range(k % 4):",
        "        v = v * 0.5 + j",
        "        if j == 1 and v > 0.0:",
        '            raise Stop("stopped")',
        "        if j == 2:",
        '            raise ValueError(f"at {j}")',
        "    return v + 7 // (k % 5)",
    ):
        g.line(line)


def raising(g, divides: bool) -> None:
    """One statement that may raise; with `divides` by a float zero, which a kernel notices where that is caught."""
    whole = f"({g.tamed('int', 1, 1000)} % {g.rng.choice([2, 3, 5])})"
    value, kind = g.tamed("float", 1, 4.0), g.rng.choice(["float", "float", "int"])
    form = g.rng.randrange(7)
    if form == 0:
        g.line(f"if {g.condition()}:")
        with g.indented():
            g.line(g.rng.choice(["raise Stop", 'raise ValueError("by design")', "raise Stop(3)", "raise KeyError"]))
        return
    if form == 1:
        g.line(f"assert {g.condition()}")
        return
    if form == 2:
        g.line(f"print(risky({value}, {whole}) > 1.0)")
        return
    quotients = [f"{value} / {whole}", f"({value} if {g.condition()} else 1.0 / {whole})"]
    texts = {
        "float": [f"risky({value}, {whole})", *(quotients if divides else [])],
        "int": [f"7 // {whole}", f"(5 % {whole} if {g.condition()} else 3)"],
    }
    text = Expr(g.rng.choice(texts[kind]), 4.0)
    places = g.places(kind)
    if form == 3 and places:
        name = g.rng.choice(places)
        g.line(f"{name} += {text}")
        g.resettle(name, kind)
        return
    name = g.target(kind)
    g.line(f"{name} = {text}")
    g.scope.bind(name, kind)
    g.resettle(name, kind)


def guarded_block(g, divides: bool) -> bool:
    with g.indented():
        for _ in range(g.rng.choice([1, 1, 2])):
            raising(g, divides)
            if g.rng.random() < 0.6 and g.block(g.rng.choice([1, 1, 2])):
                return True
        return False


@statement("try", 2.5, feature="try")
def _(g):
    if g.depth >= g.options.depth:
        return None
    before, paths = dict(g.scope.bound), []
    handlers = [*g.rng.sample(CLASSES, g.rng.choice([0, 0, 1, 2])), g.rng.choice(STOPPING)]
    g.line("try:")
    dividing = ("ZeroDivisionError", "ArithmeticError", "(ZeroDivisionError, AssertionError)", "Exception")
    ended = guarded_block(g, any(classes in dividing for classes in handlers))
    completed = dict(g.scope.bound)
    for k, classes in enumerate(handlers):
        g.scope.bound = dict(before)
        name = f" as e{k}" if g.rng.random() < 0.2 else ""
        g.line(f"except {classes}{name}:")
        left = g.nested_block()
        if g.rng.random() < 0.3 and not left and classes in CLASSES:
            with g.indented():
                g.line(f"raise e{k}" if name else "raise")
            left = True
        if not left:
            paths.append(g.scope.bound)
    g.scope.bound = completed
    if not ended and g.rng.random() < 0.3:
        g.line("else:")
        ended = g.nested_block()
    if not ended:
        paths.append(g.scope.bound)
    bound = intersect(paths) if paths else before
    if g.rng.random() < 0.3:
        g.scope.bound = dict(before)
        g.line("finally:")
        with g.indented():
            kind = any_kind(g)
            value, name = g.settled(kind), g.target(kind)
            g.line(f"{name} = {value}")
            g.scope.bind(name, kind)
        bound = bound | {name: kind}
    g.scope.bound = bound
    return not paths
