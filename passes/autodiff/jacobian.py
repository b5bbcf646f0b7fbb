"""A whole Jacobian in one function: a loop over unit directions around one tangent (or adjoint).

The function runs `@f_jvp` (or `@f_vjp`) once for each element of its arguments behind the primals, that element 1 and
all others 0, collects the results of interest, and returns one array for each pair of an output and an input, of the
output's shape followed by the input's. The loop is in the program, not around it: one dispatch, compiled once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import Expr, constant, element_type, emit

from .array_cotangents import extract, insert, over_elements


def shape_of(type_: ir.Type) -> list[int]:
    return list(ir.RankedTensorType(type_).shape) if isinstance(type_, ir.RankedTensorType) else []


def jacobian(module: ir.Module, name: str, primals: int, wanted: Sequence[int], rows: bool, new_name: str) -> str:
    """Add `@new_name`: the derivatives of all outputs with respect to all inputs, output by output.

    `@name` takes `primals` arguments, then a direction; `wanted` are its results to collect. With `rows`, directions
    are cotangents of the outputs and what is collected belongs to the inputs (reverse mode); else the other way round.
    """
    with module.context, ir.Location.unknown():
        callee = edit.function(module, name)
        type_ = ir.FunctionType(ir.TypeAttr(callee.attributes["function_type"]).value)
        inputs, outputs = list(type_.inputs), list(type_.results)
        seeds = inputs[primals:]
        count = sum(math.prod(shape_of(t)) for t in seeds)
        stacked = [ir.RankedTensorType.get([count, *shape_of(outputs[k])], element_type(outputs[k])) for k in wanted]
        func = _function(module, new_name, inputs[:primals], callee.location)
        block = edit.entry_block(func)
        with ir.InsertionPoint(block), callee.location:
            empty = [constant(0.0, t) for t in stacked]
            body = lambda j, carried: _one(callee, list(block.arguments), seeds, wanted, j, carried)
            collected = _loop(count, empty, body)
            pairs = [[_pair(total, seed, offset, rows) for total in collected] for seed, offset in _offsets(seeds)]
            # output by output: the directions are the outputs, or what was collected for each direction is
            ordered = pairs if rows else list(zip(*pairs))
            emit("func.return", [value for line in ordered for value in line])
        edit.reset_signature(func)
    return new_name


def _offsets(seeds: Sequence[ir.Type]) -> list[tuple[ir.Type, int]]:
    """Each argument of the direction with the number of its first element."""
    sizes = [math.prod(shape_of(t)) for t in seeds]
    return [(t, sum(sizes[:k])) for k, t in enumerate(seeds)]


def _pair(total: ir.Value, seed: ir.Type, offset: int, rows: bool) -> ir.Value:
    """From what was collected, direction by direction, the part for one argument, in its final shape."""
    direction, other = shape_of(seed), shape_of(total.type)[1:]
    shape = [*direction, *other] if rows else [*other, *direction]
    index = ir.IndexType.get()
    if not shape:
        return extract(total, [constant(offset, index)])

    def body(at, carried):
        where, rest = (at[: len(direction)], at[len(direction) :]) if rows else (at[len(other) :], at[: len(other)])
        flat = _flat(where, direction, offset)
        return insert(extract(total, [flat, *rest]), carried, at)

    return over_elements(shape, constant(0.0, ir.RankedTensorType.get(shape, element_type(total.type))), body)


def _flat(at: Sequence[ir.Value], shape: list[int], offset: int) -> ir.Value:
    """The number of an element in row-major order, counted from `offset`."""
    result = Expr(constant(offset, ir.IndexType.get()))
    for index, stride in zip(at, _strides(shape)):
        result = result + Expr(index) * stride
    return result.value


def _function(module, name, inputs, location) -> ir.Operation:
    with ir.InsertionPoint(module.body), location:
        func = ir.Operation.create(
            "func.func", regions=1,
            attributes={"sym_name": ir.StringAttr.get(name),
                        "function_type": ir.TypeAttr.get(ir.FunctionType.get(inputs, []))},
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


def _one(callee, primals, seeds, wanted, j: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
    """One direction: seed, run, and put the results in their places."""
    units = [_unit(type_, j, offset) for type_, offset in _offsets(seeds)]
    # MLIR's inliner leaves functions with placeholder operations alone, so the body is copied here
    body = edit.entry_block(callee)
    results = edit.clone_into(edit.operations(body), dict(zip(body.arguments, [*primals, *units], strict=True)))
    return [_store(results[k], total, j) for k, total in zip(wanted, carried)]


def _unit(type_: ir.Type, j: ir.Value, offset: int) -> ir.Value:
    """A scalar or array that is 1 at element `j - offset` and 0 elsewhere."""
    shape = shape_of(type_)
    if not shape:
        hit = Expr(j).equals(offset)
        return hit.select(Expr(constant(1.0, type_)), 0.0).value
    zeros = constant(0.0, type_)

    def body(indices, carried):
        flat = Expr(_flat(indices, shape, offset))
        value = flat.equals(Expr(j)).select(Expr(constant(1.0, element_type(type_))), 0.0)
        return insert(value.value, carried, indices)

    return over_elements(shape, zeros, body)


def _strides(shape: list[int]) -> list[int]:
    return [math.prod(shape[k + 1 :]) for k in range(len(shape))]


def _store(value: ir.Value, total: ir.Value, j: ir.Value) -> ir.Value:
    shape = shape_of(value.type)
    if not shape:
        return insert(value, total, [j])
    return over_elements(shape, total, lambda at, carried: insert(extract(value, at), carried, [j, *at]))
