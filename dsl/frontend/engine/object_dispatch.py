"""Values that are not numbers: Python objects known now, tuples, lists, dicts, instances, arrays."""

from __future__ import annotations

import ast
import types as python_types

import numpy as np

from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import from_number
from dsl.frontend.values.mutable import Dict, List, Mutable
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import (
    Closure,
    Method,
    Native,
    Partial,
    Range,
    Scalar,
    Static,
    Text,
    Tuple,
    Value,
    weak,
)

from .interpreter import Interpreter

SYMBOL_OF_UNARY = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}


def from_python(m: Interpreter, value) -> Value:
    """A Python object that is known at compile time, as a value; mutable ones cannot be changed."""
    if isinstance(value, bool | int | float | complex | np.generic) and not isinstance(value, np.dtype):
        return from_number(value)
    if type(value) is tuple:
        return Tuple(tuple(from_python(m, item) for item in value))
    if isinstance(value, list | dict) and type(value) in (list, dict):
        return constant_heap(m, value)
    if isinstance(value, range):
        return Range(weak(value.start), weak(value.stop), weak(value.step))
    if isinstance(value, np.ndarray):
        from dsl.frontend.kinds.array_creation import array_of_python

        return array_of_python(m, value)
    from dsl.frontend.kinds.structs import struct_from_python

    found = struct_from_python(m, value)
    return Static(value) if found is None else found


def constant_heap(m: Interpreter, value) -> Mutable:
    key = id(value)
    if key not in m.converted:
        if isinstance(value, list):
            made: Mutable = List(m.store, [from_python(m, item) for item in value])
        else:
            made = Dict(m.store, {k: from_python(m, v) for k, v in value.items()})
        made.constant, made.epoch = True, 0
        m.converted[key] = (made, value)
    return m.converted[key][0]


def truth(m: Interpreter, value: Value) -> Scalar:
    """`bool(value)`."""
    if isinstance(value, Tuple):
        return weak(bool(value.items))
    if isinstance(value, Range):
        from dsl.frontend.values.iterables import range_length

        return scalar_ops.truth(m.builder, range_length(m, value))
    if isinstance(value, List):
        return weak(bool(value.items(m)))
    if isinstance(value, Dict):
        return weak(bool(value.entries(m)))
    if isinstance(value, Closure | Partial | Method | Native):
        return weak(True)
    from dsl.frontend.kinds.structs import truth_of_struct

    found = truth_of_struct(m, value)
    return scalar_ops.truth(m.builder, value) if found is None else found


def new_list(m: Interpreter, items) -> Value:
    return List(m.store, items)


def new_dict(m: Interpreter, entries: dict | None = None) -> Dict:
    return Dict(m.store, entries)


def update_dict(m: Interpreter, target: Dict, other: Value) -> None:
    if not isinstance(other, Dict):
        raise Refused(f"** needs a dict, found {other.describe()}")
    for key, value in other.entries(m).items():
        target.store(m, key, value)


def string_items(m: Interpreter, value: Value) -> dict:
    """The entries of a dict given with `**`."""
    if not isinstance(value, Dict):
        raise Refused(f"** needs a dict, found {value.describe()}")
    return dict(value.entries(m))


def sequence_of_object(m: Interpreter, value: Value):
    from dsl.frontend.values.iterables import of_items, of_live

    if isinstance(value, List):
        return of_live(m, lambda m: list(value.items(m)))
    if isinstance(value, Dict):
        return of_live(m, lambda m: [from_python(m, key) for key in value.entries(m)])
    if isinstance(value, Static) and isinstance(value.value, str | range):
        return of_items([from_python(m, item) for item in value.value])
    from dsl.frontend.kinds.ndarray import sequence_of_array
    from dsl.frontend.kinds.structs import call_method

    found = call_method(m, value, "__iter__", [])
    if found is not None:
        from dsl.frontend.values.iterables import as_sequence

        return as_sequence(m, found)
    return sequence_of_array(m, value)


