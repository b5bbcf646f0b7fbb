"""The arguments of a call, and the parameters that they are bound to by Python's rules."""

from __future__ import annotations

import ast

from dsl.frontend.protocols import constant, static_items
from dsl.frontend.values.mutable import Dict
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Closure, Tuple, Value

from .interpreter import Interpreter


def arguments_of(m: Interpreter, node: ast.Call) -> tuple[list, dict]:
    """The values of a call's arguments, stars spread out."""
    arguments: list[Value] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            arguments.extend(static_items(m, m.evaluate(argument.value), "a starred argument"))
        else:
            arguments.append(m.evaluate(argument))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        if keyword.arg is not None:
            given = {keyword.arg: m.evaluate(keyword.value)}
        else:
            given = string_items(m, m.evaluate(keyword.value))
        if twice := next((name for name in given if name in keywords), None):
            raise Refused(f"the keyword argument {twice} is given twice")
        keywords.update(given)
    return arguments, keywords


def string_items(m: Interpreter, value: Value) -> dict:
    """The entries of a dict given with `**`."""
    if not isinstance(value, Dict):
        raise Refused(f"** needs a dict, found {value.describe()}")
    return dict(value.entries(m))


def python_defaults(m: Interpreter, function) -> tuple[tuple, dict]:
    defaults = tuple(constant(m, d) for d in function.__defaults__ or ())
    return defaults, {k: constant(m, v) for k, v in (function.__kwdefaults__ or {}).items()}


def defaults_of(m: Interpreter, target) -> tuple[tuple, dict]:
    """The defaults of a function that calls itself."""
    if target.python is not None:
        return python_defaults(m, target.python)
    closure = target.frame.slots.get(target.info.name)
    return (closure.defaults, closure.keyword_defaults or {}) if isinstance(closure, Closure) else ((), {})


def bind(m: Interpreter, info, arguments: list, keywords: dict, defaults: tuple, keyword_defaults: dict) -> dict:
    """Parameters to values, by Python's rules."""
    a = info.node.args
    names = [p.arg for p in [*a.posonlyargs, *a.args]]
    bound = dict(zip(names, arguments))
    extra, keywords = arguments[len(names):], dict(keywords)
    if extra and a.vararg is None:
        raise Refused(f"{info.name}() takes {len(names)} positional arguments but {len(arguments)} were given")
    for name in [p.arg for p in [*a.args, *a.kwonlyargs]]:
        if name in keywords:
            if name in bound:
                raise Refused(f"{info.name}() got multiple values for argument '{name}'")
            bound[name] = keywords.pop(name)
    fallback = {**dict(zip(names[len(names) - len(defaults):], defaults)), **keyword_defaults}
    for name in [*names, *[p.arg for p in a.kwonlyargs]]:
        if name not in bound:
            if name not in fallback:
                raise Refused(f"{info.name}() is missing the argument '{name}'")
            bound[name] = fallback[name]
    if keywords and a.kwarg is None:
        raise Refused(f"{info.name}() got an unexpected keyword argument '{next(iter(keywords))}'")
    if a.vararg is not None:
        bound[a.vararg.arg] = Tuple(tuple(extra))
    if a.kwarg is not None:
        bound[a.kwarg.arg] = Dict(m.store, keywords)
    return bound
