"""Python functions that the front end knows by itself: builtins and the scalar forms of NumPy."""

from __future__ import annotations

import builtins
import collections
import dataclasses
import functools
import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from dsl import library, types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.arithmetic import PYTHON, quotient_and_remainder
from dsl.frontend.emit.scalar_ops import absolute, cast, fold, number, promote
from dsl.frontend.engine.branches import each
from dsl.frontend.engine.formatting import formatted
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_among
from dsl.frontend.function_table import TABLE, finder, intrinsic
from dsl.frontend.kinds import structs, text
from dsl.frontend.kinds.mixed_numbers import mixed_by
from dsl.frontend.kinds.ndarray import is_array
from dsl.frontend.kinds.range_objects import make_range
from dsl.frontend.protocols import compare, get_attribute, length, operate, static_items
from dsl.frontend.values.joined import Mixed, OneOf
from dsl.frontend.values.mutable import Deque, Dict, Instance, List
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Closure, Partial, Range, Record, Scalar, Static, Text, Tuple, Value, weak
from dsl.library import bits, integers
from dsl.library.lists import identity

from . import conversions
from .min_max import extremum
from .numpy_arithmetic import map_operation

ZERO, EMPTY = weak(0), Static("")
UNWRITTEN = {np.reciprocal: (types.i32, types.i64), np.nextafter: (types.f32, types.f16)}  # the library's are others
BOOLEAN = {np.maximum: scalar_ops.logical_or, np.minimum: scalar_ops.logical_and}


@finder
def library_handler(function) -> Callable | None:
    """The handler of a function that the library has as an operation or as a program."""
    found = library.lookup(function)
    if isinstance(found, library.Operation):
        TABLE[function] = operation_handler(function, found)
    elif found is not None:
        TABLE[function] = program_handler(found, function)
    return TABLE.get(function) if found is not None else None


def program_handler(function, replaced):
    """A function that the library writes in Python; NumPy's apply to arrays by element."""
    ufunc: Any = replaced if isinstance(replaced, np.ufunc) else None

    def handler(m: Interpreter, *values: Value, **keywords: Value) -> Value:
        if ufunc is None:
            with ieee(m, unless=replaced is math.log):
                result = m.call(Static(function), list(values), keywords)
            if replaced in (math.log, math.ldexp) and isinstance(result, Scalar) and not result.is_constant:
                x = cast(m.builder, number(values[0], "math"), result.dtype, result.weak)
                fail_as_math(m.builder, replaced.__name__, [m.builder.ssa(x)], m.builder.ssa(result), result.dtype)
            return result
        mapped = map_operation(m, handler, values)
        if mapped is not None:
            return mapped
        xs = ufunc_operands(m, ufunc, [number(value, ufunc.__name__) for value in values])
        if xs[0].dtype in UNWRITTEN.get(ufunc, ()):
            raise Refused(f"np.{ufunc.__name__} of {xs[0].describe()}", "convert it with float() or astype(float)")
        if xs[0].dtype is types.bool_ and ufunc in BOOLEAN:
            return scalar_ops.as_numpy(BOOLEAN[ufunc](m.builder, *xs))
        result = m.call(Static(function), list(xs), keywords)
        return scalar_ops.as_numpy(result) if isinstance(result, Scalar) else result

    return handler


@contextmanager
def ieee(m: Interpreter, unless: bool) -> Iterator[None]:
    """Inside of the library float division by zero is IEEE's, also where a `try` around it catches CPython's error."""
    outer = m.builder.catches
    if not unless:
        m.builder.catches = lambda name: False
    try:
        yield
    finally:
        m.builder.catches = outer


def operation_handler(function, operation):
    """A math operation: floats keep their width; the rest is computed in f64."""
    is_numpy = isinstance(function, np.ufunc)

    def handler(m: Interpreter, *values: Value) -> Value:
        if len(values) != operation.arity:
            raise Refused(f"{operation.name} takes {operation.arity} arguments, found {len(values)}")
        mapped = map_operation(m, handler, values) if is_numpy else None
        if mapped is not None:
            return mapped
        xs = [number(value, operation.name) for value in values]
        folded = fold(function, *xs) if all(x.weak or x.dtype is types.f64 for x in xs) else None
        if folded is not None:
            return folded
        xs = ufunc_operands(m, function, xs) if is_numpy else xs
        dtype = functools.reduce(wider, xs).dtype
        if is_numpy and dtype.kind != "float":
            return whole_number(function, xs)
        dtype = dtype if dtype.kind == "float" else types.f64
        operands = [scalar_ops.runtime(m.builder, x, dtype) for x in xs]
        ssa = m.builder.apply(operation.op, *operands)
        if not is_numpy:
            fail_as_math(m.builder, operation.name, operands, ssa, dtype)
        return Scalar(dtype, dtype is types.f64 and not is_numpy, ssa=ssa)

    return handler


