"""A generated program: its source, the arguments to run it on, and what may be expected of it."""

import ast
import linecache
from dataclasses import dataclass, field, replace

import numpy as np

ENTRY = "main"
OBJECTIVE = "objective"  # what is differentiated: a weighted sum of the entry's float results
WEIGHTS = (1.0, 0.5, -0.75)


@dataclass(frozen=True)
class Program:
    seed: int
    source: str
    params: tuple[tuple[str, str], ...]  # (name, "float" | "int" | "bool" | "array")
    result: tuple[str, ...]  # types of the results; one entry: not a tuple
    args: tuple[tuple, ...]  # several sets of arguments; an array is a tuple of floats here
    exact: bool  # integer arithmetic, comparisons and + - * / // % alone: results are equal to the last bit
    used: frozenset[str] = field(default_factory=frozenset)  # names of the productions that made it

    @property
    def filename(self) -> str:
        return f"<fuzz {self.seed}>"

    @property
    def wrt(self) -> tuple[int, ...]:
        """Positions of the arguments that hold floats."""
        return tuple(k for k, (_, kind) in enumerate(self.params) if kind in ("float", "array"))

    @property
    def takes_derivatives(self) -> bool:
        """Whether the program itself differentiates, so that its primal is as accurate as derivatives are."""
        return "dsl." in self.source

    @property
    def differentiable(self) -> bool:
        return "float" in self.result and bool(self.wrt)

    def leaf_kinds(self, args) -> tuple[str, ...]:
        """Types of the results, then of what array arguments hold afterwards."""
        return self.result + ("float",) * sum(len(a) for a in args if isinstance(a, tuple))

    @property
    def objective(self) -> str:
        """Source of the function that is differentiated, the entry itself where its result is one float."""
        if self.result == ("float",):
            return f"{OBJECTIVE} = {ENTRY}\n"
        names = ", ".join(name for name, _ in self.params)
        floats = [k for k, kind in enumerate(self.result) if kind == "float"]
        terms = [f"result[{k}] * {w}" for k, w in zip(floats, WEIGHTS)]
        return f"def {OBJECTIVE}({names}):\n    result = {ENTRY}({names})\n    return {' + '.join(terms)}\n"

    def with_source(self, source: str) -> "Program":
        return replace(self, source=source)

    def namespace(self) -> dict:
        """The program's module after running its source as CPython does."""
        source = self.source + (f"\n{self.objective}" if self.differentiable else "")
        register(self.filename, source)
        scope: dict = {"__name__": "fuzz"}
        exec(compile(source, self.filename, "exec"), scope)
        return scope

    def standalone(self) -> str:
        """The source with calls, to paste into a file."""
        calls = "\n".join(f"print({ENTRY}({', '.join(map(shown, args))}))" for args in self.args)
        return f"# seed {self.seed}\n{self.source}\n\n{calls}\n"


def shown(argument) -> str:
    return f"np.array({list(argument)})" if isinstance(argument, tuple) else repr(argument)


def materialise(args) -> tuple:
    """Arguments for one call: fresh arrays for tuples."""
    return tuple(np.array(a) if isinstance(a, tuple) else a for a in args)


def slots(program: Program, args) -> list[tuple[int, int | None]]:
    """Every float among the arguments: (position, index in an array or None)."""
    return [(k, i) for k in program.wrt for i in (range(len(args[k])) if isinstance(args[k], tuple) else [None])]


def register(filename: str, source: str) -> None:
    """Makes the source visible to inspect and to tracebacks."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)


def normalise(source: str) -> str:
    """Source with the parentheses that Python needs and no others."""
    return ast.unparse(ast.parse(source)) + "\n"
