"""What can be asked of a value that is one of several: each alternative is asked where the value is that.

Where it is None, and None has no answer, CPython's exception is raised at run time. What another alternative does not
have is refused: the others would have to be told apart first.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType

from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.alternatives import alternatives_of
from dsl.frontend.engine.branches import each
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_among, narrowed, without_none
from dsl.frontend.protocols import (
    augment,
    call,
    compare,
    contains,
    get_attribute,
    get_item,
    iterate,
    length,
    operate,
    set_attribute,
    set_item,
    text_of,
    truth,
    unary,
)
from dsl.frontend.values.iterables import Sequence
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.mutable import Instance
from dsl.frontend.values.value import FALSE, Native, Record, Scalar, Value

from .structs import find_in_class

PREDICATES = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def over(m: Interpreter, x: Value, y: Value, visit: Callable, error: str) -> Value:
    """`visit(x, y)` for the alternatives of both; a TypeError where one is None."""
    return each(m, x, lambda a: each(m, y, lambda b: visit(a, b), "TypeError", error), "TypeError", error)


@operate.of(OneOf, first=True)
def operate_alternatives(m: Interpreter, symbol: str, x: Value, y: Value) -> Value:
    name = "** or pow()" if symbol == "**" else symbol
    error = f"unsupported operand type(s) for {name}: {operand_name(x)} and {operand_name(y)}"
    return over(m, x, y, lambda a, b: operate(m, symbol, a, b), error)


@augment.of(OneOf, first=True)
def augment_alternatives(m: Interpreter, symbol: str, old: OneOf, value: Value) -> Value:
    error = f"unsupported operand type(s) for {symbol}=: {operand_name(old)} and {operand_name(value)}"
    return each(m, old, lambda a: augment(m, symbol, a, value), "TypeError", error)


@compare.of(OneOf, first=True)
def compare_alternatives(m: Interpreter, predicate: str, x: Value, y: Value) -> Value:
    visit = lambda a, b: compare(m, predicate, a, b)
    if predicate in ("eq", "ne"):
        return each(m, x, lambda a: each(m, y, lambda b: visit(a, b)))
    error = f"'{PREDICATES[predicate]}' not supported between instances of {operand_name(x)} and {operand_name(y)}"
    return over(m, x, y, visit, error)


def operand_name(value: Value) -> str:
    """What CPython would call the class of a value if it is None."""
    if isinstance(value, OneOf):
        return "'NoneType'"
    return f"'{value.dtype.kind}'" if isinstance(value, Scalar) else f"'{type(value).__name__.lower()}'"


@unary.of(OneOf)
def unary_alternatives(m: Interpreter, symbol: str, x: OneOf) -> Value:
    return each(m, x, lambda a: unary(m, symbol, a), "TypeError", f"bad operand type for unary {symbol}: 'NoneType'")


@truth.of(OneOf)
def truth_of_alternatives(m: Interpreter, value: OneOf) -> Scalar:
    """A number is looked at even where the value is another alternative: that costs less than a branch."""
    known = narrowed(m, value)
    numbers = {k: other for k, other in alternatives_of(m, known).items() if isinstance(other, Scalar)}
    if not isinstance(known, OneOf) or not numbers:
        return each(m, known, m.truth)
    result = FALSE  # beside numbers there can only be None
    for k, number in numbers.items():
        holds = scalar_ops.logical_and(m.builder, is_among(m, known, [k]), m.truth(number))
        result = scalar_ops.logical_or(m.builder, result, holds)
    return result


@contains.of(OneOf)
def alternatives_contain(m: Interpreter, item: Value, container: OneOf) -> Value:
    error = "argument of type 'NoneType' is not iterable"
    return each(m, container, lambda a: contains(m, item, a), "TypeError", error)


@get_item.of(OneOf)
def item_of_alternatives(m: Interpreter, owner: OneOf, index: Value) -> Value:
    return each(m, owner, lambda a: get_item(m, a, index), "TypeError", "'NoneType' object is not subscriptable")


@set_item.of(OneOf)
def set_item_of_alternatives(m: Interpreter, owner: OneOf, index: Value, value: Value) -> Value:
    error = "'NoneType' object does not support item assignment"
    return each(m, owner, lambda a: set_item(m, a, index, value), "TypeError", error)


@get_attribute.of(OneOf)
def attribute_of_alternatives(m: Interpreter, owner: OneOf, name: str) -> Value:
    """A method is looked up where it is called: bound to one of several objects, it would not be known which."""
    known = without_none(m, owner, "AttributeError", f"'NoneType' object has no attribute '{name}'")
    attribute = lambda one: get_attribute(m, one, name)
    if isinstance(known, OneOf) and all(is_method(one, name) for one in known.alternatives.values()):
        visit = lambda m, *given, **named: each(m, known, lambda a: call(m, attribute(a), list(given), named))
        return Native(visit, name)
    return each(m, known, attribute)


def is_method(value: Value, name: str) -> bool:
    return isinstance(value, Record | Instance) and isinstance(find_in_class(value.cls, name), FunctionType)


@set_attribute.of(OneOf)
def set_attribute_of_alternatives(m: Interpreter, owner: OneOf, name: str, value: Value) -> Value:
    error = f"'NoneType' object has no attribute '{name}'"
    return each(m, owner, lambda a: set_attribute(m, a, name, value), "AttributeError", error)


@length.of(OneOf)
def length_of_alternatives(m: Interpreter, value: OneOf) -> Value:
    return each(m, value, lambda a: length(m, a), "TypeError", "object of type 'NoneType' has no len()")


@iterate.of(OneOf)
def iterate_alternatives(m: Interpreter, value: OneOf) -> Sequence | None:
    found = without_none(m, value, "TypeError", "'NoneType' object is not iterable")
    return None if isinstance(found, OneOf) else iterate(m, found)


@text_of.of(OneOf)
def text_of_alternatives(m: Interpreter, value: OneOf) -> Value | None:
    found = narrowed(m, value)
    return None if isinstance(found, OneOf) else text_of(m, found)


@call.of(OneOf)
def call_alternatives(m: Interpreter, function: OneOf, arguments: list, keywords: dict) -> Value:
    visit = lambda a: call(m, a, arguments, keywords)
    return each(m, function, visit, "TypeError", "'NoneType' object is not callable")
