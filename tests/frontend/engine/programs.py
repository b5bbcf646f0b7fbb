"""Functions made from text, for programs that a loop writes: nests of any depth."""

import hashlib
import linecache


def function(source: str):
    """The function that a text defines, with source that can be looked up."""
    name = source.partition("def ")[2].partition("(")[0]
    filename = f"<{name} {hashlib.sha1(source.encode()).hexdigest()}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    scope: dict = {"__name__": "programs"}
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