def text_of_object(m: Interpreter, value: Value) -> Value:
    """`str(value)` of a tuple, list or dict."""
    from dsl.frontend.kinds.text import formatted, join

    if isinstance(value, Dict):
        entries = value.entries(m)
        parts = [[Static(f"{key!r}: "), formatted(m, v, "!r")] for key, v in entries.items()]
        return join([Static("{"), *separated(parts), Static("}")])
    items = list(value.items) if isinstance(value, Tuple) else value.items(m) if isinstance(value, List) else None
    if items is None:
        raise Refused(f"cannot print {value.describe()}", "print its numbers one by one")
    is_tuple = isinstance(value, Tuple)
    closing = ",)" if is_tuple and len(items) == 1 else ")" if is_tuple else "]"
    parts = [[formatted(m, item, "!r")] for item in items]
    return join([Static("(" if is_tuple else "["), *separated(parts), Static(closing)])


def separated(parts: list[list[Value]]) -> list[Value]:
    result: list[Value] = []
    for k, part in enumerate(parts):
        result += [Static(", "), *part] if k else part
    return result


# attributes


def get_attribute(m: Interpreter, owner: Value, name: str) -> Value:
    if isinstance(owner, Static):
        return attribute_of_python(m, owner.value, name)
    from dsl.frontend.kinds.container_methods import find_method

    method = find_method(m, owner, name)
    if method is not None:
        return method
    from dsl.frontend.functions.numpy_functions import attribute_of_array, attribute_of_number
    from dsl.frontend.kinds.structs import attribute_of_struct

    if isinstance(owner, Scalar):
        found = attribute_of_number(owner, name)
    else:
        found = attribute_of_array(m, owner, name) or attribute_of_struct(m, owner, name)
    if found is None:
        raise Refused(f"{owner.describe()} has no attribute {name!r} in the language")
    return found


def attribute_of_python(m: Interpreter, owner, name: str) -> Value:
    try:
        found = getattr(owner, name)
    except AttributeError as error:
        raise Refused(str(error)) from None
    m.store.guards.note(owner, name, found)
    if isinstance(found, python_types.MethodType) and not isinstance(found.__self__, type):
        return Method(Static(found.__func__), from_python(m, found.__self__))
    return from_python(m, found)


def set_attribute(m: Interpreter, owner: Value, name: str, value: Value) -> None:
    from dsl.frontend.kinds.structs import set_attribute_of_struct

    if isinstance(owner, Static):
        raise Refused(f"assignment to the attribute {name} of {owner.describe()}, which lives outside of the kernel",
                      "return the value, or keep it in an argument")
    set_attribute_of_struct(m, owner, name, value)


# operators


def augmented(m: Interpreter, symbol: str, old: Value, value: Value) -> Value:
    """`old symbol= value`: in place for what is mutable."""
    from dsl.frontend.functions.numpy_arithmetic import augment_array
    from dsl.frontend.kinds.structs import augment_struct

    from .operator_dispatch import operate

    if isinstance(old, List) and symbol == "+":
        from dsl.frontend.values.iterables import static_items

        old.store(m, [*old.items(m), *static_items(m, value, "+=")])
        return old
    found = augment_struct(m, symbol, old, value)
    found = augment_array(m, symbol, old, value) if found is None else found
    return operate(m, symbol, old, value) if found is None else found


def operate_objects(m: Interpreter, symbol: str, x: Value, y: Value) -> Value:
    from dsl.frontend.functions.numpy_arithmetic import operate_arrays
    from dsl.frontend.kinds.structs import operate_structs

    for handler in (operate_sequences, operate_structs, operate_arrays):
        found = handler(m, symbol, x, y)
        if found is not None:
            return found
    if isinstance(x, Static) and isinstance(y, Static | Scalar) and isinstance(x.value, str):
        raise Refused(f"the operator {symbol} on strings", "use an f-string")
    raise Refused(f"unsupported operands of {symbol}: {x.describe()} and {y.describe()}")


def operate_sequences(m: Interpreter, symbol: str, x: Value, y: Value) -> Value | None:
    """Concatenation and repetition of tuples and lists."""
    if symbol == "+" and isinstance(x, Tuple) and isinstance(y, Tuple):
        return Tuple((*x.items, *y.items))
    if symbol == "+" and isinstance(x, List) and isinstance(y, List):
        return List(m.store, (*x.items(m), *y.items(m)))
    if symbol == "*":
        sequence, count = (y, x) if isinstance(x, Scalar) else (x, y)
        if isinstance(sequence, Tuple | List) and isinstance(count, Scalar):
            if count.dtype.kind == "float" and not count.weak:
                return None  # NumPy makes an array of the sequence
            if count.dtype.kind == "float":
                m.raise_now("TypeError", "can't multiply sequence by non-int of type 'float'")
            if not count.is_constant:
                raise Refused(f"{sequence.describe()} repeated a number of times that is not known at compile time",
                              "make an array with np.zeros or np.full")
            items = sequence.items if isinstance(sequence, Tuple) else sequence.items(m)
            repeated = items * max(0, int(count.constant))
            return Tuple(repeated) if isinstance(sequence, Tuple) else List(m.store, repeated)
    return None


