"""Many programs as one kernel, so that one compilation serves them all: `many(which, x, y, n, m, p)` calls one of them.

Each program's names get its number; what is called is its objective, so that every program gives one float.
"""

import ast

from tests.fuzz.program import OBJECTIVE, Program, normalise

PARAMETERS = (("x", "float"), ("y", "float"), ("n", "int"), ("m", "int"), ("p", "bool"))
NEUTRAL = {"float": 0.0, "int": 0, "bool": False}


class Renumber(ast.NodeTransformer):
    """Gives every module-level name of a program its number."""

    def __init__(self, names: set[str], number: int):
        self.names, self.number = names, number

    def visit_Name(self, node):
        return ast.Name(self.of(node.id), node.ctx)

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.name = self.of(node.name)
        return node

    def of(self, name: str) -> str:
        return f"{name}_{self.number}" if name in self.names else name


def module_names(tree: ast.Module) -> set[str]:
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return names


def numbered(program: Program, number: int) -> list[ast.stmt]:
    tree = ast.parse(f"{program.source}\n{program.objective}")
    tree = Renumber(module_names(tree), number).visit(tree)
    return [node for node in tree.body if not isinstance(node, ast.Import)]


def batch(programs: list[Program]) -> Program:
    """One program whose first argument chooses; its arguments are sets of the chosen program's."""
    body = [node for k, program in enumerate(programs) for node in numbered(program, k)]
    names = ", ".join(name for name, _ in PARAMETERS)
    lines = [f"def main(which, {names}):"]
    for k, program in enumerate(programs):
        given = ", ".join(name for name, _ in program.params)
        lines += [f"    if which == {k}:", f"        return {OBJECTIVE}_{k}({given})"]
    lines.append("    return 0.0 * x")
    source = normalise("\n".join(["import math", *map(ast.unparse, body), *lines]))
    args = tuple(spread(k, program, a) for k, program in enumerate(programs) for a in program.args)
    return Program(programs[0].seed, source, (("which", "int"), *PARAMETERS), ("float",), args, exact=False)


def spread(number: int, program: Program, args) -> tuple:
    given = dict(zip((name for name, _ in program.params), args))
    return (number, *(given.get(name, NEUTRAL[kind]) for name, kind in PARAMETERS))