def fail_as_math(b, name: str, operands: list, result, dtype) -> None:
    """Raises what CPython's `math` does where a try around it catches that: without one, the result is IEEE's."""
    if not (b.catches("ValueError") or b.catches("OverflowError")):
        return
    infinity, zero = b.constant(dtype, float("inf")), b.constant(dtype, 0.0)
    both = lambda x, y: b.apply("arith.andi", x, y)
    is_nan = b.compare("uno", result, result, True)
    is_infinite = b.compare("eq", b.apply("math.absf", result), infinity, True)
    for value in operands:
        is_nan = both(is_nan, b.compare("ord", value, value, True))
        is_infinite = both(is_infinite, b.compare("lt", b.apply("math.absf", value), infinity, True))
    overflows = is_infinite if name in ("exp", "exp2", "expm1", "sinh", "cosh", "ldexp") else None
    if name in ("gamma", "lgamma", "pow"):
        overflows = both(is_infinite, b.compare("ne" if name == "pow" else "gt", operands[0], zero, True))
    if overflows is not None:
        b.fail(overflows, "OverflowError", "math range error")
        is_infinite = both(is_infinite, b.apply("arith.xori", overflows, b.constant(types.bool_, 1)))
    b.fail(is_nan, "ValueError", "math domain error")
    b.fail(is_infinite, "ValueError", "math domain error")


def ufunc_operands(m: Interpreter, ufunc: np.ufunc, xs: list[Scalar]) -> list[Scalar]:
    """The numbers in the types that NumPy computes in: a bool's sine is an f16, and `np.float_power` is always wide."""
    kinds: list = [{"int": int, "float": float}[x.dtype.kind] if x.weak and x.dtype.bits == 64 else
                   np.dtype(x.dtype.numpy) for x in xs]
    names = " and ".join(x.describe() for x in xs)
    try:
        found = ufunc.resolve_dtypes((*kinds, None))[:len(xs)]
    except TypeError:
        raise Refused(f"np.{ufunc.__name__} of {names} is not in NumPy", "convert with float() or int()") from None
    dtypes = [types.of_numpy(dtype) for dtype in found]
    if None in dtypes:
        raise Refused(f"np.{ufunc.__name__} of {names} makes a {found[0]} in NumPy, which is not in the language",
                      f"use one of {types.NAMES}")
    return [cast(m.builder, x, dtype, False) for x, dtype in zip(xs, dtypes) if dtype is not None]


def whole_number(ufunc: np.ufunc, xs: list[Scalar]) -> Scalar:
    """A function of floats that NumPy computes in ints where it is given some."""
    if ufunc not in (np.floor, np.ceil, np.trunc):
        raise Refused(f"np.{ufunc.__name__} of ints", "convert them with float() or astype(float)")
    return xs[0]


def wider(x: Scalar, y: Scalar) -> Scalar:
    dtype, is_weak = promote(x, y)
    return Scalar(dtype, is_weak)


for _dtype in types.DTYPES:
    TABLE[_dtype] = conversions.to_dtype(_dtype)
    TABLE[_dtype.numpy] = TABLE[_dtype]

TABLE.update({
    int: conversions.to_int, float: conversions.to_float, bool: conversions.to_bool, round: conversions.to_round,
    tuple: conversions.to_tuple, list: conversions.list_of, len: length,
    range: make_range, print: text.record,
    math.floor: conversions.floor_like("math.floor"), math.ceil: conversions.floor_like("math.ceil"),
    math.trunc: conversions.floor_like("math.trunc"),
})


@intrinsic(complex)
def make_complex(m: Interpreter, *values: Value) -> Value:
    raise Refused("complex numbers are not in the language", "keep real and imaginary parts as two floats")


