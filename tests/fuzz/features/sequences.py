"""Tuples and lists of known length: comprehensions, enumerate, zip, sorted, stars, append and pop."""

from tests.fuzz.expressions import Expr, production
from tests.fuzz.extension import head
from tests.fuzz.statements import statement


@head("sequence")
def _(g):
    pass


def items(g, count, kind="float", depth=1):
    return ", ".join(str(g.tamed(kind, depth, 4.0 if kind == "float" else 1000)) for _ in range(count))


def comprehension(g, kind="float", depth=1):
    """`expr for e in (…)` over values of known length, maybe filtered where the test is known."""
    name, before = f"e{len(g.scope.known)}", dict(g.scope.bound)
    source = f"({items(g, 3)})"
    g.scope.bind(name, "float")
    body = g.tamed(kind, depth, 4.0 if kind == "float" else 1000)
    g.scope.bound = before
    return f"{body} for {name} in {source}"


@production("float", "sequence_reduce", weight=1.5, feature="sequence")
def _(g, depth):
    if depth < 2:
        return None
    form = g.rng.choice(["sum([{}])", "max([{}])", "min({})", "sum({})", "sorted([{}])[1]", "list(reversed([{}]))[0]"])
    return Expr(form.format(comprehension(g)), 12.0)


@production("float", "sequence_zip", weight=0.7, feature="sequence")
def _(g, depth):
    pairs = f"zip(({items(g, 2)}), ({items(g, 2)}))"
    forms = [f"sum([u * v for u, v in {pairs}])", f"sum([i * u for i, u in enumerate(({items(g, 3)}))])"]
    forms.append(f"sum(map(lambda t: t * 0.5, ({items(g, 2)})))")
    return Expr(g.rng.choice(forms), 40.0)


@production("bool", "sequence_test", weight=0.7, feature="sequence")
def _(g, depth):
    if depth < 2:
        return None
    return Expr(f"{g.rng.choice(['any', 'all'])}([{comprehension(g, 'bool')}])", 1)


@production("int", "sequence_length", weight=0.3, feature="sequence")
def _(g, depth):
    return Expr(f"len([{items(g, g.rng.randint(1, 3))}])", 3)


@statement("sequence_loop", 1, feature="sequence")
def _(g):
    """Iteration over a tuple: unrolled, with break and continue in it."""
    if not g.affords(3):
        return
    name = f"e{len(g.scope.known)}"
    head = f"for {name} in ({items(g, 3)}):"
    if g.rng.random() < 0.5:
        counter = f"i{len(g.scope.known)}"
        head = f"for {counter}, {name} in enumerate(({items(g, 2)}), 1):"
        g.line(head)
        return g.loop(3, {counter: "int", name: "float"}, counters=(counter,))
    g.line(head)
    return g.loop(3, {name: "float"})


@statement("sequence_list", 1, feature="sequence")
def _(g):
    """A list that is filled, changed and read where its length is known."""
    name = f"l{len(g.scope.known)}"
    g.scope.known[name] = "list"
    g.line(f"{name} = [{items(g, 2)}]")
    g.line(f"{name}.append({g.settled('float')})")
    g.line(f"{name}[{g.rng.choice([0, 1, -1])}] = {g.settled('float')}")
    target = g.target("float")
    if g.rng.random() < 0.5:
        g.line(f"{target} = {name}.pop()")
    else:
        g.line(f"{target} = {name}[{g.rng.choice([0, 2, -2])}] - {name}[1] * 0.5")
        g.line(f"{target} = max(-4.0, min(4.0, {target}))")
    g.scope.bind(target, "float")


@statement("sequence_star", 0.6, feature="sequence")
def _(g):
    first, rest = g.target("float"), f"rest{len(g.scope.known)}"
    g.scope.known[rest] = "list"
    g.line(f"{first}, *{rest} = ({items(g, 3)})")
    g.scope.bind(first, "float")
    g.line(f"{first} = max(-4.0, min(4.0, {first} + sum({rest}) * 0.25))")
