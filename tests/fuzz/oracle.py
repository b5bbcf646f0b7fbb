"""What a program should give: CPython's result, and derivatives from differences in 60-digit arithmetic.

The program's own source runs with Numbers in place of floats, so no derivative rule is involved: central differences
with a step of 1e-18 are good to more than 30 digits wherever the function is smooth, and where two runs decide
differently it is not smooth and no derivative is compared.
"""

import ast
import contextlib
import io
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from mpmath import mpf

from tests.fuzz import number as numbers
from tests.fuzz.differences import EXPECTED, NotSmooth
from tests.fuzz.number import STATE, Number, number
from tests.fuzz.program import ENTRY, WEIGHTS, Program, materialise, slots
from tests.fuzz.shims import BUILTINS, MODULES, precisely

STEP = mpf(10) ** -18
STEP2 = mpf(10) ** -12  # for second differences


@dataclass
class Outcome:
    """How a run ended."""

    value: Any = None  # tuple of leaves, or None after an exception
    printed: str = ""
    error: str | None = None  # class name of the exception
    message: str = ""


def observe(call, *args) -> Outcome:
    """Runs a call, keeping what it returns, prints and raises, and what it leaves in array arguments."""
    with contextlib.redirect_stdout(io.StringIO()) as out, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = call(*args)
        except EXPECTED as error:
            return Outcome(None, out.getvalue(), type(error).__name__, str(error))
    return Outcome(leaves(value) + changed(args), out.getvalue())


def changed(args) -> tuple:
    return tuple(leaf for a in args if isinstance(a, np.ndarray) for leaf in leaves(a))


def leaves(value) -> tuple:
    if isinstance(value, (tuple, list)):
        return tuple(leaf for part in value for leaf in leaves(part))
    if isinstance(value, np.ndarray):
        return leaves(value.tolist())
    return (value.item(),) if isinstance(value, np.generic) else (value,)


@lru_cache(8)
def entry(program: Program):
    return program.namespace()[ENTRY]


def cpython(program: Program, args) -> Outcome:
    return observe(entry(program), *materialise(args))


def reference(program: Program, args) -> Outcome:
    """CPython's outcome; of a program that takes derivatives, which CPython cannot, that of 60 digits, where nothing is
    printed. Raises NotSmooth where there is no derivative to take."""
    if not program.takes_derivatives:
        return cpython(program, args)
    outcome = observe(lambda: precise(program).run(args)[0])
    if outcome.value is not None:
        outcome.value = tuple(float(v) if isinstance(v, Number) else v for v in outcome.value)
    return outcome


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


def substituted(tree: ast.Module, name: str) -> dict:
    """The namespace of a module that is executed with the substitutes."""
    scope: dict = {"__name__": name, **BUILTINS}
    kept = []
    for node in tree.body:
        if isinstance(node, ast.Import) and all(a.name in MODULES for a in node.names):
            scope |= {a.asname or a.name: MODULES[a.name] for a in node.names}
        else:
            kept.append(node)
    tree.body = kept
    exec(compile(ast.fix_missing_locations(Substitute().visit(tree)), f"<precise {name}>", "exec"), scope)
    return scope


class Precise:
    """A program's entry in 60-digit arithmetic."""

    def __init__(self, program: Program):
        self.program = program
        self.scope = substituted(ast.parse(program.source), f"fuzz {program.seed}")
        self.has_arrays = "np." in program.source or any(kind == "array" for _, kind in program.params)

    def run(self, args, rounding=None, seed=0, steps=None):
        """(leaves of the result and of array arguments, decisions taken); steps: {slot: change of that float}"""
        numbers.start(rounding, seed)
        STATE.has_arrays = self.has_arrays
        given = [precisely(a) for a in materialise(args)]
        for (k, i), step in (steps or {}).items():
            if i is None:
                given[k] = Number(given[k].value + step)
            else:
                given[k][i] = Number(given[k][i].value + step)
        value = self.scope[ENTRY](*given)
        return leaves(value) + changed(given), STATE.decisions

    def floats(self, args, **how):
        """The float results as mpf, and the path: decisions together with the integer results."""
        values, decisions = self.run(args, **how)
        kinds = self.program.leaf_kinds(args)
        path = decisions + [v for v, k in zip(values, kinds) if k != "float"]
        return [number(v).value for v, k in zip(values, kinds) if k == "float"], path

    def moved(self, args, steps, path, **how):
        try:
            values, taken = self.floats(args, steps=steps, **how)
        except EXPECTED as error:
            raise NotSmooth from error
        if taken != path:
            raise NotSmooth
        return self.weighted(values)

    def weighted(self, values) -> Any:
        """What the objective makes of the float results."""
        count = self.program.result.count("float")
        return sum((mpf(w) * v for w, v in zip(WEIGHTS[:count], values)), mpf(0))

    def jvp(self, args, tangent: dict, **how):
        """Derivative of the objective in a direction of the float arguments."""
        _, path = self.floats(args, **how)
        up = self.moved(args, {s: STEP * t for s, t in tangent.items()}, path, **how)
        down = self.moved(args, {s: -STEP * t for s, t in tangent.items()}, path, **how)
        return (up - down) / (2 * STEP)

    def gradient(self, args, **how) -> list:
        """Derivative of the objective to each float of the arguments."""
        return [self.jvp(args, {slot: 1.0}, **how) for slot in slots(self.program, args)]

    def hvp(self, args, tangent: dict, **how) -> list:
        """Derivative of the gradient in a direction."""
        _, path = self.floats(args, **how)

        def at(slot, a, b):
            steps = {s: b * STEP2 * t for s, t in tangent.items()}
            steps[slot] = steps.get(slot, mpf(0)) + a * STEP2
            return self.moved(args, steps, path, **how)

        def second(slot):
            return at(slot, 1, 1) - at(slot, 1, -1) - at(slot, -1, 1) + at(slot, -1, -1)

        return [second(slot) / (4 * STEP2**2) for slot in slots(self.program, args)]


@lru_cache(8)
def precise(program: Program) -> Precise:
    return Precise(program)
