"""From a Python function to its syntax tree, with positions of the file it stands in.

Whole files are parsed, once, and the function is found by its first line, so that every position is the file's own
and no dedent has to be undone. Only where a file does not parse as a whole is the function's own text taken.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import textwrap
import types
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

from dsl.calling import reads
from dsl.calling.bounded_cache import BoundedCache
from dsl.passes.ir.diagnostics import CompileError, Place
from dsl.passes.ir.limits import CACHED_FILES, CACHED_FUNCTIONS, MOST_WRAPPERS

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(eq=False)
class FunctionInfo:
    """A function's syntax and what can be read off it: which names are its own, which it rebinds elsewhere."""

    node: ast.AST
    name: str
    filename: str
    lines: list[str]
    line_offset: int = 0
    column_offset: int = 0
    nested: dict = field(default_factory=dict)

    def place(self, node: ast.AST) -> Place:
        """Where a node stands in the file, in characters."""
        line, column = node.lineno, node.col_offset
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        column = len(text.encode()[:column].decode(errors="ignore"))
        return Place(self.filename, line + self.line_offset, column + self.column_offset + 1)

    @cached_property
    def body(self) -> list[ast.stmt]:
        node = self.node
        return node.body if isinstance(node, ast.FunctionDef) else [ast.Return(value=node.body, lineno=node.lineno,
                                                                               col_offset=node.col_offset)]

    @cached_property
    def declared(self) -> dict[str, str]:
        """Names declared `nonlocal` or `global` here."""
        found = {}
        for node in own_nodes(self.node):
            if isinstance(node, ast.Nonlocal | ast.Global):
                found.update(dict.fromkeys(node.names, "nonlocal" if isinstance(node, ast.Nonlocal) else "global"))
        return found

    @cached_property
    def locals(self) -> frozenset[str]:
        """The names this function binds."""
        return frozenset((bound_names(self.node) | set(argument_names(self.node))) - set(self.declared))

    @cached_property
    def first_yield(self) -> ast.AST | None:
        """What makes this a generator function, if it is one."""
        return next((n for n in own_nodes(self.node) if isinstance(n, ast.Yield | ast.YieldFrom)), None)

    @cached_property
    def rebound_by_nested(self) -> frozenset[str]:
        """Names that functions inside of this one declare `nonlocal`."""
        found = set()
        for node in ast.walk(self.node):
            if isinstance(node, ast.Nonlocal):
                found.update(node.names)
        return frozenset(found)

    @cached_property
    def loads(self) -> dict[str, int]:
        return count_loads(self.node)

    def function(self, node: ast.AST, name: str) -> FunctionInfo:
        """The information on a function that is defined inside this one."""
        if node not in self.nested:
            made = FunctionInfo(node, name, self.filename, self.lines, self.line_offset, self.column_offset)
            return self.nested.setdefault(node, made)  # another thread may have made one
        return self.nested[node]

    def assigned_in(self, node: ast.AST) -> frozenset[str]:
        """Names that a statement inside this function binds, its own loop variable included."""
        cache = self.__dict__.setdefault("_assigned", {})
        if node not in cache:
            cache[node] = frozenset(bound_names(node, scope=False))
        return cache[node]

    def loaded_outside(self, name: str, node: ast.AST) -> bool:
        """Whether the function reads `name` anywhere but inside the statement `node`.

        Of a loop that is its body and condition: its `else` comes afterwards, and what it goes over before.
        """
        cache = self.__dict__.setdefault("_loaded", {})
        if node not in cache:
            cache[node] = count_loads(*loop_parts(node))
        return self.loads.get(name, 0) > cache[node].get(name, 0)


def argument_names(node: ast.AST) -> list[str]:
    if not hasattr(node, "args"):
        return []
    a = node.args
    extra = [arg for arg in (a.vararg, a.kwarg) if arg is not None]
    return [arg.arg for arg in [*a.posonlyargs, *a.args, *a.kwonlyargs, *extra]]


def own_nodes(node: ast.AST, scope: bool = True):
    """Nodes below `node` that belong to the same function; of a nested function only what is evaluated here."""
    below: Any = node.body if scope and isinstance(node, ast.FunctionDef) else ast.iter_child_nodes(node)
    stack: list[ast.AST] = [below] if isinstance(below, ast.AST) else list(below)
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            defaults = [d for d in [*current.args.defaults, *current.args.kw_defaults] if d is not None]
            stack.extend([*defaults, *getattr(current, "decorator_list", [])])
        elif isinstance(current, ast.ClassDef):
            continue
        else:
            stack.extend(ast.iter_child_nodes(current))