def unary_objects(m: Interpreter, op: ast.unaryop, x: Value) -> Value:
    from dsl.frontend.functions.numpy_arithmetic import unary_array
    from dsl.frontend.kinds.structs import unary_struct

    for handler in (unary_struct, unary_array):
        found = handler(m, SYMBOL_OF_UNARY[type(op)], x)
        if found is not None:
            return found
    raise Refused(f"unary {SYMBOL_OF_UNARY[type(op)]} of {x.describe()}")


def contains(m: Interpreter, x: Value, container: Value) -> Scalar:
    """`x in container`."""
    from dsl.frontend.values.iterables import static_items

    from .operator_dispatch import compare

    if isinstance(container, Static) and isinstance(x, Static):
        return weak(x.value in container.value)
    if isinstance(container, Dict):
        from dsl.frontend.kinds.containers import known_key

        return weak(known_key(x) in container.entries(m))
    result = scalar_ops.FALSE
    for item in static_items(m, container, "in"):
        result = scalar_ops.logical_or(m.builder, result, m.truth(compare(m, ast.Eq(), x, item)))
    return result


def compare_objects(m: Interpreter, predicate: str, x: Value, y: Value) -> Value:
    from dsl.frontend.functions.numpy_arithmetic import compare_arrays
    from dsl.frontend.kinds.structs import compare_structs

    for handler in (compare_structs, compare_arrays):
        found = handler(m, predicate, x, y)
        if found is not None:
            return found
    if isinstance(x, Static) and isinstance(y, Static):
        return weak(scalar_ops.COMPARISONS[predicate](x.value, y.value))
    if type(x) is type(y) and isinstance(x, Tuple | List):
        items = [v.items if isinstance(v, Tuple) else v.items(m) for v in (x, y)]
        return compare_items(m, predicate, list(items[0]), list(items[1]))
    if predicate in ("eq", "ne") and type(x) is not type(y) and not isinstance(x, Text) and not isinstance(y, Text):
        return weak(predicate == "ne")
    raise Refused(f"{scalar_ops.SYMBOLS[predicate]} of {x.describe()} and {y.describe()}")


def compare_items(m: Interpreter, predicate: str, xs: list, ys: list) -> Scalar:
    """Lexicographic comparison: the first items that differ decide."""
    from .operator_dispatch import compare

    b = m.builder
    if predicate in ("eq", "ne"):
        equal = weak(len(xs) == len(ys))
        for x, y in zip(xs, ys) if equal.constant else ():
            equal = scalar_ops.logical_and(b, equal, m.truth(compare(m, ast.Eq(), x, y)))
        return equal if predicate == "eq" else scalar_ops.logical_not(b, equal)
    strict = {"lt": ast.Lt(), "le": ast.Lt(), "gt": ast.Gt(), "ge": ast.Gt()}[predicate]
    result = weak(scalar_ops.COMPARISONS[predicate](len(xs), len(ys)))
    for x, y in reversed(list(zip(xs, ys))):
        same = m.truth(compare(m, ast.Eq(), x, y))
        decided = m.truth(compare(m, strict, x, y))
        result = scalar_ops.logical_or(b, scalar_ops.logical_and(b, scalar_ops.logical_not(b, same), decided),
                                    scalar_ops.logical_and(b, same, result))
    return result


# calls


def call_object(m: Interpreter, function: Value, arguments: list, keywords: dict) -> Value:
    from dsl.frontend.kinds.structs import call_struct

    found = call_struct(m, function, arguments, keywords)
    if found is None:
        raise Refused(f"{function.describe()} cannot be called")
    return found


def construct(m: Interpreter, cls: type, arguments: list, keywords: dict) -> Value:
    from dsl.frontend.kinds.structs import construct_struct

    found = construct_struct(m, cls, arguments, keywords)
    if found is None:
        raise Refused(f"a call of the class {cls.__name__}, whose instances the language does not have",
                      "make it a dataclass or a NamedTuple")
    return found
