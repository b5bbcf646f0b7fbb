"""Calls: binding arguments to parameters, and visiting the callee in place."""

from __future__ import annotations

import ast
import functools
import types as python_types
from typing import Any

from dsl.frontend.syntax import source
from dsl.frontend.values.frames import Frame
from dsl.frontend.values.iterables import static_items
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Closure, Method, Native, Partial, Static, Tuple, Value

from .interpreter import Interpreter, expression

DEEPEST_CALL = 400


@expression(ast.Call)
def visit_call(m: Interpreter, node: ast.Call) -> Value:
    function = m.evaluate(node.func)
    arguments, keywords = arguments_of(m, node)
    return call(m, function, arguments, keywords, node)


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
            from .object_dispatch import string_items

            given = string_items(m, m.evaluate(keyword.value))
        if twice := next((name for name in given if name in keywords), None):
            raise Refused(f"the keyword argument {twice} is given twice")
        keywords.update(given)
    return arguments, keywords


def closure(m: Interpreter, node, name: str) -> Closure:
    """The value of a nested def or a lambda: defaults are evaluated now."""
    info = m.frame.info.function(node, name)
    defaults = tuple(m.evaluate(d) for d in node.args.defaults)
    names = [a.arg for a in node.args.kwonlyargs]
    keyword_defaults = {n: m.evaluate(d) for n, d in zip(names, node.args.kw_defaults) if d is not None}
    return Closure(info, m.frame, defaults, keyword_defaults)


def call(m: Interpreter, function: Value, arguments: list, keywords: dict, node: ast.AST | None = None) -> Any:
    """Calls any value that can be called."""
    if isinstance(function, Closure):
        return inline(m, function.info, arguments, keywords, function.defaults, function.keyword_defaults or {},
                      enclosing=function.frame)
    if isinstance(function, Method):
        return call(m, function.function, [function.receiver, *arguments], keywords, node)
    if isinstance(function, Native):
        return apply_native(m, function.call, function.name, arguments, keywords)
    if isinstance(function, Partial):
        return call(m, function.function, [*function.arguments, *arguments], {**function.keywords, **keywords}, node)
    if isinstance(function, Static):
        return call_static(m, function.value, arguments, keywords)
    from .object_dispatch import call_object

    return call_object(m, function, arguments, keywords)


def apply_native(m: Interpreter, handler, name: str, arguments: list, keywords: dict) -> Value:
    """One of the front end's own functions; wrong arguments are the program's mistake."""
    import inspect

    try:
        inspect.signature(handler).bind(m, *arguments, **keywords)
    except TypeError as error:
        raise Refused(f"{name}: {error}") from None
    return handler(m, *arguments, **keywords)


def call_static(m: Interpreter, function, arguments: list, keywords: dict) -> Value:
    """A Python object that is known now."""
    from dsl.frontend.functions.builtins import find

    from .object_dispatch import construct, from_python

    handler = find(function)
    if handler is not None:
        return apply_native(m, handler, getattr(function, "__name__", str(function)), arguments, keywords)
    if isinstance(function, functools.partial):
        first = [from_python(m, a) for a in function.args]
        named = {k: from_python(m, v) for k, v in function.keywords.items()}
        return call_static(m, function.func, [*first, *arguments], {**named, **keywords})
    if isinstance(function, python_types.MethodType):
        return call_static(m, function.__func__, [from_python(m, function.__self__), *arguments], keywords)
    plain = undecorated(function)
    if isinstance(plain, python_types.FunctionType) and not (plain.__module__ or "").startswith("numpy."):
        return inline_python(m, plain, arguments, keywords)
    if isinstance(function, type):
        return construct(m, function, arguments, keywords)
    raise refuse_call(function)


def undecorated(function):
    """The Python function under a kernel or a functools.wraps."""
    seen = 0
    while not isinstance(function, python_types.FunctionType) and seen < 10:
        inner = getattr(function, "__wrapped__", None)
        if inner is None:
            break
        function, seen = inner, seen + 1
    return function


def refuse_call(function) -> Refused:
    name = getattr(function, "__qualname__", None) or repr(function)
    module = getattr(function, "__module__", None)
    name = f"{module}.{name}" if module and module != "builtins" else name
    return Refused(f"a call of {name}, which the language does not have",
                   "write it in Python, or do this part outside of the kernel")


def inline_python(m: Interpreter, function, arguments: list, keywords: dict) -> Value:
    info = source.find(function)
    defaults, keyword_defaults = python_defaults(m, function)
    return inline(m, info, arguments, keywords, defaults, keyword_defaults, python=function)


def python_defaults(m: Interpreter, function) -> tuple[tuple, dict]:
    from .object_dispatch import from_python

    defaults = tuple(from_python(m, d) for d in function.__defaults__ or ())
    return defaults, {k: from_python(m, v) for k, v in (function.__kwdefaults__ or {}).items()}


def defaults_of(m: Interpreter, target) -> tuple[tuple, dict]:
    """The defaults of a function that calls itself."""
    if target.python is not None:
        return python_defaults(m, target.python)
    closure = target.frame.slots.get(target.info.name)
    return (closure.defaults, closure.keyword_defaults or {}) if isinstance(closure, Closure) else ((), {})


def inline(m: Interpreter, info, arguments: list, keywords: dict, defaults: tuple, keyword_defaults: dict,
           python=None, enclosing=None) -> Value:
    """Visits the callee's body in a frame of its own."""
    from .call_graph import Target, group_of
    from .recursion_inline import call_recursive

    if not isinstance(info.node, ast.FunctionDef | ast.Lambda):
        raise Refused(f"{info.name} is an async function", "write a plain def")
    if m.frame.depth >= DEEPEST_CALL:
        raise Refused(f"calls nest deeper than {DEEPEST_CALL}: {info.name} calls itself without an end that is known "
                      "at compile time", "let the recursion depend on constants, or write a loop")
    bound = bind(m, info, arguments, keywords, defaults, keyword_defaults)
    visit = lambda: visit_body(m, info, bound, python, enclosing)
    target = Target(info, python, enclosing)
    return call_recursive(m, target, bound, visit) if group_of(m, target) else visit()


def visit_body(m: Interpreter, info, bound: dict, python, enclosing) -> Value:
    """The body of a function in a frame with its parameters."""
    from .statements import result_of

    caller, node = m.frame, m.node
    is_wanted = node is not m.discarded
    frame = Frame(m.store, info, python, enclosing, caller, m.builder.location, node)
    frame.arguments = bound
    for name, value in bound.items():
        frame.slots[name] = value
        frame.origins[name] = (info, info.node)
    m.frame = frame
    try:
        refuse_generator(m, info)
        reached = m.execute(info.body)
    finally:
        m.frame, m.node = caller, node
    return result_of(m, frame, reached, node, is_wanted)


def refuse_generator(m: Interpreter, info) -> None:
    if info.first_yield is not None:
        raise m.error(f"{info.name} is a generator function", "return a tuple or a list", node=info.first_yield)


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
        from .object_dispatch import new_dict

        bound[a.kwarg.arg] = new_dict(m, keywords)
    return bound


Interpreter.call = call
