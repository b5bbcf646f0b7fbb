"""Functions made from text, for nests of loops of any depth, and how often their bodies are visited."""

import contextlib
import hashlib
import linecache
from collections import Counter

from dsl.frontend.engine import loop_statements
from dsl.frontend.lower import lower


def function(source: str, **names):
    """The function that a text defines, with source that can be looked up; `names` are those of its module."""
    name = source.partition("def ")[2].partition("(")[0]
    filename = f"<{name} {hashlib.sha1(source.encode()).hexdigest()}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    scope: dict = {"__name__": "programs", **names}
    exec(compile(source, filename, "exec"), scope)
    return scope[name]


def nest(depth: int, header: str, body: str, before: str = "", returned: str = "", loop: str = "for") -> str:
    """A function of `header` with `body` inside of `depth` loops, each of two iterations."""
    lines = [f"def {header}:", *indented(before, 1)]
    for k in range(depth):
        if loop == "for":
            lines += indented(f"for i{k} in range(2):", k + 1)
        else:
            lines += indented(f"i{k} = 0\nwhile i{k} < 2:\n    i{k} += 1", k + 1)
    return "\n".join([*lines, *indented(body, depth + 1), *indented(f"return {returned}", 1)]) + "\n"


def indented(text: str, depth: int) -> list[str]:
    return [f"{'    ' * depth}{line}" for line in text.splitlines()]


@contextlib.contextmanager
def counting():
    """Inside, counts how often each loop's body is visited: {loop node: visits}."""
    visits: Counter = Counter()
    before = loop_statements.run_body

    def run_body(m, loop, *rest):
        visits[loop.node] += 1
        return before(m, loop, *rest)

    loop_statements.run_body = run_body
    try:
        yield visits
    finally:
        loop_statements.run_body = before


def most_visits(function, *args) -> int:
    """How often the body that is visited most often is visited while the function is lowered."""
    with counting() as visits:
        lower(function, args)
    return max(visits.values())
