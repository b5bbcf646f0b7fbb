"""Makes a failing program small: deletes statements, unwraps blocks, replaces expressions, while it still fails.

Works on Python's AST and knows nothing of the generator, so it serves every feature. A candidate counts only when
CPython runs it to an end within a budget of lines, so that deleting a counter's update cannot hang the search.
"""

import ast
import contextlib
import copy
import io
import sys
import time
from collections.abc import Callable, Iterator

from tests.fuzz.program import ENTRY, Program, materialise

LINES = 20_000  # CPython may run of a candidate


def shrink(program: Program, fails: Callable[[Program], bool], seconds: float = 60.0) -> Program:
    """The smallest program found within the time for which `fails` still holds."""
    deadline = time.monotonic() + seconds
    for args in program.args:
        single = Program(**{**program.__dict__, "args": (args,)})
        if fails(single):
            program = single
            break
    progress = True
    while progress:
        progress = False
        for source in candidates(program.source):
            if time.monotonic() > deadline:
                return program
            smaller = program.with_source(source)
            if ends(smaller) and fails(smaller):
                program, progress = smaller, True
                break
    return program


def candidates(source: str) -> Iterator[str]:
    """Smaller sources, the boldest first."""
    tree = ast.parse(source)
    seen = {source}
    for rewrite in (drop_statements, unwrap_blocks, simplify_expressions):
        for changed in rewrite(tree):
            try:
                text = ast.unparse(ast.fix_missing_locations(changed)) + "\n"
                compile(text, "<candidate>", "exec")
            except (SyntaxError, ValueError):
                continue
            if text not in seen and len(text) < len(source) + 2:
                seen.add(text)
                yield text


def bodies(tree) -> Iterator[tuple[ast.AST, str, list]]:
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block:
                yield node, field, block


def variant(tree, change: Callable[[ast.AST], None], node) -> ast.AST:
    """A copy of the tree in which the copy of the node is changed."""
    memo: dict = {}
    changed = copy.deepcopy(tree, memo)
    change(memo[id(node)])
    return changed


def drop_statements(tree) -> Iterator[ast.AST]:
    for node, field, block in list(bodies(tree)):
        size = len(block)
        while size:
            for start in range(0, len(block), size):
                dropped = block[start : start + size]
                if any(isinstance(s, ast.FunctionDef) and s.name == ENTRY for s in dropped):
                    continue
                rest = block[:start] + block[start + size :]
                if rest or field == "orelse" or not all(isinstance(s, ast.Pass) for s in block):
                    kept = [i for i in range(len(block)) if not start <= i < start + size]
                    yield variant(tree, lambda n, f=field, k=kept: keep(n, f, k), node)
            size //= 2


def keep(node, field, indices) -> None:
    block = [getattr(node, field)[i] for i in indices]
    setattr(node, field, block or ([] if field == "orelse" else [ast.Pass()]))


def unwrap_blocks(tree) -> Iterator[ast.AST]:
    for node, field, block in list(bodies(tree)):
        for index, inner in enumerate(block):
            for part in ("body", "orelse"):
                if isinstance(inner, (ast.If, ast.For, ast.While)) and getattr(inner, part):
                    yield variant(tree, lambda n, f=field, i=index, p=part: splice(n, f, i, p), node)


def splice(node, field, index, part) -> None:
    block = getattr(node, field)
    block[index : index + 1] = getattr(block[index], part)


def simplify_expressions(tree) -> Iterator[ast.AST]:
    for parent in ast.walk(tree):
        for field, old in ast.iter_fields(parent):
            if field == "func":
                continue
            for index, node in enumerate(old) if isinstance(old, list) else [(None, old)]:
                if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
                    for make in replacements(node):
                        yield variant(tree, lambda n, f=field, i=index, m=make: put(n, f, i, m), parent)


def put(parent, field, index, new) -> None:
    if index is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[index] = new


def replacements(node: ast.expr) -> Iterator[ast.expr]:
    """Parts of an expression, then constants."""
    if not isinstance(node, (ast.Constant, ast.Name)):
        for child in ast.iter_child_nodes(node):
            if child is getattr(node, "func", None):
                continue
            if isinstance(child, ast.expr) and not isinstance(child, (ast.Attribute, ast.FormattedValue)):
                yield copy.deepcopy(child)
            elif isinstance(child, ast.keyword):
                yield copy.deepcopy(child.value)
    if not isinstance(node, ast.Constant):
        for value in (1.0, 2, True, False):
            yield ast.Constant(value)


class TooLong(Exception):
    pass


def ends(program: Program) -> bool:
    """Whether CPython finishes the program on its arguments, by value or by an exception a kernel may raise."""
    try:
        entry = program.namespace()[ENTRY]
        return all(limited(entry, materialise(args)) for args in program.args)
    except Exception:
        return False


def limited(entry, args) -> bool:
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += 1
        if count > LINES:
            raise TooLong
        return trace

    sys.settrace(trace)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            entry(*args)
    except (ArithmeticError, AssertionError, IndexError, RecursionError):
        return True
    except ValueError as error:
        return "math domain" not in str(error)
    finally:
        sys.settrace(None)
    return True