def bound_names(node: ast.AST, scope: bool = True) -> set[str]:
    """Names bound in a function's body (or in one statement of it); a comprehension's own variables are not."""
    if scope and isinstance(node, COMPREHENSIONS):
        return {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
    nodes = [*own_nodes(node, scope), *([] if scope else [node])]
    hidden = {id(n) for c in nodes if isinstance(c, COMPREHENSIONS) for g in c.generators for n in ast.walk(g.target)}
    found = set()
    for current in nodes:
        if isinstance(current, ast.Name):
            if not isinstance(current.ctx, ast.Load) and id(current) not in hidden:
                found.add(current.id)
        elif isinstance(current, ast.FunctionDef | ast.ClassDef | ast.MatchAs | ast.MatchStar | ast.ExceptHandler):
            found.add(current.name)
        elif isinstance(current, ast.MatchMapping):
            found.add(current.rest)
    return found - {None}


def loop_parts(node: ast.AST) -> list:
    """What of a statement runs again and again, if it is a loop; else the statement."""
    if isinstance(node, ast.While):
        return [node.test, *node.body]
    return node.body if isinstance(node, ast.For) else [node]


def count_loads(*nodes: ast.AST) -> dict[str, int]:
    found: dict[str, int] = {}
    for current in (inner for node in nodes for inner in ast.walk(node)):
        names = []
        if isinstance(current, ast.Name) and isinstance(current.ctx, ast.Load):
            names = [current.id]
        elif isinstance(current, ast.AugAssign) and isinstance(current.target, ast.Name):
            names = [current.target.id]
        elif isinstance(current, ast.Nonlocal):
            names = current.names
        for name in names:
            found[name] = found.get(name, 0) + 1
    return found


# Syntax trees by file, with the lines they were made from, and functions by their code. A tree is made again where the
# lines differ, so that a file that has changed is read again.
_files: BoundedCache[tuple] = BoundedCache(CACHED_FILES)
_functions: BoundedCache[FunctionInfo] = BoundedCache(CACHED_FUNCTIONS)


def undecorated(function):
    """The Python function under a kernel or a functools.wraps."""
    seen = 0
    while not isinstance(function, types.FunctionType) and seen < MOST_WRAPPERS:
        inner = getattr(function, "__wrapped__", None)
        if inner is None:
            break
        function, seen = inner, seen + 1
    return function


def find(function) -> FunctionInfo:
    """The syntax of a Python function; raises CompileError where there is no source."""
    code = function.__code__
    key = (code, code.co_filename)  # equal text in two files makes equal code
    info = _functions.get_or_make(key, lambda: _in_file(function) or _in_own_text(function) or _no_source(function))
    reads.note_source(function, info.lines, whole=not (info.line_offset or info.column_offset))
    return info


def _no_source(function) -> NoReturn:
    where = function.__code__.co_filename
    raise CompileError(
        f"the source of {function.__qualname__} is not available (it was defined in {where})",
        help="define the function in a file or a notebook cell; for text run by exec, enter it in linecache.cache",
    )


def _in_file(function) -> FunctionInfo | None:
    code = function.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        return None
    cached = _files.get(code.co_filename)
    if cached is None or cached[0] != lines:
        try:
            tree = _parsed("".join(lines))
        except (SyntaxError, ValueError):
            return None
        by_line: dict[int, list] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                by_line.setdefault(first_line(node), []).append(node)
        cached = (lines, by_line)
        _files.put(code.co_filename, cached)
    node = _choose(cached[1].get(code.co_firstlineno, []), code)
    return node and FunctionInfo(node, function.__name__, code.co_filename, lines)


def _parsed(text: str) -> ast.AST:
    """The syntax tree of a text as CPython runs it: without assertions under -O."""
    tree = ast.parse(text)
    return _WithoutAssertions().visit(tree) if sys.flags.optimize else tree


class _WithoutAssertions(ast.NodeTransformer):
    def visit_Assert(self, node: ast.Assert) -> ast.Pass:
        return ast.copy_location(ast.Pass(), node)


def first_line(node: ast.AST) -> int:
    decorators = getattr(node, "decorator_list", [])
    return decorators[0].lineno if decorators else node.lineno


def _choose(nodes: list, code) -> ast.AST | None:
    """Of the functions that begin on a line, the one this code object was compiled from."""
    named = [n for n in nodes if getattr(n, "name", "<lambda>") == code.co_name]
    starred = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + starred]
    named = [n for n in named if argument_names(n) == list(arguments)] or named
    if len(named) <= 1:
        return named[0] if named else None
    # Of functions within functions the innermost that holds all of the code: it begins last.
    named.sort(key=lambda n: (n.lineno, n.col_offset), reverse=True)
    positions = [p for p in code.co_positions() if p[2] is not None and p[0] is not None]
    first, last = min((p[0], p[2]) for p in positions if p[2] or p[3]), max((p[1], p[3]) for p in positions)
    for node in named:
        body = node.body if isinstance(node, ast.Lambda) else node
        if (body.lineno, body.col_offset) <= first and last <= (body.end_lineno, body.end_col_offset):
            return node
    return named[0]


def _in_own_text(function) -> FunctionInfo | None:
    """For files that do not parse as a whole, such as a notebook cell with magics."""
    try:
        lines, start = inspect.getsourcelines(function)
    except (OSError, TypeError, IndexError, SyntaxError):
        return None
    text = textwrap.dedent("".join(lines))
    try:
        tree = _parsed(text)
    except SyntaxError:
        return None
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    node = _choose(nodes, function.__code__) if nodes else None
    indent = len(lines[0]) - len(text.splitlines(True)[0])
    return node and FunctionInfo(node, function.__name__, function.__code__.co_filename, text.splitlines(True),
                                 start - 1, indent)
