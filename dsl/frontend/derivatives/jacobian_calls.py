"""`dsl.jacfwd`, `jacrev` and `hessian` inside a kernel: one loop over unit directions around one tangent or adjoint.

    for j in range(3):                      # the elements of what is differentiated for, or of the result
        y, dot = dsl.jvp(f, (x,), (unit(j),))
        jacobian[..., j] = dot

Each result is an array of its final shape, written one direction at a time, so that the derivative of all this is taken
as that of any loop. Before, the function is visited aside, for the structure of what it returns; nothing of that visit
is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.arithmetic import binary
from dsl.frontend.emit.scalar_ops import cast, compare_scalars, logical_and
from dsl.frontend.engine.branches import fork
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.loop_statements import run_for
from dsl.frontend.kinds.array_creation import array_of_argument, new_array
from dsl.frontend.kinds.ndarray import Array, as_index
from dsl.frontend.protocols import set_item
from dsl.frontend.values.mutable import Mutable
from dsl.frontend.values.signals import Dead, Refused
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import NONE, Native, Scalar, Slice, Tensor, Tuple, Value, weak

from .differentiated import chosen_arguments, differentiated_call, static_argument
from .regions import is_float, leaves_of, rebuilt, with_ssa, without_views

Leaf = Scalar | Tensor


def make_jacobian(*rows: bool) -> Callable:
    """The handler of a transform that takes Jacobians one of another, the outermost last."""

    def handler(m: Interpreter, function: Value, argnums: Value | None = None) -> Value:
        numbers = 0 if argnums is None else static_argument(argnums, "argnums")
        for by_rows in rows:
            function = jacobian(function, numbers, by_rows)
        return function

    return handler


def jacobian(function: Value, argnums, rows: bool) -> Native:
    """The function that `dsl.jacrev` (with `rows`) or `dsl.jacfwd` makes of another."""

    def handler(m: Interpreter, *arguments: Value) -> Value:
        chosen, given = chosen_arguments(m, function, arguments, argnums)
        inputs = [leaf for k in chosen for leaf in _leaves(m, given[k])]
        value = _result_like(m, function, given)
        outputs = _leaves(m, value)
        floats = [list(filter(is_float, leaves)) for leaves in (outputs, inputs)]
        found = Pairs(m, floats[0], floats[1], rows)

        def one(j: Scalar) -> None:
            seeds = lambda region, outputs: found.units(j)
            name = "dsl.vjp" if rows else "dsl.jvp"
            found.put(j, differentiated_call(m, name, function, arguments, given, chosen, seeds)[1])

        if found.count == 1:
            one(weak(0))
        elif found.count:
            run_for(m, m.node, weak(0), weak(found.count), one)
        return _arranged(m, value, [given[k] for k in chosen], isinstance(argnums, int), found)

    return Native(handler, "jacrev" if rows else "jacfwd", function)


class Pairs:
    """The derivatives of each output for each input: a number, or an array of the output's shape followed by the
    input's."""

    def __init__(self, m: Interpreter, outputs: list[Leaf], inputs: list[Leaf], rows: bool):
        self.m, self.rows = m, rows
        self.directions, self.others = (outputs, inputs) if rows else (inputs, outputs)
        self.sizes = [prod(_shape(leaf)) for leaf in self.directions]
        self.count = sum(self.sizes)
        self.held = Container(m.store)
        for r, row in enumerate(outputs):
            for c, column in enumerate(inputs):
                self.held.slots[r, c] = zero_pair(m, row, column, column.dtype if rows else row.dtype)

    def units(self, j: Scalar) -> list:
        """The direction that is one at element `j`, counted through all leaves, and zero elsewhere."""
        b = self.m.builder
        seeds = []
        for (offset, here), leaf in zip(self._places(j), self.directions):
            one, zero = Scalar(leaf.dtype, False, constant=1.0), Scalar(leaf.dtype, False, constant=0.0)
            value = _chosen(self.m, here, one, zero)
            if isinstance(leaf, Scalar):
                seeds.append(b.ssa(value))
                continue
            at = _chosen(self.m, here, binary(b, "-", j, weak(offset)), weak(0))
            zeros = b.apply("tensor.splat", b.ssa(zero), result=b.type_of(leaf))
            indices = [as_index(self.m, k) for k in self._indices(at, leaf)]
            seeds.append(b.emit("tensor.insert", [b.ssa(value), zeros, *indices], [b.type_of(leaf)]).result)
        return seeds

    def put(self, j: Scalar, found: Sequence) -> None:
        """Enters what direction `j` has given, for all the others."""
        for d, ((offset, here), leaf) in enumerate(zip(self._places(j), self.directions)):
            def enter(d=d, offset=offset, leaf=leaf) -> bool:
                at = self._indices(binary(self.m.builder, "-", j, weak(offset)), leaf)
                for o, (other, ssa) in enumerate(zip(self.others, found)):
                    self._enter((d, o) if self.rows else (o, d), at, with_ssa(other, ssa))
                return True

            if here.is_constant:
                enter() if here.constant else None
            else:
                fork(self.m, here, enter, lambda: True)

    def _enter(self, pair: tuple, at: list[Scalar], value: Leaf) -> None:
        held = self.m.store.read(self.held, pair)
        if isinstance(held, Scalar):
            assert isinstance(value, Scalar)
            new = cast(self.m.builder, value, held.dtype, held.weak)
            self.m.store.write(self.held, pair, Scalar(held.dtype, held.weak, new.ssa, new.constant), self.m.origin())
            return
        whole: list[Value] = [Slice(NONE, NONE, NONE)] * len(_shape(value))
        index = [*at, *whole] if self.rows else [*whole, *at]
        set_item(self.m, held, Tuple(tuple(index)),
                 array_of_argument(self.m, value) if isinstance(value, Tensor) else value)

    def _places(self, j: Scalar) -> Iterator[tuple[int, Scalar]]:
        """For each leaf of the direction the number of its first element, and whether `j` is in it."""
        offset = 0
        for size in self.sizes:
            above = scalar_ops.TRUE if offset == 0 else self._compared("ge", j, offset)
            last = offset + size == self.count
            yield offset, logical_and(self.m.builder, above,
                                      scalar_ops.TRUE if last else self._compared("lt", j, offset + size))
            offset += size

    def _compared(self, predicate: str, j: Scalar, bound: int) -> Scalar:
        return compare_scalars(self.m.builder, predicate, j, weak(bound))

    def _indices(self, at: Scalar, leaf: Leaf) -> list[Scalar]:
        """The indices of an element from its number by rows."""
        found, shape = [], _shape(leaf)
        for k, n in enumerate(shape):
            index = at
            if k + 1 < len(shape):
                index = binary(self.m.builder, "//", index, weak(prod(shape[k + 1:])))
            if k:
                index = binary(self.m.builder, "%", index, weak(n))
            found.append(index if index.is_constant else Scalar(types.i64, True, index.ssa, range=(0, n - 1)))
        return found


