"""Expressions, apart from calls."""

from __future__ import annotations

import ast
from collections.abc import Callable
from math import prod
from typing import Any

from iree.compiler import ir

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import from_number, logical_not
from dsl.frontend.protocols import compare, contains, get_attribute, get_item, operate, set_item, static_items, unary
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.mutable import Dict, List, Mutable, Row
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.value import TRUE, Conflict, Record, Scalar, Slice, Static, Tuple, Value, weak
from dsl.passes.ir import edit, ops
from dsl.passes.ir.limits import SMALL_ARRAY, UNCONDITIONAL_OPERATIONS

from .branches import each, fork
from .formatting import concatenated, formatted
from .interpreter import Interpreter, TestedBoolOp, expression
from .names import assign, closure, read
from .tags import NO_VALUE, assume, is_among, is_none

SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
           ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.MatMult: "@",
           ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}
PREDICATES = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}


@expression(ast.Constant)
def visit_constant(m: Interpreter, node: ast.Constant) -> Value:
    if isinstance(node.value, bool | int | float | complex):
        return from_number(node.value)
    return Static(node.value)


@expression(ast.Name)
def visit_name(m: Interpreter, node: ast.Name) -> Value:
    return read(m, node.id)


@expression(ast.Tuple)
def visit_tuple(m: Interpreter, node: ast.Tuple) -> Value:
    return Tuple(tuple(evaluate_items(m, node.elts)))


@expression(ast.List)
def visit_list(m: Interpreter, node: ast.List) -> Value:
    return List(m.store, evaluate_items(m, node.elts))


@expression(ast.Dict)
def visit_dict(m: Interpreter, node: ast.Dict) -> Value:
    made = Dict(m.store)
    for key, value in zip(node.keys, node.values):
        if key is None:
            made.update(m, m.evaluate(value))
        else:
            at = m.evaluate(key)
            set_item(m, made, at, m.evaluate(value))
    return made


def evaluate_items(m: Interpreter, nodes: list[ast.expr]) -> list[Value]:
    items: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            items.extend(static_items(m, m.evaluate(node.value), "a star"))
        else:
            items.append(m.evaluate(node))
    return items


@expression(ast.BinOp)
def visit_binary(m: Interpreter, node: ast.BinOp) -> Value:
    x = m.evaluate(node.left)
    return operate(m, SYMBOLS[type(node.op)], x, m.evaluate(node.right))


@expression(ast.UnaryOp)
def visit_unary(m: Interpreter, node: ast.UnaryOp) -> Value:
    if isinstance(node.op, ast.Not):
        return logical_not(m.builder, m.test(node.operand))
    value = m.evaluate(node.operand)
    return unary(m, SYMBOLS[type(node.op)], value)


@expression(ast.NamedExpr)
def visit_walrus(m: Interpreter, node: ast.NamedExpr) -> Value:
    value = m.evaluate(node.value)
    assign(m, node.target, value)
    return value


@expression(ast.IfExp)
def visit_conditional(m: Interpreter, node: ast.IfExp) -> Value:
    condition = m.test(node.test)
    if condition.is_constant:
        return m.evaluate(node.body if condition.constant else node.orelse)
    return forked(m, condition, lambda: m.evaluate(node.body), lambda: m.evaluate(node.orelse), node)


def forked(m: Interpreter, condition: Scalar, yes, no, node: ast.AST) -> Value:
    """The value of one of two expressions."""
    value, _ = fork(m, condition, yes, no)
    if value is None:
        raise Dead
    if isinstance(value, Conflict):
        raise m.conflict("this expression", value, node)
    return value


@expression(ast.BoolOp)
def visit_boolean(m: Interpreter, node: ast.BoolOp) -> Value:
    return chain(m, isinstance(node.op, ast.And), node.values, node, m.evaluate)


@expression(TestedBoolOp)
def visit_tested_boolean(m: Interpreter, node: ast.BoolOp) -> Value:
    return chain(m, isinstance(node.op, ast.And), node.values, node, m.test)


def chain(m: Interpreter, is_and: bool, values: list[ast.expr], node: ast.AST, evaluate: Callable) -> Value:
    """`a and b …`: the first operand that decides, later ones evaluated only if needed."""
    value = evaluate(values[0])
    if len(values) == 1:
        return value
    condition = m.truth(value)
    if condition.is_constant:
        return value if bool(condition.constant) != is_and else chain(m, is_and, values[1:], node, evaluate)
    if isinstance(value, Scalar) and value.dtype is types.bool_:
        found = both_bools(m, is_and, value, lambda: chain(m, is_and, values[1:], node, evaluate), node)
        if found is not None:
            return found
    rest = lambda: chain(m, is_and, values[1:], node, evaluate)
    yes, no = (rest, lambda: value) if is_and else (lambda: value, rest)
    return forked(m, condition, yes, no, node)


def both_bools(m: Interpreter, is_and: bool, first: Scalar, visit_second, node: ast.AST) -> Value:
    """The second operand is computed without a branch where that is cheap and can be seen by nobody."""
    b, store = m.builder, m.store
    condition = m.truth(first)
    effects = b.effects
    short = scalar_ops.FALSE if is_and else TRUE
    with b.aside() as block:
        mark = store.begin()
        value, dead = None, False
        assume(m, condition, is_and)
        try:
            value = visit_second()
        except Dead:
            dead = True
        is_pure = not dead and not store.has_written(mark) and b.effects == effects
        delta = store.take_back(mark)
    if is_pure and isinstance(value, Scalar) and value.dtype is types.bool_ and is_cheap(block):
        for op in list(block.operations):
            op.operation.detach_from_parent()
            b.block.append(op.operation)
        function = scalar_ops.logical_and if is_and else scalar_ops.logical_or
        result = function(b, first, value)
        return Scalar(types.bool_, first.weak and value.weak, result.ssa, result.constant)

    def second():
        for op in list(block.operations):
            op.operation.detach_from_parent()
            b.block.append(op.operation)
        store.redo(delta)
        if dead:
            raise Dead
        return value

    other = lambda: Scalar(types.bool_, first.weak, constant=short.constant)
    yes, no = (second, other) if is_and else (other, second)
    return forked(m, condition, yes, no, node)


