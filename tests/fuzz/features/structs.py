"""Dataclasses, mutable and frozen, NamedTuples and dicts: fields, methods, operators, aliases, mutation by helpers."""

from contextlib import contextmanager

from tests.fuzz.expressions import Expr, production
from tests.fuzz.extension import KINDS_OF, PLACES, SOURCES, head
from tests.fuzz.scope import Function, Scope
from tests.fuzz.statements import any_kind, statement

FIELDS = {
    "Body": {"float": ["a", "b"], "int": ["k"], "bool": []},
    "Pair": {"float": ["u", "body.a", "body.b"], "int": ["body.k"], "bool": []},
    "Triple": {"float": ["p"], "int": ["q"], "bool": ["r"]},
    "dict": {"float": ["['low']", "['high']"], "int": ["['count']"], "bool": []},
}
MUTABLE = {
    "Body": ["a", "b", "k"],
    "Pair": ["body.a", "body.b", "body.k"],
    "dict": ["['low']", "['high']", "['count']"],
}
KINDS_OF["struct"] = ("Body", "Pair", "Triple", "dict")


def field(name: str, path: str) -> str:
    return f"{name}{path}" if path.startswith("[") else f"{name}.{path}"


def read_fields(g, kind):
    fields = [(n, f) for struct, of in FIELDS.items() for n in g.scope.names(struct) for f in of.get(kind, ())]
    return [field(n, f) for n, f in fields]


def written_fields(g, kind):
    return [
        field(n, f)
        for struct, paths in MUTABLE.items()
        for n in g.scope.names(struct)
        for f in paths
        if f in FIELDS[struct].get(kind, ()) and not (n == "self" and struct == "Pair")
    ]


SOURCES.append(read_fields)
PLACES.append(written_fields)

# --- definitions ------------------------------------------------------------------------------------------------------


@contextmanager
def method(g, name, params, bound):
    """Writes the head of a method and sets the scope of its body."""
    g.scope = Scope(Function(name, [], ("float",)))
    for n, kind in bound.items():
        g.scope.bind(n, kind)
    g.line(f"def {name}({', '.join(['self', *params])}):")
    with g.indented(block=False):
        yield


@head("struct", "from dataclasses import dataclass, replace\nfrom typing import NamedTuple")
def _(g):
    g.scope = Scope(Function("module", [], ("float",)))
    g.line("@dataclass")
    g.line("class Body:")
    with g.indented(block=False):
        g.line("a: float"), g.line("b: float"), g.line("k: int = 1")
        body_methods(g)
    g.line("@dataclass(frozen=True)")
    g.line("class Pair:")
    with g.indented(block=False):
        g.line("u: float"), g.line("body: Body")
        with method(g, "moved", ["d"], {"self": "Pair", "d": "float"}):
            g.line(f"return Pair({g.settled('float')}, Body({g.settled('float')}, self.body.b))")
    g.line("class Triple(NamedTuple):")
    with g.indented(block=False):
        g.line("p: float"), g.line("q: int = 2"), g.line("r: bool = False")
        with method(g, "weight", [], {"self": "Triple"}):
            g.line(f"return {g.settled('float')}")


def body_methods(g):
    if g.rng.random() < 0.3:
        with method(g, "__post_init__", [], {}):
            g.line("self.k = self.k % 50")
    with method(g, "push", ["d"], {"self": "Body", "d": "float"}):
        g.line(f"self.a = {g.settled('float')}")
        g.block(g.rng.choice([0, 1, 2]))
    with method(g, "size", [], {"self": "Body"}):
        g.line(f"return {g.settled('float')}")
    g.line("@property")
    with method(g, "half", [], {"self": "Body"}):
        g.line("return 0.5 * self.a")
    with method(g, "__add__", ["other"], {"self": "Body", "other": "Body"}):
        g.line(f"return Body({g.settled('float')}, {g.settled('float')}, self.k)")
    with method(g, "__neg__", [], {"self": "Body"}):
        g.line("return Body(-self.a, -self.b)")


# --- values -----------------------------------------------------------------------------------------------------------


def fresh_value(g, struct):
    """A constructor call."""
    f, i = (lambda: g.settled("float")), (lambda: g.settled("int"))
    if struct == "Body":
        return g.rng.choice([f"Body({f()}, {f()})", f"Body({f()}, b={f()}, k={i()})", f"Body(b={f()}, a={f()})"])
    if struct == "Pair":
        return f"Pair({f()}, {fresh_value(g, 'Body')})"
    if struct == "Triple":
        return g.rng.choice([f"Triple({f()}, {i()}, {g.settled('bool')})", f"Triple({f()})"])
    return f"{{'low': {f()}, 'high': {f()}, 'count': {i()}}}"


