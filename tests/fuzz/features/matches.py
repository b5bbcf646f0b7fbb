"""`match` on numbers and on tuples of them: values, alternatives, captures and guards."""

import re

from tests.fuzz.extension import head
from tests.fuzz.scope import Function, Scope, intersect
from tests.fuzz.statements import statement


@head("match")
def _(g):
    g.scope = Scope(Function("module", [], ("float",)))
    g.line("class Level:")
    g.line("    LOW, HIGH = 1, 3")


def pattern_of_int(g, names: dict) -> str:
    form = g.rng.randrange(6)
    if form == 0:
        name = g.target("int", avoid=list(names))
        if name in names:
            return "0"
        names[name] = "int"
        return f"(0 | 2) as {name}"
    return ["", "1", "0 | 2 | -1", "Level.HIGH", "int(3)", "Level.LOW | 2"][form]


def pattern(g, kinds: list) -> tuple[str, dict]:
    """A pattern for values of these kinds, and the names that it binds."""
    parts, names = [], {}
    for kind in kinds:
        if g.rng.random() < 0.3:
            name = g.target(kind, avoid=list(names))
            if name not in names:
                names[name] = kind
                parts.append(name)
                continue
        parts.append("_" if kind != "int" or g.rng.random() < 0.3 else pattern_of_int(g, names))
    if len(parts) == 1:
        return parts[0], names
    return f"({', '.join(parts)})", names


@statement("match", 1.5, feature="match")
def _(g):
    if g.depth >= g.options.depth:
        return None
    kinds = g.rng.choice([["int"], ["int", "float"], ["float", "int"], ["int", "int", "float"]])
    values = [f"({g.tamed('int', 2, 1000)} % 5)" if kind == "int" else str(g.settled(kind)) for kind in kinds]
    g.line(f"match {values[0] if len(values) == 1 else '(' + ', '.join(values) + ')'}:")
    before, paths, irrefutable = dict(g.scope.bound), [], False
    with g.indented(block=False):
        for _ in range(g.rng.choice([1, 2, 3])):
            g.scope.bound = dict(before)
            text, names = pattern(g, kinds)
            for name, kind in names.items():
                g.scope.bind(name, kind)
            guard = f" if {g.condition()}" if g.rng.random() < 0.4 or all(c in "(_, )" for c in text) else ""
            if not guard and "." not in text and all(word.isidentifier() for word in re.findall(r"\w+", text)):
                guard = f" if {g.condition()}"  # a pattern that always fits may only stand last
            g.line(f"case {text}{guard}:")
            if not g.nested_block():
                paths.append(g.scope.bound)
        if g.rng.random() < 0.6:
            g.scope.bound, irrefutable = dict(before), True
            g.line("case _:")
            if not g.nested_block():
                paths.append(g.scope.bound)
    if not irrefutable:
        paths.append(before)
    g.scope.bound = intersect(paths) if paths else before
    return not paths