def is_cheap(block) -> bool:
    """Whether it costs little to run the operations of a block where their results are not wanted, and no harm."""
    operations = [op for op in edit.operations(block) if not is_free(op)]
    few = len(operations) <= UNCONDITIONAL_OPERATIONS
    return few and all(ops.row(op).cheap and ops.may_run_anywhere(op) for op in operations)


def is_free(op: ir.Operation) -> bool:
    """Whether it makes a small array, or takes an element of one at a known place: there will be numbers in their stead
    (passes/prepare/small_arrays.py)."""
    if op.name == "arith.constant":
        return isinstance(op.results[0].type, ir.IndexType)
    arrays = [v.type for v in (*op.operands, *op.results) if isinstance(v.type, ir.RankedTensorType)]
    indices = [edit.defining_op(v) for v in op.operands if isinstance(v.type, ir.IndexType)]
    return (
        op.name.startswith("tensor.")
        and all(prod(ir.RankedTensorType(array).shape) <= SMALL_ARRAY for array in arrays)
        and all(maker is not None and maker.name == "arith.constant" for maker in indices)
    )


@expression(ast.Compare)
def visit_compare(m: Interpreter, node: ast.Compare) -> Value:
    return compare_chain(m, m.evaluate(node.left), node.ops, node.comparators, node)


def compare_chain(m: Interpreter, left: Value, ops: list, comparators: list, node: ast.AST) -> Value:
    right = m.evaluate(comparators[0])
    result = compared(m, ops[0], left, right)
    if len(ops) == 1:
        return result
    condition = m.truth(result)
    if condition.is_constant:
        return compare_chain(m, right, ops[1:], comparators[1:], node) if condition.constant else result
    return both_bools(m, True, result, lambda: compare_chain(m, right, ops[1:], comparators[1:], node), node)


def compared(m: Interpreter, op: ast.cmpop, x: Value, y: Value) -> Any:
    """One comparison of a chain."""
    if isinstance(op, ast.Is | ast.IsNot):
        found = is_identical(m, x, y)
        return found if isinstance(op, ast.Is) else logical_not(m.builder, found)
    if isinstance(op, ast.In | ast.NotIn):
        found = contains(m, x, y)
        return logical_not(m.builder, found) if isinstance(op, ast.NotIn) else found
    return compare(m, PREDICATES[type(op)], x, y)


def is_identical(m: Interpreter, x: Value, y: Value) -> Scalar:
    """`x is y`, for what has an identity here."""
    if isinstance(y, OneOf) and not isinstance(x, OneOf):
        x, y = y, x
    if isinstance(x, OneOf):
        return is_among(m, x, [NO_VALUE]) if is_none(y) else each(m, x, lambda value: is_identical(m, value, y))
    if isinstance(x, PooledList) and isinstance(y, PooledList) and x.root == y.root:
        return compare(m, "eq", x.number, y.number)
    return weak(identical(x, y))


def identical(x: Value, y: Value) -> bool:
    """`x is y` of single values."""
    if isinstance(x, Static) and isinstance(y, Static):
        return x.value is y.value
    if isinstance(x, Static) or isinstance(y, Static):
        return False
    if isinstance(x, Scalar | Tuple | Record) and isinstance(y, Scalar | Tuple | Record):
        if isinstance(x, Scalar) != isinstance(y, Scalar):
            return False
        raise Refused("`is` between numbers or tuples asks for their identity, which a kernel does not have",
                      "write ==")
    for side in (x, y):
        if isinstance(side, Mutable):
            side.unshared = True
        if isinstance(side, PooledList):
            return False
        if isinstance(side, Row):
            raise Refused("`is` asks for the identity of a list in a list, which a kernel does not have", "write ==")
    return x is y


@expression(ast.Attribute)
def visit_attribute(m: Interpreter, node: ast.Attribute) -> Value:
    return get_attribute(m, m.evaluate(node.value), node.attr)


@expression(ast.Subscript)
def visit_subscript(m: Interpreter, node: ast.Subscript) -> Value:
    owner = m.evaluate(node.value)
    return get_item(m, owner, m.evaluate(node.slice))


@expression(ast.Slice)
def visit_slice(m: Interpreter, node: ast.Slice) -> Value:
    parts = [m.evaluate(part) if part is not None else Static(None) for part in (node.lower, node.upper, node.step)]
    return Slice(*parts)


@expression(ast.Lambda)
def visit_lambda(m: Interpreter, node: ast.Lambda) -> Value:
    return closure(m, node, "<lambda>")


@expression(ast.JoinedStr)
def visit_fstring(m: Interpreter, node: ast.JoinedStr) -> Value:
    return concatenated([m.evaluate(value) for value in node.values])


@expression(ast.FormattedValue)
def visit_formatted(m: Interpreter, node: ast.FormattedValue) -> Value:
    spec = ""
    if node.format_spec is not None:
        found = m.evaluate(node.format_spec)
        if not isinstance(found, Static):
            raise Refused("a format spec has to be known at compile time")
        spec = found.value
    conversion = f"!{chr(node.conversion)}" if node.conversion != -1 else ""
    return formatted(m, m.evaluate(node.value), conversion + spec)


