"""Local and argument arrays: element reads and writes, negative indices, views, loops over elements."""

from tests.fuzz.expressions import Expr, production
from tests.fuzz.extension import KINDS_OF, PLACES, head
from tests.fuzz.statements import statement

KINDS_OF["array"] = ("array",)  # at least two floats, of magnitude up to 4


@head("array", "import numpy as np")
def _(g):
    pass


def index(g, name):
    """An index inside an array of at least two elements; now and then one that may not be."""
    form = g.rng.randrange(20)
    if form == 0:
        return f"{g.expr('int', 1)} % 6"
    if form < 7:
        return str(g.rng.choice([0, 1, -1, -2]))
    return f"{g.expr('int', 1)} % {g.rng.choice([f'len({name})', '2', f'{name}.shape[0]'])}"


def element(g):
    names = g.scope.names("array")
    name = g.rng.choice(names) if names else None
    return f"{name}[{index(g, name)}]" if name else None


def fixed_elements(g, kind):
    """Elements that the same text names twice."""
    return [f"{n}[{k}]" for n in g.scope.names("array") for k in (0, -1)] if kind == "float" else []


PLACES.append(fixed_elements)


@production("float", "array_element", weight=4, leaf=True, feature="array")
def _(g, depth):
    names = g.scope.names("array")
    if not names:
        return None
    name = g.rng.choice(names)
    return Expr(f"{name}[{g.rng.choice([0, 1, -1, -2])}]", 4.0)


@production("float", "array_gather", weight=2, feature="array")
def _(g, depth):
    text = element(g)
    return Expr(text, 4.0) if text else None


@production("int", "array_length", weight=0.4, leaf=True, feature="array")
def _(g, depth):
    names = g.scope.names("array")
    return Expr(f"len({g.rng.choice(names)})", 8) if names else None


@production("float", "array_sum", weight=0.15, feature="array")
def _(g, depth):
    names = g.scope.names("array")
    return Expr(f"np.sum({g.rng.choice(names)})", 128.0) if names else None


@production("float", "array_dot", weight=0.25, exact=False, feature="array")  # BLAS adds in an order of its own
def _(g, depth):
    names = g.scope.names("array")
    if not names:
        return None
    a = g.rng.choice(names)
    return Expr(g.rng.choice([f"np.dot({a}, {a})", f"({a} @ {a})"]), 128.0)


@statement("array_new", 1.5, feature="array")
def _(g):
    f, size = (lambda: g.settled("float")), g.rng.randint(2, 6)
    forms = [
        f"np.zeros({size})",
        f"np.ones({size})",
        f"np.array([{f()}, {f()}, {f()}])",
        f"np.full({size}, {f()})",
        f"np.zeros({g.expr('int', 1)} % 4 + 2)",
        "np.linspace(-1.0, 2.0, 4)",
    ]
    forms += [f"{n}.copy()" for n in g.scope.names("array")]
    name = f"a{len(g.scope.known)}"
    g.line(f"{name} = {g.rng.choice(forms)}")
    g.scope.bind(name, "array")


@statement("array_write", 3, feature="array")
def _(g):
    place = element(g)
    if place:
        g.line(f"{place} = {g.settled('float')}")


@statement("array_swap", 0.6, feature="array")
def _(g):
    names = g.scope.names("array")
    if names:
        n = g.rng.choice(names)
        i, j = index(g, n), index(g, n)
        g.line(f"{n}[{i}], {n}[{j}] = {n}[{j}], {n}[{i}]")


@statement("array_view", 0.4, feature="array")
def _(g):
    """A view, through which the base is written."""
    names = g.scope.names("array")
    if names and not g.scope.loops:
        base, name = g.rng.choice(names), f"view{len(g.scope.known)}"
        g.line(f"{name} = {base}[{g.rng.choice([':', '0:2', '::-1', '-2:'])}]")
        g.scope.bind(name, "array")


@statement("array_fill", 1, feature="array")
def _(g):
    names = g.scope.names("array")
    if not names or not g.affords(6):
        return
    name, counter = g.rng.choice(names), g.target("int")
    g.line(f"for {counter} in range(len({name})):")
    before = dict(g.scope.bound)
    g.scope.bind(counter, "int")
    with g.indented():
        g.line(f"{name}[{counter}] = {g.settled('float')}")
        g.line(f"{name}[{counter} - 1] = {g.settled('float')}")
    g.scope.bound = before


@statement("array_iterate", 0.8, feature="array")
def _(g):
    names, targets = g.scope.names("array"), g.scope.assignable("float")
    if not names or not targets or not g.affords(6):
        return
    item, target = f"e{len(g.scope.known)}", g.rng.choice(targets)
    g.line(f"for {item} in {g.rng.choice(names)}:")
    before = dict(g.scope.bound)
    g.scope.bind(item, "float")
    with g.indented():
        g.line(f"{target} = {g.settled('float')}")
    g.scope.bound = before


@statement("array_matrix", 0.6, feature="array")
def _(g):
    """Two indices, a row as a view."""
    if not g.affords(6):
        return
    name, row = f"m{len(g.scope.known)}", f"row{len(g.scope.known)}"
    i, j = g.expr("int", 1), g.expr("int", 1)
    g.line(f"{name} = np.zeros((2, 3))")
    g.line(f"{name}[{i} % 2, {j} % 3] = {g.settled('float')}")
    g.line(f"{name}[-1, {i} % 3] += {g.settled('float')} * 0.5")
    g.line(f"{row} = {name}[{j} % 2]")
    g.scope.known[name] = "matrix"
    targets = g.scope.assignable("float")
    if targets:
        g.line(f"{g.rng.choice(targets)} = max(-4.0, min(4.0, {row}[1] - {name}[1, 2] * 0.5))")
