"""Calls: what each kind of function does when it is called; a function of the program is visited in place."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import types as python_types
from collections.abc import Callable

from dsl.calling.kernel_roles import role_of
from dsl.frontend.function_table import find_handler
from dsl.frontend.protocols import call, constant, construct, truth
from dsl.frontend.syntax import source
from dsl.frontend.values.frames import Frame
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import TRUE, Closure, Method, Native, Partial, Scalar, Static, Value
from dsl.passes.ir.limits import DEEPEST_CALL

from .branches import each
from .call_graph import Target, group_of
from .generators import generator
from .interpreter import Interpreter, expression
from .names import result_of
from .parameters import arguments_of, bind, python_defaults
from .raising import call_unless_raised
from .recursion_inline import call_recursive

AS_THEY_ARE = {isinstance, type, functools.partial, copy.deepcopy}  # what takes one of several values as it is
REFUSING_NONE = {abs, float, int, len, divmod, min, max, range}  # with a TypeError; beside all of `math`


@expression(ast.Call)
def visit_call(m: Interpreter, node: ast.Call) -> Value:
    function = m.evaluate(node.func)
    arguments, keywords = arguments_of(m, node)
    return call_unless_raised(m, lambda: call(m, function, arguments, keywords))


@call.of(Closure)
def call_closure(m: Interpreter, function: Closure, arguments: list, keywords: dict) -> Value:
    return inline(m, function.info, arguments, keywords, function.defaults, function.keyword_defaults or {},
                  enclosing=function.frame)


@call.of(Method)
def call_bound_method(m: Interpreter, function: Method, arguments: list, keywords: dict) -> Value:
    return call(m, function.function, [function.receiver, *arguments], keywords)


@call.of(Native)
def call_native(m: Interpreter, function: Native, arguments: list, keywords: dict) -> Value:
    return apply_native(m, function.call, function.name, arguments, keywords)


@call.of(Partial)
def call_partial(m: Interpreter, function: Partial, arguments: list, keywords: dict) -> Value:
    return call(m, function.function, [*function.arguments, *arguments], {**function.keywords, **keywords})


@call.of(Static)
def call_python_object(m: Interpreter, function: Static, arguments: list, keywords: dict) -> Value:
    return call_static(m, function.value, arguments, keywords)


@truth.of(Closure, Partial, Method, Native)
def truth_of_function(m: Interpreter, value: Value) -> Scalar:
    return TRUE


def apply_native(m: Interpreter, handler, name: str, arguments: list, keywords: dict) -> Value:
    """One of the front end's own functions; wrong arguments are the program's mistake."""
    try:
        inspect.signature(handler).bind(m, *arguments, **keywords)
    except TypeError as error:
        raise Refused(f"{name}: {error}") from None
    return handler(m, *arguments, **keywords)


def call_static(m: Interpreter, function, arguments: list, keywords: dict) -> Value:
    """A Python object that is known now."""
    handler = find_handler(function)
    if handler is not None:
        name = getattr(function, "__name__", str(function))
        if function in AS_THEY_ARE or role_of(function) is not None:
            return apply_native(m, handler, name, arguments, keywords)
        return for_each(m, function, lambda *given: apply_native(m, handler, name, *given), arguments, keywords)
    if isinstance(function, functools.partial):
        first = [constant(m, a) for a in function.args]
        named = {k: constant(m, v) for k, v in function.keywords.items()}
        return call_static(m, function.func, [*first, *arguments], {**named, **keywords})
    if isinstance(function, python_types.MethodType):
        return call_static(m, function.__func__, [constant(m, function.__self__), *arguments], keywords)
    plain = source.undecorated(function)
    if isinstance(plain, python_types.FunctionType) and not (plain.__module__ or "").startswith("numpy."):
        return inline_python(m, plain, arguments, keywords)
    if isinstance(function, type):
        return construct(m, function, arguments, keywords)
    raise uncallable(function)


def for_each(m: Interpreter, function, apply: Callable, arguments: list, keywords: dict) -> Value:
    """A call for the alternatives of arguments that are one of several values."""
    refuses_none = function in REFUSING_NONE or getattr(function, "__module__", None) == "math"
    error = ("TypeError", "must be real number, not NoneType") if refuses_none else ()
    for k, value in enumerate(arguments):
        if isinstance(value, OneOf):
            return each(m, value, lambda one, k=k: for_each(
                m, function, apply, [*arguments[:k], one, *arguments[k + 1:]], keywords), *error)
    for name, value in keywords.items():
        if isinstance(value, OneOf):
            return each(m, value, lambda one, name=name: for_each(
                m, function, apply, arguments, {**keywords, name: one}))
    return apply(arguments, keywords)


def uncallable(function) -> Refused:
    name = getattr(function, "__qualname__", None) or repr(function)
    module = getattr(function, "__module__", None)
    name = f"{module}.{name}" if module and module != "builtins" else name
    return Refused(f"a call of {name}, which the language does not have",
                   "write it in Python, or do this part outside of the kernel")


def inline_python(m: Interpreter, function, arguments: list, keywords: dict) -> Value:
    info = source.find(function)
    defaults, keyword_defaults = python_defaults(m, function)
    return inline(m, info, arguments, keywords, defaults, keyword_defaults, python=function)


def inline(m: Interpreter, info, arguments: list, keywords: dict, defaults: tuple, keyword_defaults: dict,
           python=None, enclosing=None) -> Value:
    """Visits the callee's body in a frame of its own."""
    if not isinstance(info.node, ast.FunctionDef | ast.Lambda):
        raise Refused(f"{info.name} is an async function", "write a plain def")
    if m.frame.depth >= DEEPEST_CALL:
        raise Refused(f"calls nest deeper than {DEEPEST_CALL}: {info.name} calls itself without an end that is known "
                      "at compile time", "let the recursion depend on constants, or write a loop")
    bound = bind(m, info, arguments, keywords, defaults, keyword_defaults)
    if info.first_yield is not None:
        return generator(m, info, bound, python, enclosing)
    visit = lambda: visit_body(m, info, bound, python, enclosing)
    target = Target(info, python, enclosing)
    return call_recursive(m, target, bound, visit) if group_of(m, target) else visit()


def visit_body(m: Interpreter, info, bound: dict, python, enclosing) -> Value:
    """The body of a function in a frame with its parameters."""
    caller, node = m.frame, m.node
    is_wanted = node is not m.discarded
    frame = Frame(m.store, info, python, enclosing, caller, m.builder.location, node)
    frame.arguments = bound
    for name, value in bound.items():
        frame.slots[name] = value
        frame.origins[name] = (info, info.node)
    m.frame = frame
    try:
        reached = m.execute(info.body)
    finally:
        m.frame, m.node = caller, node
    return result_of(m, frame, reached, node, is_wanted)
