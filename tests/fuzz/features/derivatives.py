"""Derivatives taken inside a program, of lambdas and of nested functions that capture values, and checkpoints."""

from contextlib import contextmanager
from dataclasses import replace

from tests.fuzz.expressions import Expr, production
from tests.fuzz.extension import head
from tests.fuzz.features.closures import with_parameter
from tests.fuzz.scope import KINDS
from tests.fuzz.statements import statement

FEATURE = "derivative"


@head(FEATURE, "import dsl")
def _(g):
    """Nothing but the import."""


@contextmanager
def pure_body(g):
    """Inside, functions of numbers are written, which change nothing and take no derivative of their own."""
    options, bound = g.options, g.scope.bound
    g.options = replace(options, features=frozenset(["scalar"]))
    g.scope.bound = {name: kind for name, kind in bound.items() if kind in KINDS}
    functions = g.functions
    g.functions = [f for f in functions if all(kind in KINDS for _, kind, _ in f.params)]
    yield
    g.options, g.scope.bound, g.functions = options, bound, functions


def affords(g) -> bool:
    """Whether a derivative may be taken here: not often, and not of a function that is being written."""
    return g.scope.trips <= 12 and g.scope.function.name != "nested"


def body(g) -> str:
    """The text of a function of `v`."""
    text = []
    with pure_body(g):
        with_parameter(g, lambda: text.append(str(g.settled("float"))))
    return f"(lambda v: {text[0]})"


@production("float", "derivative", weight=1.2, exact=False, feature=FEATURE)
def _(g, depth):
    if not affords(g):
        return None
    f, x, along = body(g), g.tamed("float", depth - 1, 4.0), g.tamed("float", depth - 1, 2.0)
    form = g.rng.choice([
        f"dsl.grad({f})({x})", f"dsl.jvp({f}, ({x},), ({along},))[1]", f"dsl.value_and_grad({f})({x})[1]",
        f"dsl.vjp({f}, {x})[1]({along})[0]",
    ])  # fmt: skip
    return g.tame("float", Expr(form, 1e6), 4.0)


@production("float", "checkpoint", weight=1.2, exact=False, feature=FEATURE)
def _(g, depth):
    if not affords(g):
        return None
    names = g.scope.names("checkpointed")
    f = g.rng.choice(names) if names and g.rng.random() < 0.7 else body(g)
    return Expr(f"dsl.checkpoint({f})({g.tamed('float', depth - 1, 4.0)})", 4.0)


@statement("checkpoint_def", 1, feature=FEATURE)
def _(g):
    """A function with a loop over values from around it."""
    if g.exact or not affords(g):
        return
    name = f"f{len(g.scope.known)}"
    g.line(f"def {name}(v):")

    def write():
        with g.indented():
            g.line("w = v")
            g.line(f"for _ in range({g.rng.randint(0, 4)}):")
            with g.indented():
                if g.rng.random() < 0.4:
                    g.line(f"if {g.condition()}:")
                    with g.indented():
                        g.line("break")
                g.line(f"w = {g.rng.choice([0.5, -0.7, 1.1])} * math.sin(w) + {g.settled('float')} * 0.5")
            g.line(f"return w if {g.condition()} else {g.settled('float')}")

    with pure_body(g):
        with_parameter(g, write)
    g.scope.bind(name, "checkpointed")
