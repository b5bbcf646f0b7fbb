"""What a program should give: CPython's result, and derivatives from differences in 60-digit arithmetic.

The program's own source runs with Numbers in place of floats, so no derivative rule is involved: central differences
with a step of 1e-18 are good to more than 30 digits wherever the function is smooth, and where two runs decide
differently it is not smooth and no derivative is compared.
"""

import ast
import contextlib
import io
from dataclasses import dataclass
from typing import Any

from mpmath import mpf

from tests.fuzz import number as numbers
from tests.fuzz.number import MATH, STATE, Number, number
from tests.fuzz.program import ENTRY, WEIGHTS, Program

STEP = mpf(10) ** -18
STEP2 = mpf(10) ** -12  # for second differences


@dataclass
class Outcome:
    """How a run ended."""

    value: Any = None  # tuple of leaves, or None after an exception
    printed: str = ""
    error: str | None = None  # class name of the exception
    message: str = ""


class NotSmooth(Exception):
    """Runs a hair apart take different paths."""


def observe(call) -> Outcome:
    """Runs a call, keeping what it prints and raises."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            value = call()
        except (ArithmeticError, AssertionError, LookupError, ValueError, RecursionError) as error:
            return Outcome(None, out.getvalue(), type(error).__name__, str(error))
    return Outcome(leaves(value), out.getvalue())


def leaves(value) -> tuple:
    return tuple(leaf for part in value for leaf in leaves(part)) if isinstance(value, (tuple, list)) else (value,)


def cpython(program: Program, args) -> Outcome:
    entry = program.namespace()[ENTRY]
    return observe(lambda: entry(*args))


# --- the program in 60 digits -----------------------------------------------------------------------------------------


class Substitute(ast.NodeTransformer):
    """Float literals become Numbers, and `/` of two integers gives a Number."""

    def visit_Constant(self, node):
        return call("_number", node) if type(node.value) is float else node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return call("_divide", node.left, node.right) if isinstance(node.op, ast.Div) else node


def call(name, *args):
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


class Precise:
    """A program's entry in 60-digit arithmetic."""

    def __init__(self, program: Program):
        self.program = program
        tree = ast.fix_missing_locations(Substitute().visit(ast.parse(program.source)))
        self.scope = {"__name__": "fuzz", "print": lambda *a, **k: None, "float": number, "sum": total}
        self.scope |= {"_number": number, "_divide": lambda a, b: number(a) / b, "_math": MATH}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert [a.name for a in node.names] == ["math"], "the oracle substitutes math alone"
        tree.body = [n for n in tree.body if not isinstance(n, ast.Import)]
        self.scope["math"] = MATH
        exec(compile(tree, program.filename, "exec"), self.scope)

    def run(self, args, rounding=None, seed=0):
        """(leaves of the result, decisions taken)"""
        numbers.start(rounding, seed)
        value = self.scope[ENTRY](*(number(a) if isinstance(a, (float, mpf)) else a for a in args))
        return leaves(value), STATE.decisions

    def floats(self, args, **how):
        """The float results as mpf, and the path: decisions together with the integer results."""
        values, decisions = self.run(args, **how)
        kinds = self.program.result
        path = decisions + [v for v, k in zip(values, kinds) if k != "float"]
        return [number(v).value for v, k in zip(values, kinds) if k == "float"], path

    def moved(self, args, steps: dict[int, Any], path, **how):
        shifted = [mpf(a) + steps[k] if k in steps else a for k, a in enumerate(args)]
        try:
            values, taken = self.floats(shifted, **how)
        except (ArithmeticError, AssertionError, LookupError, ValueError) as error:
            raise NotSmooth from error
        if taken != path:
            raise NotSmooth
        return values

    def weighted(self, values) -> Any:
        """What the objective makes of the float results."""
        return sum((mpf(w) * v for w, v in zip(WEIGHTS, values)), mpf(0))

    def jvp(self, args, tangent: dict[int, float], **how):
        """Derivative of the objective in a direction of the float arguments."""
        _, path = self.floats(args, **how)
        up = self.moved(args, {k: STEP * t for k, t in tangent.items()}, path, **how)
        down = self.moved(args, {k: -STEP * t for k, t in tangent.items()}, path, **how)
        return (self.weighted(up) - self.weighted(down)) / (2 * STEP)

    def gradient(self, args, **how) -> list:
        """Derivative of the objective to each float argument."""
        return [self.jvp(args, {k: 1.0}, **how) for k in self.program.wrt]

    def hvp(self, args, tangent: dict[int, float], **how) -> list:
        """Derivative of the gradient in a direction."""
        _, path = self.floats(args, **how)

        def at(k, a, b):
            steps = {j: b * STEP2 * t for j, t in tangent.items()}
            steps[k] = steps.get(k, mpf(0)) + a * STEP2
            return self.weighted(self.moved(args, steps, path, **how))

        return [(at(k, 1, 1) - at(k, 1, -1) - at(k, -1, 1) + at(k, -1, -1)) / (4 * STEP2**2) for k in self.program.wrt]


def total(items, start=0):
    for item in items:
        start = start + item
    return start


__all__ = ["NotSmooth", "Number", "Outcome", "Precise", "cpython", "leaves", "observe"]
