"""Products of vectors and matrices."""

from __future__ import annotations

import itertools
from math import prod

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.scalar_ops import cast, promote
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_none
from dsl.frontend.kinds.array_creation import array_of_items, new_array
from dsl.frontend.kinds.indexing import pick_least
from dsl.frontend.kinds.ndarray import Array, View, as_view, element, is_array, set_element, subview, transposed
from dsl.frontend.protocols import operate
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Scalar, Slice, Static, Tuple, Value, weak
from dsl.library.floats import root_of_sum
from dsl.passes.ir.limits import SMALL_ARRAY

from .contractions import contraction, is_whole
from .numpy_arithmetic import accumulate, array_of, as_operand, elementwise, flattened, loop_nest, sum_dtype


def matmul(m: Interpreter, x: Value, y: Value) -> Value:
    """`x @ y` of vectors and matrices."""
    x, y = as_operand(m, x), as_operand(m, y)
    if not (is_array(x) and is_array(y)):
        raise Refused("@ of an array and a number", "write *")
    a, b = as_view(m, x), as_view(m, y)
    if not (1 <= len(a.sizes) <= 2 and 1 <= len(b.sizes) <= 2):
        raise Refused("@ of arrays of more than two dimensions", "write the loop")
    check_inner(m, a.sizes[-1], b.sizes[0])
    if len(a.sizes) == len(b.sizes) == 1:
        return inner(m, a, b)
    rows = list(a.sizes[:-1])
    columns = list(b.sizes[1:])
    if is_whole(a, b, [*rows, *columns], a.sizes[-1:]):
        outside = tuple(range(len(rows) + len(columns)))
        summed = len(outside)
        return contraction(m, a, b, (*outside[: len(rows)], summed), (summed, *outside[len(rows) :]), outside)

    def entry(at: list[Scalar]) -> Scalar:
        row = subview(m, a, Tuple((at[0],)))[0] if rows else a
        column = subview(m, b, Tuple((Slice(NONE, NONE, NONE), at[-1])))[0] if columns else b
        return inner(m, row, column)

    return tabulate(m, [*rows, *columns], entry, scalar_ops.promote(strong(a), strong(b))[0])


def strong(view: View) -> Scalar:
    return Scalar(view.dtype, False)


def tabulate(m: Interpreter, sizes: list[Scalar], entry, dtype) -> Array:
    """An array of `entry(index)`."""
    if all(s.is_constant for s in sizes) and prod(s.constant for s in sizes) <= SMALL_ARRAY:
        items = [entry([weak(k) for k in at]) for at in itertools.product(*[range(s.constant) for s in sizes])]
        return array_of_items(m, dtype, tuple(s.constant for s in sizes), items)
    made = new_array(m, dtype, sizes, None)
    target = as_view(m, made)
    loop_nest(m, sizes, lambda at: set_element(m, target, at, entry(at)))
    return made


def check_inner(m: Interpreter, x: Scalar, y: Scalar) -> None:
    if x.is_constant and y.is_constant:
        if x.constant != y.constant:
            raise Refused(f"shapes do not match: {x.constant} columns and {y.constant} rows")
        return
    differ = scalar_ops.compare_scalars(m.builder, "ne", x, y)
    if not (differ.is_constant and not differ.constant):
        m.builder.fail(m.builder.ssa(differ), "ValueError", "shapes do not match")


def inner(m: Interpreter, a: View, b: View) -> Scalar:
    """The sum of products of two vectors."""
    if is_whole(a, b, [], a.sizes):
        return element(m, as_view(m, contraction(m, a, b, (0,), (0,), ())), [])
    dtype, _ = promote(strong(a), strong(b))
    size = a.sizes[0] if a.sizes[0].is_constant else b.sizes[0]

    def product(at: list[Scalar]) -> Scalar:
        return operate(m, "*", element(m, a, at), element(m, b, at))

    if size.is_constant and 0 < size.constant <= SMALL_ARRAY:
        total = product([weak(0)])
        for k in range(1, size.constant):
            total = operate(m, "+", total, product([weak(k)]))
        return total
    start = Scalar(dtype, False, constant=0.0 if dtype.kind == "float" else 0)
    return accumulate(m, [size], start, lambda total, at: operate(m, "+", total, product(at)))


