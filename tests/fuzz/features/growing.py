"""Lists that grow at run time: as stacks and queues, in loops and branches, made by comprehensions and repetition."""

from tests.fuzz.expressions import Expr, production
from tests.fuzz.extension import head
from tests.fuzz.statements import statement

LONGEST = 12


@head("growing", "from collections import deque")
def _(g):
    pass


def some_list(g, *kinds):
    names = [name for kind in kinds or ("grown", "queue") for name in g.scope.names(kind)]
    return g.rng.choice(names) if names else None


def place(g, name):
    """An index of an item of a list that is not empty; now and then one that may not be."""
    form = g.rng.randrange(12)
    forms = [f"{g.expr('int', 1)} % len({name})", "0", "-1", f"len({name}) // 2"]
    return g.expr("int", 1) if form == 0 else g.rng.choice(forms)


@production("float", "growing_item", weight=2, feature="growing")
def _(g, depth):
    name = some_list(g)
    return Expr(f"({name}[{place(g, name)}] if {name} else 0.5)", 4.0) if name else None


@production("float", "growing_fold", weight=1, feature="growing")
def _(g, depth):
    name = some_list(g)
    if not name:
        return None
    form = g.rng.choice(["sum({0}) * 0.05", "(max({0}) if {0} else 0.25)", "(min({0}) if {0} else 0.25)",
                         "(sorted({0})[0] if len({0}) > 1 else 0.75)", "sum([v * 0.1 for v in {0} if v < 0.5])",
                         "sum(i * v * 0.02 for i, v in enumerate({0}))"])
    return Expr(form.format(name), 60.0)


@production("int", "growing_length", weight=1, leaf=True, feature="growing")
def _(g, depth):
    name = some_list(g)
    return Expr(f"len({name})", 50) if name else None


@production("bool", "growing_truth", weight=1, feature="growing")
def _(g, depth):
    name = some_list(g)
    form = g.rng.choice(["bool({})", "(not {})", "(0.5 in {})"])
    return Expr(form.format(name), 1) if name else None


@statement("growing_new", 2, feature="growing")
def _(g):
    f, count = (lambda: g.settled("float")), f"({g.expr('int', 1)}) % 4"
    forms = ["[]", f"[{f()}]", f"[{f()}, {f()}]", f"[{f()}] * ({count})", f"[0.25 * e for e in range({count})]",
             f"[{f()} for _ in range({count} + 1)]"]
    other = some_list(g, "grown")
    if other:
        forms += [f"{other}.copy()", f"{other}[1:]", f"{other}[::-1]", f"{other}[:3] + [{f()}]",
                  f"[v * 0.5 for v in {other} if v > 0.0]", f"sorted({other})"]
    name = f"g{len(g.scope.known)}"
    if g.rng.random() < 0.2:
        g.line(f"{name} = deque({g.rng.choice(forms[:3])})")
        return g.scope.bind(name, "queue")
    g.line(f"{name} = {g.rng.choice(forms)}")
    g.scope.bind(name, "grown")


@statement("growing_append", 4, feature="growing")
def _(g):
    name = some_list(g)
    if name:
        forms = ["{0}.append({1})"] * 3 + ["{0}.extend([{1}, 0.5])", "{0}.insert({2}, {1})"]
        forms += ["{0}.appendleft({1})"] * 2 if name in g.scope.names("queue") else ["{0} += [{1}]"]
        form = g.rng.choice(forms).format(name, g.settled("float"), g.rng.choice(["0", "1", "-1", f"len({name}) // 2"]))
        g.line(f"if len({name}) < {LONGEST}:")
        with g.indented():
            g.line(form)


@statement("growing_pop", 3, feature="growing")
def _(g):
    name = some_list(g)
    if not name:
        return
    target, is_queue = g.target("float"), name in g.scope.names("queue")
    pops = ["pop()", "popleft()"] if is_queue else ["pop()", "pop()", "pop(0)", f"pop({place(g, name)})"]
    if g.rng.random() < 0.1:
        g.line(f"{target} = {name}.{g.rng.choice(pops)}")
    else:
        g.line(f"{target} = {name}.{g.rng.choice(pops)} if {name} else {g.settled('float')}")
    g.scope.bind(target, "float")


@statement("growing_write", 2, feature="growing")
def _(g):
    name = some_list(g)
    if name:
        g.line(f"if {name}:")
        with g.indented():
            at = place(g, name)
            forms = [f"{name}[{at}] = {g.settled('float')}", f"{name}[{at}] *= 0.5"]
            if name in g.scope.names("grown"):
                forms += [f"del {name}[{at}]", f"{name}.reverse()", f"{name}.sort()"]
            g.line(g.rng.choice(forms))


@statement("growing_iterate", 1.5, feature="growing")
def _(g):
    name = some_list(g)
    if not name or not g.affords(LONGEST):
        return
    item = f"e{len(g.scope.known)}"
    g.line(f"for {item} in {g.rng.choice([name, f'list(reversed({name}))'])}:")
    g.loop(LONGEST, {item: "float"})


@statement("growing_drain", 1.2, feature="growing")
def _(g):
    """A list that is worked off, and may get more on the way."""
    name, targets = some_list(g), g.scope.assignable("float")
    if not name or not targets or not g.affords(20):
        return
    item, target, count = f"e{len(g.scope.known)}", g.rng.choice(targets), f"i{len(g.scope.known)}"
    g.line(f"{count} = 0")
    g.line(f"while {name} and {count} < 9:")
    before = dict(g.scope.bound)
    g.scope.bind(item, "float")
    with g.indented():
        g.line(f"{count} += 1")
        pops = ["popleft()", "pop()"] if name in g.scope.names("queue") else ["pop()", "pop(0)"]
        g.line(f"{item} = {name}.{g.rng.choice(pops)}")
        g.line(f"if {item} > 0.4 and len({name}) < {LONGEST}:")
        with g.indented():
            g.line(f"{name}.append({item} * 0.5)")
        g.line(f"{target} = {g.settled('float')}")
    g.scope.bound = before


@statement("growing_alias", 0.4, feature="growing")
def _(g):
    name = some_list(g, "grown")
    if name and not g.scope.loops:
        alias = f"g{len(g.scope.known)}"
        g.line(f"{alias} = {name}")
        g.scope.bind(alias, "grown")