@intrinsic(abs, operator.abs)
def absolute_value(m: Interpreter, x: Value) -> Value:
    if isinstance(x, Scalar):
        return mixed_by(absolute(m.builder, x), x)
    found = map_operation(m, absolute_value, (x,))
    found = structs.call_method(m, x, "__abs__", []) if found is None else found
    return number(x, "abs") if found is None else found


@intrinsic(np.abs)
def absolute_in_numpy(m: Interpreter, x: Value) -> Value:
    return absolute(m.builder, scalar_ops.as_numpy(x)) if isinstance(x, Scalar) else absolute_value(m, x)


@intrinsic(np.fabs)
def float_absolute_of_array(m: Interpreter, x: Value) -> Value:
    mapped = map_operation(m, float_absolute_of_array, (x,))
    if mapped is not None:
        return mapped
    return scalar_ops.as_numpy(absolute(m.builder, *ufunc_operands(m, np.fabs, [number(x, "fabs")])))


@intrinsic(math.fabs)
def float_absolute(m: Interpreter, x: Value) -> Value:
    value = number(x, "fabs")
    return absolute(m.builder, value if value.dtype.kind == "float" else cast(m.builder, value, types.f64, True))


@intrinsic(divmod)
def divide_with_remainder(m: Interpreter, x: Value, y: Value) -> Value:
    a, b = number(x, "divmod"), number(y, "divmod")
    if a.is_constant and b.is_constant and b.constant != 0:
        q, r = divmod(a.python(), b.python())
        return Tuple((scalar_ops.from_number(q), scalar_ops.from_number(r)))
    found = quotient_and_remainder(m.builder, a, b)
    return Tuple(tuple(mixed_by(part, a, b) for part in found))


@intrinsic(pow, operator.pow)
def power_or_power_modulo(m: Interpreter, x: Value, y: Value, mod: Value = NONE) -> Value:
    if isinstance(mod, Static) and mod.value is None:
        return operate(m, "**", x, y)
    folded = fold(pow, number(x, "pow"), number(y, "pow"), number(mod, "pow"))
    if folded is not None:
        return folded
    return m.call(Static(integers.power_modulo), [x, y, mod], {})


TABLE[min], TABLE[max] = extremum("min"), extremum("max")


@intrinsic(str)
def to_string(m: Interpreter, value: Value = EMPTY) -> Value:
    return formatted(m, value)


@intrinsic(repr)
def to_repr(m: Interpreter, value: Value) -> Value:
    return formatted(m, value, "!r")


@intrinsic(format)
def to_format(m: Interpreter, value: Value, spec: Value = EMPTY) -> Value:
    return formatted(m, value, spec.value)


@intrinsic(isinstance)
def check_class(m: Interpreter, value: Value, kinds: Value) -> Value:
    classes = [k.value for k in (kinds.items if isinstance(kinds, Tuple) else [kinds])]
    if isinstance(value, Mixed) and int in classes and float in classes:
        return weak(True)
    if isinstance(value, OneOf):
        found = {k: check_class(m, other, kinds) for k, other in value.alternatives.items()}
        return is_among(m, value, [k for k, is_one in found.items() if is_one.constant])
    return weak(issubclass(python_type(m, value), tuple(classes)))


@intrinsic(type)
def type_of(m: Interpreter, value: Value) -> Value:
    return each(m, value, lambda one: Static(python_type(m, one)))


def python_type(m: Interpreter, value: Value) -> type:
    """The class that CPython's object would have."""
    if isinstance(value, Mixed):
        raise Refused(f"the type of a number that is {value.describe()}", "make it a float on every path")
    if isinstance(value, Scalar):
        return {"bool": bool, "int": int, "float": float}[value.dtype.kind] if value.weak else value.dtype.numpy
    if isinstance(value, Record | Instance):
        return value.cls
    if isinstance(value, Dict):
        return value.python_class
    classes = {Tuple: tuple, Deque: collections.deque, List: list, PooledList: list, Range: range, Text: str}
    for kind, cls in [*classes.items(), (Closure, type(python_type))]:
        if isinstance(value, kind):
            return cls
    if isinstance(value, Static):
        return type(value.value)
    if is_array(value):
        return np.ndarray
    raise Refused(f"the type of {value.describe()}")