def dot(m: Interpreter, x: Value, y: Value) -> Value:
    x, y = as_operand(m, x), as_operand(m, y)
    return operate(m, "*", x, y) if is_number(m, x) or is_number(m, y) else matmul(m, x, y)


def is_number(m: Interpreter, value: Value) -> bool:
    return not is_array(value) or not as_view(m, value).sizes


def inner_product(m: Interpreter, x: Value, y: Value) -> Value:
    """`np.inner`: over the last axis of both."""
    x, y = as_operand(m, x), as_operand(m, y)
    return dot(m, x, y) if is_number(m, x) or is_number(m, y) else matmul(m, x, transposed(as_view(m, y)))


def vdot(m: Interpreter, x: Value, y: Value) -> Value:
    """`np.vdot`: of all elements, by rows."""
    x, y = as_operand(m, x), as_operand(m, y)
    if not (is_array(x) and is_array(y)):
        return dot(m, x, y)
    return matmul(m, in_a_row(m, as_view(m, x)), in_a_row(m, as_view(m, y)))


def in_a_row(m: Interpreter, view: View) -> View:
    """The elements by rows, as a vector to read: of a matrix a copy."""
    if not view.sizes:
        return subview(m, view, Tuple((NONE,)))[0]
    return view if len(view.sizes) == 1 else as_view(m, flattened(m, view))


def cross(m: Interpreter, x: Value, y: Value) -> Value:
    a, b = (as_view(m, as_operand(m, v)) for v in (x, y))
    if any(len(v.sizes) != 1 or not v.sizes[0].is_constant or v.sizes[0].constant != 3 for v in (a, b)):
        raise Refused("np.cross needs two vectors of three elements")
    p, q = ([element(m, v, [weak(k)]) for k in range(3)] for v in (a, b))

    def term(i: int, j: int) -> Scalar:
        return operate(m, "-", operate(m, "*", p[i], q[j]), operate(m, "*", p[j], q[i]))

    items = [term(1, 2), term(2, 0), term(0, 1)]
    return array_of_items(m, items[0].dtype, (3,), items)


def outer(m: Interpreter, x: Value, y: Value) -> Value:
    """`np.outer`: of all elements of one and all of the other, by rows."""
    a, b = (in_a_row(m, as_view(m, array_of(m, v))) for v in (x, y))
    if is_whole(a, b, [a.sizes[0], b.sizes[0]], []):
        return contraction(m, a, b, (0,), (1,), (0, 1))
    column = subview(m, a, Tuple((Slice(NONE, NONE, NONE), NONE)))[0]
    return elementwise(m, lambda p, q: operate(m, "*", p, q), [column, b])


def norm(m: Interpreter, x: Value, ord: Value = NONE, axis: Value = NONE) -> Value:
    """The 2-norm of a vector, the Frobenius norm of a matrix."""
    if not (is_none(ord) and is_none(axis)):
        raise Refused("np.linalg.norm with ord or axis", "write the sum out")
    view = as_view(m, array_of(m, x))
    dtype = sum_dtype(view.dtype) if view.dtype.kind == "float" else types.f64

    def square(at: list[Scalar]) -> Scalar:
        value = cast(m.builder, element(m, view, at), dtype, False)
        return operate(m, "*", value, value)

    total = accumulate(m, list(view.sizes), Scalar(dtype, False, constant=0.0),
                       lambda t, at: operate(m, "+", t, square(at)))
    return m.call(Static(root_of_sum), [total], {})


def trace(m: Interpreter, x: Value) -> Value:
    view = as_view(m, array_of(m, x))
    if len(view.sizes) != 2:
        raise Refused(f"np.trace of an array of {len(view.sizes)} dimensions", "give it a matrix")
    dtype = sum_dtype(view.dtype)
    size = pick_least(m, list(view.sizes))
    start = Scalar(dtype, False, constant=0.0 if dtype.kind == "float" else 0)
    return accumulate(m, [size], start, lambda t, at: operate(m, "+", t, element(m, view, [at[0], at[0]])))