def struct_target(g, struct):
    old = g.scope.assignable(struct)
    return g.rng.choice(old) if old and g.rng.random() < 0.5 else f"{struct[0].lower()}{len(g.scope.known)}"


@statement("struct_new", 2, feature="struct")
def _(g):
    struct = g.rng.choice(KINDS_OF["struct"])
    value, name = fresh_value(g, struct), struct_target(g, struct)
    g.line(f"{name} = {value}")
    g.scope.bind(name, struct)


@statement("struct_derived", 1, feature="struct")
def _(g):
    """A new struct made of others."""
    options = {
        "Body": ["{0} + {1}", "-{0}", "replace({0}, b=FLOAT)"],
        "Pair": ["{0}.moved(FLOAT)", "replace({0}, u=FLOAT)"],
        "Triple": ["{0}._replace(p=FLOAT)"],
    }
    struct = g.rng.choice(list(options))
    names = g.scope.names(struct)
    if not names or "self" in names:
        return
    form = g.rng.choice(options[struct]).format(g.rng.choice(names), g.rng.choice(names))
    value, name = form.replace("FLOAT", str(g.settled("float"))), struct_target(g, struct)
    g.line(f"{name} = {value}")
    g.scope.bind(name, struct)


@statement("struct_set", 2, feature="struct")
def _(g):
    kind = g.rng.choice(["float", "float", "int"])
    places = written_fields(g, kind)
    if places:
        g.line(f"{g.rng.choice(places)} = {g.settled(kind)}")


@statement("struct_push", 1, feature="struct")
def _(g):
    names = g.scope.names("Body") + [f"{n}.body" for n in g.scope.names("Pair")]
    if names and g.scope.function.name not in ("push", "size", "__add__", "moved", "weight"):
        g.line(f"{g.rng.choice(names)}.push({g.settled('float')})")


@statement("struct_alias", 0.4, feature="struct")
def _(g):
    """A second name for a struct; neither is bound again, so that both stay one struct on every path."""
    names = [n for n in g.scope.names("Body") if n != "self"]
    if not names or g.scope.loops:
        return
    old, new = g.rng.choice(names), f"alias{len(g.scope.known)}"
    g.line(f"{new} = {old}")
    g.scope.bind(new, "Body")
    g.scope.protected |= {old, new}


@statement("struct_unpack", 0.4, feature="struct")
def _(g):
    names = g.scope.names("Triple")
    if not names:
        return
    targets = []
    for kind in ("float", "int", "bool"):
        targets.append(g.target(kind, avoid=targets))
        g.scope.known[targets[-1]] = kind
    g.line(f"{', '.join(targets)} = {g.rng.choice(names)}")
    for name, kind in zip(targets, ("float", "int", "bool")):
        g.scope.bind(name, kind)


@production("float", "struct_method", weight=1, feature="struct")
def _(g, depth):
    if g.scope.function.name in ("push", "size", "half", "__add__", "moved", "weight", "__neg__"):
        return None
    texts = [f"{n}.{m}" for n in g.scope.names("Body") for m in ("size()", "half")]
    texts += [f"{n}.weight()" for n in g.scope.names("Triple")]
    return Expr(g.rng.choice(texts), 4.0) if texts else None


@production("float", "struct_anonymous", weight=0.3, feature="struct")
def _(g, depth):
    a, b = g.tamed("float", depth - 1, 4.0), g.tamed("float", depth - 1, 4.0)
    return Expr(f"{{'x': {a}, 'y': {b}}}[{g.rng.choice(['x', 'y'])!r}]", 4.0)


@statement("struct_in_loop", 0.7, feature="struct")
def _(g):
    """Loop-carried structs, rebuilt and mutated."""
    names = [n for n in g.scope.assignable("Body") if n != "self"]
    if not names or not g.affords(4):
        return
    name, counter = g.rng.choice(names), g.target("int")
    g.line(f"for {counter} in range({g.rng.randint(2, 4)}):")
    g.scope.bind(counter, "int")
    with g.indented():
        g.line(f"{name}.b = {g.settled('float')}")
        g.line(f"if {g.condition()}:")
        with g.indented():
            g.line(f"{name} = {fresh_value(g, 'Body')}")
        kind = any_kind(g)
        if places := written_fields(g, kind):
            g.line(f"{g.rng.choice(places)} = {g.settled(kind)}")