def zero_pair(m: Interpreter, row: Leaf, column: Leaf, dtype) -> Value:
    shape = (*_shape(row), *_shape(column))
    if shape:
        return new_array(m, dtype, [weak(n) for n in shape], weak(0))
    is_weak = isinstance(row, Scalar) and isinstance(column, Scalar) and row.weak and column.weak
    return Scalar(dtype, is_weak, constant=dtype.numpy(0).item())


def _arranged(m: Interpreter, value: Value, columns: list[Value], is_one: bool, found: Pairs) -> Value:
    """The function's value with, in the place of each float, what it was differentiated for with the derivatives."""
    counts = [0, 0]

    def pair(row: Leaf, column: Leaf) -> Value:
        if not is_float(column):
            return zero_pair(m, row, column, row.dtype)
        counts[1] += 1
        return m.store.read(found.held, (counts[0] - 1, counts[1] - 1))

    def block(row: Leaf) -> Value:
        if not is_float(row):
            return NONE
        counts[:] = counts[0] + 1, 0
        parts = [_replaced(m, column, lambda leaf: pair(row, leaf)) for column in columns]
        return parts[0] if is_one else Tuple(tuple(parts))

    return _replaced(m, value, block)


def _replaced(m: Interpreter, value: Value, function: Callable) -> Value:
    """A value of this structure with something else in the place of each number and array."""
    if isinstance(value, Scalar):
        return function(value)
    if isinstance(value, Array):
        return function(m.store.read(value, "data"))
    if isinstance(value, Mutable):
        made = value.like(m.store)
        for key in list(value.slots):
            made.slots[key] = _replaced(m, m.store.read(value, key), function)
        return made
    parts = value.parts()
    return value.with_parts([_replaced(m, part, function) for part in parts]) if parts else value


def _result_like(m: Interpreter, function: Value, arguments: list[Value]) -> Value:
    """Something of the structure and types of what a call returns."""
    copies = lambda: [rebuilt(m, a, lambda leaf: leaf) for a in arguments]
    b, mark = m.builder, m.store.begin()
    may_fail, effects = b.may_fail, b.effects
    value = None
    try:
        with b.aside():
            value = rebuilt(m, without_views(m, m.call(function, copies(), {})), lambda leaf: leaf)
    except Dead:
        pass
    finally:
        m.store.take_back(mark)
        b.may_fail, b.effects = may_fail, effects
    if value is None:
        m.call(function, copies(), {})
        raise Dead
    return value


def _leaves(m: Interpreter, value: Value) -> list[Leaf]:
    found: list[Any] = leaves_of(m, value)
    for thing in _arrays(m, value):
        if "sizes" in thing.slots:
            raise Refused("a Jacobian with an array whose size is known only at run time", "use dsl.vjp or dsl.jvp")
    return found


def _arrays(m: Interpreter, value: Value) -> Iterator[Array]:
    if isinstance(value, Array):
        yield value
    elif isinstance(value, Mutable):
        for key in list(value.slots):
            yield from _arrays(m, m.store.read(value, key))
    else:
        for part in value.parts():
            yield from _arrays(m, part)


def _shape(leaf: Leaf) -> tuple:
    return leaf.shape if isinstance(leaf, Tensor) else ()


def _chosen(m: Interpreter, condition: Scalar, yes: Scalar, no: Scalar) -> Scalar:
    """One of two numbers of one type, without a branch."""
    if condition.is_constant:
        return yes if condition.constant else no
    b = m.builder
    return Scalar(yes.dtype, yes.weak, b.select(b.ssa(condition), b.ssa(yes), b.ssa(no)))
