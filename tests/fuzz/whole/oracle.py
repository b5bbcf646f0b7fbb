"""CPython with every operation watched, and the comparison with it."""

import ast
import linecache

import dsl
from tests.fuzz.interpreted import interpreting
from tests.fuzz.whole.generator import Writer, arguments


class Watched(ast.NodeTransformer):
    """Hands the result of each operation on ints to `_seen`."""

    def visit_BinOp(self, node):
        return watched(self.generic_visit(node))

    def visit_UnaryOp(self, node):
        return watched(self.generic_visit(node)) if isinstance(node.op, ast.USub) else self.generic_visit(node)

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "sum":
            (items,) = node.args
            total = items.elts[0]
            for item in items.elts[1:]:
                total = watched(ast.BinOp(total, ast.Add(), item))
            return total
        return watched(node) if isinstance(node.func, ast.Name) and node.func.id == "abs" else node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        value = watched(ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value))
        return ast.Assign([node.target], value)


def watched(node):
    return ast.Call(ast.Name("_seen", ast.Load()), [node], [])


class Case:
    """A program and what CPython makes of it."""

    def __init__(self, seed: int):
        self.seed, self.source = seed, Writer(seed).program()
        self.left = False
        filename = f"<whole {seed}>"
        linecache.cache[filename] = (len(self.source), None, self.source.splitlines(True), filename)
        scope: dict = {"__name__": "whole"}
        exec(compile(self.source, filename, "exec"), scope)
        self.function = scope["f"]
        tree = ast.fix_missing_locations(Watched().visit(ast.parse(self.source)))
        watching: dict = {"__name__": "whole", "_seen": self.seen}
        exec(compile(tree, filename, "exec"), watching)
        self.watching = watching["f"]

    def seen(self, value):
        self.left |= not -(2**63) <= value < 2**63
        if abs(value) > 2**400:
            raise OverflowError("too large to go on")
        return value

    def expected(self, args):
        """(result, whether something left 64 bits); the result is None where CPython would take too long."""
        self.left = False
        try:
            return self.watching(*args), self.left
        except OverflowError:
            return None, True


def work(task: tuple[int, str]) -> tuple[str, str]:
    """The outcome of a seed on an engine ("interpret" or "cpu"): "equal", "refused" or "differs", and why."""
    seed, engine = task
    case = Case(seed)
    kernel = dsl.kernel(case.function)
    counts = {"fits": 0, "overflows": 0}
    for args in arguments(seed):
        result, left = case.expected(args)
        try:
            found = call(kernel, engine, args)
        except OverflowError as error:
            found = error
        except dsl.Error as error:
            return ("refused" if "does not fit in 64 bits" in str(error) else "differs"), str(error)
        counts["overflows" if isinstance(found, OverflowError) else "fits"] += 1
        # what left 64 bits may have been used by nothing
        if (result is not None or not left) and found != result and not (left and isinstance(found, OverflowError)):
            return "differs", f"{case.source}f{args}: CPython gives {result}, left 64 bits: {left}; found {found!r}"
    return "equal", "overflows" if counts["overflows"] else "fits"


def call(kernel, engine: str, args):
    if engine == "cpu":
        return kernel(*args)
    with interpreting():
        return kernel(*args)
