"""Cotangents of arrays: element reads scatter, element writes gather and clear, in place."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import Expr, constant, emit, extent
from dsl.passes.ir.maps import sum_of_terms
from dsl.passes.ir.slices import Slice

from .cotangent_sums import summed
from .scopes import Scope

visits = ops.Visitors()  # each adds to the cotangents of the operands in `active` what follows from the result's, `g`


def over_elements(shape: Sequence[int], carried: ir.Value, body: Callable) -> ir.Value:
    """A nest of `scf.for` over all indices; `body(indices, carried)` returns what is carried on."""
    return _nest(list(shape), [], [carried], lambda indices, values: [body(indices, values[0])])[0]


def for_each_element(shape: Sequence[int], body: Callable) -> None:
    """A nest of `scf.for` over all indices; `body(indices)` is done for its effects."""
    _nest(list(shape), [], [], lambda indices, _: body(indices) or [])


def _nest(shape: list[int], indices: list[ir.Value], carried: list[ir.Value], body: Callable) -> list[ir.Value]:
    if not shape:
        return body(indices, carried)
    index = ir.IndexType.get()
    types = [v.type for v in carried]
    bounds = [constant(0, index), extent(shape[0]), constant(1, index)]
    loop = ir.Operation.create("scf.for", results=types, operands=[*bounds, *carried], regions=1)
    here = ir.Location.current
    block = ir.Block.create_at_start(loop.regions[0], [index, *types], [here] * (1 + len(types)))
    with ir.InsertionPoint(block):
        inside = list(block.arguments)
        emit("scf.yield", _nest(shape[1:], [*indices, inside[0]], inside[1:], body))
    return list(loop.results)


def extract(tensor: ir.Value, indices: Sequence[ir.Value]) -> ir.Value:
    return emit("tensor.extract", [tensor, *indices], [ir.RankedTensorType(tensor.type).element_type]).result


def insert(value: ir.Value, tensor: ir.Value, indices: Sequence[ir.Value]) -> ir.Value:
    return emit("tensor.insert", [value, tensor, *indices], [tensor.type]).result


def add_tensors(total: ir.Value, more: ir.Value) -> ir.Value:
    """`total + more`, element by element, into `total`."""
    kind = ir.RankedTensorType(total.type)
    if kind.has_static_shape:
        dims = tuple(range(kind.rank))
        return sum_of_terms([more], total, [dims, dims], lambda elements: elements[0])

    def body(indices, carried):
        return insert((Expr(extract(carried, indices)) + Expr(extract(more, indices))).value, carried, indices)

    return over_elements(kind.shape, total, body)


@visits("tensor.extract")
def reverse_extract(scope: Scope, op: ir.Operation, g: ir.Value, active: set[ir.Value]) -> None:
    tensor, *indices = op.operands
    indices = [scope.primal(i) for i in indices]
    total = scope.peek_or_zero(tensor)
    scope.cts[tensor] = insert(summed(extract(total, indices), g), total, indices)


@visits("tensor.insert")
def reverse_insert(scope: Scope, op: ir.Operation, g: ir.Value, active: set[ir.Value]) -> None:
    value, tensor, *indices = op.operands
    indices = [scope.primal(i) for i in indices]
    terms = increments(op)
    if terms is not None and tensor in active:
        for term, sign in terms:
            if term in active:
                ct = Expr(extract(g, indices))
                scope.add(term, (ct if sign > 0 else -ct).value)
        scope.add(tensor, g)
        return
    if value in active:
        scope.add(value, extract(g, indices))
    if tensor in active:
        scope.add(tensor, insert(edit.zero(value.type), g, indices))


def increments(op: ir.Operation) -> list[tuple[ir.Value, int]] | None:
    """What an insertion adds to the element that was there, with signs: `a[i] += x - y`. None for any other insertion.

    The element's cotangent stays as it is then, where else it would be read, cleared and added again."""
    value, *place = op.operands
    terms: list[tuple[ir.Value, int]] = []
    while (maker := edit.defining_op(value)) is not None and maker.name in ("arith.addf", "arith.subf"):
        first, second = maker.operands
        if maker.name == "arith.addf" and _is_element(second, place):
            return [*terms, (first, 1)]
        terms.append((second, 1 if maker.name == "arith.addf" else -1))
        value = first
    return terms if terms and _is_element(value, place) else None


def _is_element(value: ir.Value, place: list[ir.Value]) -> bool:
    maker = edit.defining_op(value)
    return maker is not None and maker.name == "tensor.extract" and list(maker.operands) == place


@visits("tensor.extract_slice")
def reverse_extract_slice(scope: Scope, op: ir.Operation, g: ir.Value, active: set[ir.Value]) -> None:
    tensor = op.operands[0]
    part, total = Slice.of(op).moved(scope.primal), scope.peek(tensor)
    if total is None:
        scope.cts[tensor] = part.insert(g, edit.zero(tensor.type))
    else:
        scope.cts[tensor] = part.insert(add_tensors(part.extract(total), g), total)


@visits("tensor.insert_slice")
def reverse_insert_slice(scope: Scope, op: ir.Operation, g: ir.Value, active: set[ir.Value]) -> None:
    given, tensor = list(op.operands)[:2]
    part = Slice.of(op).moved(scope.primal)
    if given in active:
        scope.add(given, part.extract(g))
    if tensor in active:
        scope.add(tensor, part.insert(edit.zero(given.type), g))


@visits("tensor.splat")
def reverse_splat(scope: Scope, op: ir.Operation, g: ir.Value, active: set[ir.Value]) -> None:
    scalar = op.operands[0]

    def body(indices, carried):
        return summed(carried, extract(g, indices))

    scope.add(scalar, over_elements(ir.RankedTensorType(g.type).shape, edit.zero(scalar.type), body))


@visits("tensor.from_elements")
def reverse_from_elements(scope: Scope, op: ir.Operation, g: ir.Value, active: set[ir.Value]) -> None:
    index = ir.IndexType.get()
    places = itertools.product(*(range(extent) for extent in ir.RankedTensorType(g.type).shape))
    for element, place in zip(op.operands, places, strict=True):
        if element in active:
            scope.add(element, extract(g, [constant(k, index) for k in place]))
