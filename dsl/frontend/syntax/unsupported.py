"""What the language does not have: for each kind of syntax node its name and what to write instead."""

from __future__ import annotations

import ast

from dsl.frontend.values.signals import Refused

REFUSED: dict[type, tuple[str, str]] = {
    ast.AsyncFunctionDef: ("an async function", "write a plain def"),
    ast.AsyncFor: ("async for", "write a plain for"),
    ast.AsyncWith: ("async with", "do this outside of the kernel"),
    ast.Await: ("await", "do this outside of the kernel"),
    ast.Yield: ("yield inside of an expression", "write yield as a statement"),
    ast.YieldFrom: ("yield from inside of an expression", "write yield from as a statement"),
    ast.ClassDef: ("a class inside of a kernel", "define the class at the top of the module"),
    ast.With: ("with", "do this outside of the kernel"),
    ast.Import: ("import inside of a kernel", "import at the top of the module"),
    ast.ImportFrom: ("import inside of a kernel", "import at the top of the module"),
    ast.Set: ("a set", "use a tuple or a list"),
    ast.SetComp: ("a set comprehension", "write a list comprehension"),
}
for _name, _text in {"TryStar": ("try with except*", "test the condition with if before it fails"),
                     "TypeAlias": ("a type alias inside of a kernel", "define it at the top of the module"),
                     "TemplateStr": ("a template string", "write an f-string"),
                     "Interpolation": ("a template string", "write an f-string")}.items():
    if hasattr(ast, _name):
        REFUSED[getattr(ast, _name)] = _text


def is_known(kind: type) -> bool:
    """Whether a kind of syntax node has a refusal of its own."""
    return kind in REFUSED


def of_node(node: ast.AST) -> Refused:
    """The refusal of a syntax node that has no meaning in the language."""
    text, help = REFUSED.get(type(node), (f"the syntax {type(node).__name__}", "write it another way"))
    return Refused(f"{text} is not in the language", help)
