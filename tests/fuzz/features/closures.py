"""Nested functions and lambdas that capture values, functions passed, returned and partially applied."""

from tests.fuzz.expressions import Expr, production
from tests.fuzz.extension import head
from tests.fuzz.scope import Function, Scope
from tests.fuzz.statements import statement


@head("closure", "import functools")
def _(g):
    g.scope = Scope(Function("module", [], ("float",)))
    g.line("def twice(f, v):")
    g.line("    return f(f(v))")
    g.line("def adder(k, w=0.5):")
    g.line("    def add(v):")
    g.line("        return (v + k) * w")
    g.line("    return add")
    g.line("def blend(u, v, w=0.25):")
    g.line("    return u * w + v * (1.0 - w)")


def with_parameter(g, write):
    """Writes inside the scope of a nested function of `v`."""
    scope = g.scope
    before, trips, loops, result = dict(scope.bound), scope.trips, scope.loops, scope.function
    scope.bind("v", "float")
    scope.loops = 0
    scope.function = Function("nested", [], ("float",))
    # What the enclosing function binds is read here, never assigned: that would make it local.
    protected, scope.protected = scope.protected, set(scope.bound) - {"v"}
    write()
    scope.bound, scope.trips, scope.loops, scope.function = before, trips, loops, result
    scope.protected = protected
    scope.known.pop("v", None)


@statement("closure_lambda", 1, feature="closure")
def _(g):
    name = f"f{len(g.scope.known)}"
    with_parameter(g, lambda: g.line(f"{name} = lambda v: {g.settled('float')}"))
    g.scope.bind(name, "function")


@statement("closure_def", 1, feature="closure")
def _(g):
    name = f"f{len(g.scope.known)}"
    g.line(f"def {name}(v):")

    def body():
        with g.indented():
            if g.rng.random() < 0.5:
                g.line(f"if {g.condition()}:")
                with g.indented():
                    g.line(f"return {g.settled('float')}")
            g.line(f"return {g.settled('float')}")

    with_parameter(g, body)
    g.scope.bind(name, "function")


@production("float", "closure_call", weight=2, feature="closure")
def _(g, depth):
    names, e = g.scope.names("function"), g.tamed("float", depth - 1, 4.0)
    if names and g.scope.trips <= 30:
        name = g.rng.choice(names)
        return Expr(g.rng.choice([f"{name}({e})", f"twice({name}, {e})", f"{name}(v={e})"]), 4.0)
    return None


@production("float", "closure_made", weight=0.7, feature="closure")
def _(g, depth):
    a, b = g.tamed("float", depth - 1, 4.0), g.tamed("float", depth - 1, 4.0)
    forms = [
        (f"adder({a})({b})", 4.0),
        (f"twice(adder({a}, w=0.25), {b})", 4.0),
        (f"functools.partial(blend, {a}, w=0.75)({b})", 4.0),
        (f"functools.partial(blend, v={a})({b})", 4.0),
        (f"twice(lambda t: t * 0.5 - {a}, {b})", 8.0),
        (f"blend(*({a}, {b}))", 4.0),
        (f"blend(**{{'u': {a}, 'v': {b}}})", 4.0),
    ]
    return Expr(*g.rng.choice(forms))
