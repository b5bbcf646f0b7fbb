"""Runs a program in CPython and as a kernel, and says what differs."""

import contextlib
import random
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

import dsl
from tests.frontend.compare import things_in
from tests.fuzz.holding.dual import Dual, dual
from tests.fuzz.holding.generator import SLOTS, Generator
from tests.fuzz.interpreted import interpreting
from tests.fuzz.program import register

COUNTS = (0, 3, 2)


@dataclass
class Case:
    """A program, the seed's or a shorter one, with what makes its arguments."""

    seed: int
    source: str = ""

    def __post_init__(self):
        made = Generator(self.seed)
        whole = made.program()
        self.source, self.params, self.straight = self.source or whole, made.params, made.straight
        filename = f"<holding {self.seed} {hash(self.source)}>"
        register(filename, self.source)
        self.scope: dict[str, Any] = {"__name__": "holding"}
        exec(compile(self.source, filename, "exec"), self.scope)
        self.main = self.scope["main"]

    def arguments(self, k: int, direction: bool = False, dual: bool = False) -> tuple:
        """Fresh arguments; with `direction` a tangent of them, with `dual` both at once."""
        values, dots = random.Random(self.seed), random.Random(self.seed + 1)

        def number():
            value, dot = values.uniform(-2, 2), dots.uniform(-1, 1)
            return Dual(value, dot) if dual else dot if direction else value

        vec = lambda: self.scope["Vec"](number(), number())
        array = lambda: np.array([number() for _ in range(3)], dtype=object if dual else float)
        node = lambda: self.scope["Node"](vec(), vec(), array(), (number(), vec()), number())
        kinds = {"n": node, "list": lambda: [vec(), vec(), vec()], "dict": lambda: {"p": vec(), "q": array()},
                 "array": array, "vec": vec}  # fmt: skip
        first = (number(), 0 if direction else k)
        return (*first, *(kinds[SLOTS[name][0]]() for name in self.params[2:]))


def work(task: tuple[int, str]) -> tuple[str, str]:
    """What `check` says of a seed on one of the engines "interpret" and "cpu"."""
    seed, engine = task
    with interpreting() if engine == "interpret" else contextlib.nullcontext():
        outcome, why = check(seed)
        return outcome, shortened(seed) if outcome == "differs" else why


def check(seed: int, source: str = "") -> tuple[str, str]:
    """("equal" | "refused" | "differs" | "invalid", why) of a program; called where kernels run as they should."""
    case = Case(seed, source)
    kernel = dsl.kernel(case.main)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            case.main(*case.arguments(2))
        except (NameError, SyntaxError) as error:  # of a program that was made shorter
            return "invalid", str(error)
        try:
            for k in COUNTS:
                why = primal(case, kernel, k) or derivative(case, kernel, k)
                if why:
                    return "differs", f"k = {k}: {why}"
        except dsl.CompileError as error:
            return "refused", str(error).splitlines()[0].partition(": ")[2]
        except Exception as error:
            return "differs", f"{type(error).__name__}: {error}"
    return "equal", ""


def primal(case: Case, kernel, k: int) -> str:
    expected, found = case.arguments(k), case.arguments(k)
    before, held = things_in(expected), things_in(found)
    results = case.main(*expected), kernel(*found)
    for what, a, b in (("result", *results), ("arguments", expected, found), ("what was there", before, held)):
        if not equal(a, b):
            return f"{what}: {first_difference(a, b, '')}"
    names = names_of(expected, before), names_of(found, held)
    return f"names: CPython {names[0]}, kernel {names[1]}" if case.straight and names[0] != names[1] else ""


def derivative(case: Case, kernel, k: int) -> str:
    """Forward and reverse mode beside dual numbers."""
    expected = dual(case.main(*case.arguments(k, dual=True))).dot
    direction = case.arguments(k, direction=True)
    forward = dsl.jvp(kernel, case.arguments(k), direction)[1]
    if not near(forward, expected):
        return f"jvp: dual numbers {expected!r}, kernel {forward!r}"
    held = [j for j in range(len(direction)) if case.params[j] != "k"]
    gradient = dsl.grad(kernel, argnums=held)(*case.arguments(k))
    reverse = sum(a * b for a, b in zip(floats(gradient), floats([direction[j] for j in held]), strict=True))
    return "" if near(reverse, expected) else f"grad: dual numbers {expected!r}, kernel {reverse!r}"


def near(a: float, b: float) -> bool:
    return not np.isfinite(b) or abs(a - b) <= 1e-8 * max(1.0, abs(b))


def floats(value) -> list[float]:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list | dict):
        return [x for part in (value.values() if isinstance(value, dict) else value) for x in floats(part)]
    return [float(value)] if isinstance(value, float | int | np.number) else floats(list(vars(value).values()))


def equal(a, b) -> bool:
    """Equal to the last bit; a Python float and a NumPy one are."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and np.array_equal(a, b, equal_nan=True)
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(equal(a[k], b[k]) for k in a)
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and equal(list(vars(a).values()), list(vars(b).values()))
    return a == b or (a != a and b != b)


def first_difference(a, b, path: str) -> str:
    """Where two values differ first."""
    if hasattr(a, "__dataclass_fields__") and type(a) is type(b):
        a, b = vars(a), vars(b)
    if isinstance(a, tuple | list | np.ndarray) and len(a) == len(b):
        a, b = dict(enumerate(a)), dict(enumerate(b))
    if isinstance(a, dict) and isinstance(b, dict):
        return next(first_difference(a[k], b[k], f"{path}.{k}") for k in a if not equal(a[k], b[k]))
    return f"at {path} CPython has {a!r}, the kernel {b!r}"


def names_of(args, before: list) -> dict[str, str]:
    """For each slot the thing it holds: one that was there before, by number, or a new one, by its first slot. Tuples
    are left out, whose parts a kernel makes anew."""
    own = {id(thing): f"old {k}" for k, thing in enumerate(before)}
    found: dict[str, str] = {}

    def visit(path, value):
        if hasattr(value, "__dataclass_fields__"):
            parts = vars(value).items()
        elif isinstance(value, list | dict):
            parts = value.items() if isinstance(value, dict) else enumerate(value)
        elif isinstance(value, np.ndarray):
            parts = ()
        else:
            return
        found[path] = own.setdefault(id(value), path)
        for key, part in parts:
            visit(f"{path}.{key}", part)

    for k, value in enumerate(args):
        visit(str(k), value)
    return found


def shortened(seed: int) -> str:
    """A program that differs, without the statements that it differs without."""
    lines = Case(seed).source.splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("def main"))
    again = True
    while again:
        again = False
        for k in reversed(range(start + 1, len(lines) - 1)):
            shorter = lines[:k] + lines[k + 1 :]
            with contextlib.suppress(SyntaxError):
                if check(seed, "\n".join(shorter))[0] == "differs":
                    lines, again = shorter, True
    return "\n".join(lines[start:]) + "\n" + check(seed, "\n".join(lines))[1]