@intrinsic(callable)
def is_callable(m: Interpreter, value: Value) -> Value:
    return weak(isinstance(value, Closure | Partial) or (isinstance(value, Static) and callable(value.value)))


@intrinsic(getattr)
def get_by_name(m: Interpreter, owner: Value, name: Value, default: Value | None = None) -> Value:
    try:
        return get_attribute(m, owner, name.value)
    except Refused:
        if default is None:
            raise
        return default


@intrinsic(hasattr)
def has_by_name(m: Interpreter, owner: Value, name: Value) -> Value:
    try:
        get_attribute(m, owner, name.value)
    except Refused:
        return weak(False)
    return weak(True)


@intrinsic(functools.partial)
def make_partial(m: Interpreter, function: Value, *arguments: Value, **keywords: Value) -> Value:
    return Partial(function, arguments, keywords)


@intrinsic(functools.reduce)
def reduced(m: Interpreter, function: Value, values: Value, *start: Value) -> Value:
    items = [*start, *static_items(m, values, "reduce")]
    result = items[0]
    for item in items[1:]:
        result = m.call(function, [result, item], {})
    return result


@intrinsic(functools.wraps)
def wrapped(m: Interpreter, function: Value) -> Value:
    return Static(identity)


TABLE[identity] = lambda m, x: x
TABLE.update({dataclasses.replace: structs.replace_fields, structs.replace_fields: structs.replace_fields,
              dataclasses.asdict: structs.as_dict, structs.as_dict: structs.as_dict,
              dataclasses.astuple: structs.as_tuple, object.__setattr__: structs.set_field})
for _symbol, _function in PYTHON.items():
    TABLE.setdefault(_function, lambda m, x, y, s=_symbol: operate(m, s, x, y))
for _predicate in scalar_ops.COMPARISONS:
    TABLE[getattr(operator, _predicate)] = lambda m, x, y, p=_predicate: compare(m, p, x, y)

for _name, _why in {"input": "reads from the terminal", "open": "opens a file", "eval": "runs text as a program",
                    "exec": "runs text as a program", "globals": "reads the module's names", "locals":
                    "reads the frame's names", "vars": "reads an object's names", "id": "asks for an identity",
                    "hash": "asks for a hash", "iter": "makes an iterator", "next": "steps an iterator",
                    "set": "makes a set", "frozenset": "makes a set", "setattr": "sets an attribute by name",
                    "delattr": "deletes an attribute", "bytes": "makes bytes",
                    "bytearray": "makes bytes", "memoryview": "looks into memory", "__import__": "imports",
                    "breakpoint": "starts a debugger", "help": "prints documentation", "object": "makes an object",
                    "compile": "compiles text", "slice": "makes a slice", "ascii": "makes a string", "chr":
                    "makes a string", "ord": "takes a string apart", "hex": "makes a string", "oct": "makes a string",
                    "bin": "makes a string", "dir": "lists names", "property": "makes a property", "aiter":
                    "is asynchronous", "anext": "is asynchronous"}.items():
    def _refuse(m: Interpreter, *values: Value, _name=_name, _why=_why, **keywords: Value) -> Value:
        raise Refused(f"{_name}() {_why}, which is not in the language", "do this outside of the kernel")

    if hasattr(builtins, _name):
        TABLE.setdefault(getattr(builtins, _name), _refuse)


@intrinsic(bits.multiply_add)
def emit_multiply_add(m: Interpreter, *values: Value) -> Value:
    xs = [number(value, "multiply_add") for value in values]
    dtype = functools.reduce(wider, xs).dtype
    return Scalar(dtype, True, ssa=m.builder.apply("math.fma", *[scalar_ops.runtime(m.builder, x, dtype) for x in xs]))


@intrinsic(bits.to_bits)
def emit_to_bits(m: Interpreter, value: Value) -> Value:
    x = m.builder.ssa(cast(m.builder, number(value, "to_bits"), types.f64, True))
    return Scalar(types.i64, True, ssa=m.builder.apply("arith.bitcast", x, result=m.builder.i64))


@intrinsic(bits.from_bits)
def emit_from_bits(m: Interpreter, value: Value) -> Value:
    n = m.builder.ssa(number(value, "from_bits"))
    return Scalar(types.f64, True, ssa=m.builder.apply("arith.bitcast", n, result=m.builder.scalar_types[types.f64]))
