"""All columns (or rows) of a Jacobian in one function: a loop over unit directions around one tangent (or adjoint).

`directions(module, "f_jvp", primals=2)` adds a function of the primals that calls `@f_jvp` once for each element of its
remaining arguments, that element 1 and all others 0, and returns each of the last results as an array with one more
dimension in front, the direction. The loop is in the program, not around it: one dispatch, compiled once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from iree.compiler import ir

from . import edit
from .autodiff.arrays import extract, insert, over_elements
from .expr import Expr, constant, element_type, emit


def shape_of(type_: ir.Type) -> list[int]:
    return list(ir.RankedTensorType(type_).shape) if isinstance(type_, ir.RankedTensorType) else []


def directions(module: ir.Module, name: str, primals: int, wanted: Sequence[int], new_name: str) -> str:
    """Add `@new_name`: the results at `wanted` of `@name` for every unit direction of its arguments from `primals` on."""
    with module.context, ir.Location.unknown():
        callee = edit.function(module, name)
        type_ = ir.FunctionType(ir.TypeAttr(callee.attributes["function_type"]).value)
        inputs, outputs = list(type_.inputs), list(type_.results)
        seeds = inputs[primals:]
        count = sum(math.prod(shape_of(t)) for t in seeds)
        stacked = [ir.RankedTensorType.get([count, *shape_of(outputs[k])], element_type(outputs[k])) for k in wanted]
        func = _function(module, new_name, inputs[:primals], stacked, callee.location)
        block = edit.entry_block(func)
        with ir.InsertionPoint(block), callee.location:
            empty = [emit("tensor.splat", [constant(0, t.element_type)], [t]).result for t in stacked]
            body = lambda j, carried: _one(name, list(block.arguments), seeds, outputs, wanted, j, carried)
            emit("func.return", _loop(count, empty, body))
    return new_name


def _function(module, name, inputs, results, location) -> ir.Operation:
    with ir.InsertionPoint(module.body), location:
        func = ir.Operation.create(
            "func.func", regions=1,
            attributes={"sym_name": ir.StringAttr.get(name),
                        "function_type": ir.TypeAttr.get(ir.FunctionType.get(inputs, results))},
        )  # fmt: skip
    ir.Block.create_at_start(func.regions[0], inputs, [location] * len(inputs))
    return func


def _loop(count: int, carried: list[ir.Value], body) -> list[ir.Value]:
    """`scf.for j = 0 to count` over several carried values."""
    index = ir.IndexType.get()
    bounds = [constant(k, index) for k in (0, count, 1)]
    types = [v.type for v in carried]
    loop = ir.Operation.create("scf.for", results=types, operands=[*bounds, *carried], regions=1)
    here = ir.Location.current
    block = ir.Block.create_at_start(loop.regions[0], [index, *types], [here] * (1 + len(types)))
    with ir.InsertionPoint(block):
        emit("scf.yield", body(block.arguments[0], list(block.arguments)[1:]))
    return list(loop.results)


def _one(name, primals, seeds, outputs, wanted, j: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
    """One direction: seed, call, and put the results in their places."""
    offset, units = 0, []
    for type_ in seeds:
        units.append(_unit(type_, j, offset))
        offset += math.prod(shape_of(type_))
    callee = ir.FlatSymbolRefAttr.get(name)
    results = emit("func.call", [*primals, *units], outputs, callee=callee).results
    return [_store(results[k], total, j) for k, total in zip(wanted, carried)]


def _unit(type_: ir.Type, j: ir.Value, offset: int) -> ir.Value:
    """A scalar or array that is 1 at element `j - offset` and 0 elsewhere."""
    shape = shape_of(type_)
    if not shape:
        hit = Expr(j).equals(offset)
        return hit.select(Expr(constant(1.0, type_)), 0.0).value
    zeros = constant(0.0, type_)

    def body(indices, carried):
        flat = Expr(constant(offset, j.type))
        for index, stride in zip(indices, _strides(shape)):
            flat = flat + Expr(index) * stride
        value = flat.compare("eq", Expr(j)).select(Expr(constant(1.0, element_type(type_))), 0.0)
        return insert(value.value, carried, indices)

    return over_elements(shape, zeros, body)


def _strides(shape: list[int]) -> list[int]:
    return [math.prod(shape[k + 1 :]) for k in range(len(shape))]


def _store(value: ir.Value, total: ir.Value, j: ir.Value) -> ir.Value:
    shape = shape_of(value.type)
    if not shape:
        return insert(value, total, [j])
    return over_elements(shape, total, lambda at, carried: insert(extract(value, at), carried, [j, *at]))
