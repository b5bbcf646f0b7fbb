"""Operators on values of every kind: numbers here, the rest by their kind."""

from __future__ import annotations

import ast
from typing import Any

from dsl.frontend.emit import arithmetic, scalar_ops
from dsl.frontend.values import ranges
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Record, Scalar, Static, Text, Tuple, Value, weak

from .interpreter import Interpreter

SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
           ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.MatMult: "@"}
PREDICATES = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
UNARY = {ast.USub: scalar_ops.negate, ast.UAdd: scalar_ops.positive, ast.Invert: scalar_ops.invert}


def operate(m: Interpreter, symbol: str, x: Value, y: Value) -> Any:
    """`x symbol y`."""
    if isinstance(x, Scalar) and isinstance(y, Scalar) and symbol != "@":
        try:
            result = arithmetic.binary(m.builder, symbol, x, y)
            if result.dtype.kind == "int" and not result.is_constant:
                result.range = ranges.of_binary(symbol, x.extent, y.extent)
            return result
        except arithmetic.NeedsLoop:
            from dsl.library import integers

            return m.call(Static(integers.power), [x, y], {})
    if isinstance(x, Static | Text) and isinstance(y, Static | Text) and symbol == "+":
        from dsl.frontend.kinds.text import join

        if all(not isinstance(v, Static) or isinstance(v.value, str) for v in (x, y)):
            return join([x, y])
    from .object_dispatch import operate_objects

    return operate_objects(m, symbol, x, y)


def unary(m: Interpreter, op: ast.unaryop, x: Value) -> Value:
    if isinstance(x, Scalar):
        return UNARY[type(op)](m.builder, x)
    from .object_dispatch import unary_objects

    return unary_objects(m, op, x)


def compare(m: Interpreter, op: ast.cmpop, x: Value, y: Value) -> Any:
    if isinstance(op, ast.Is | ast.IsNot):
        same = identical(x, y)
        return weak(same == isinstance(op, ast.Is))
    if isinstance(op, ast.In | ast.NotIn):
        from .object_dispatch import contains

        found = contains(m, x, y)
        return scalar_ops.logical_not(m.builder, found) if isinstance(op, ast.NotIn) else found
    if isinstance(x, Scalar) and isinstance(y, Scalar):
        return scalar_ops.compare(m.builder, PREDICATES[type(op)], x, y)
    from .object_dispatch import compare_objects

    return compare_objects(m, PREDICATES[type(op)], x, y)


def identical(x: Value, y: Value) -> bool:
    """`x is y`, for what has an identity here."""
    if isinstance(x, Static) and isinstance(y, Static):
        return x.value is y.value
    if isinstance(x, Static) or isinstance(y, Static):
        return False
    if isinstance(x, Scalar | Tuple | Record) and isinstance(y, Scalar | Tuple | Record):
        if isinstance(x, Scalar) != isinstance(y, Scalar):
            return False
        raise Refused("`is` between numbers or tuples asks for their identity, which a kernel does not have",
                      "write ==")
    for thing in (x, y):
        if isinstance(thing, Mutable):
            thing.unshared = True
    return x is y
