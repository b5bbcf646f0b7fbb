"""A call whose derivative is taken inside a kernel: the operation that holds the function, its arguments as they are
differentiated, and which of them it is taken for.
"""

from __future__ import annotations

import ast
import types as python_types
from collections.abc import Sequence

from iree.compiler import ir

from dsl.calling.binding import annotations_of
from dsl.calling.kernel_roles import role_of
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.ownership import call_with_copies
from dsl.frontend.syntax import source
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Closure, Method, Native, Partial, Scalar, Static, Tuple, Value

from .regions import (
    Region,
    as_differentiated,
    emit,
    filled,
    is_float,
    leaves_of,
    rebuilt,
    types_of,
    with_ssa,
)


def differentiated_call(m: Interpreter, op: str, function: Value, originals, arguments: list[Value],
                        chosen: list[int], seeds):
    """A `dsl.vjp` or `dsl.jvp` of a call. `arguments` are its `originals`, without views where they are `chosen` to be
    differentiated for; `seeds(region)` gives the cotangents or tangents.

    Returns the value of the call, the results that are derivatives, and the leaves that were differentiated for."""
    inputs = [leaf for k in chosen for leaf in leaves_of(m, arguments[k]) if is_float(leaf)]

    def visit(block_arguments):
        rest = iter(block_arguments)
        inner = [
            rebuilt(m, a, lambda leaf: with_ssa(leaf, next(rest)) if is_float(leaf) else leaf) if k in chosen else a
            for k, a in enumerate(arguments)
        ]
        return call_with_copies(m, function, originals, inner)

    region = Region(m, types_of(m, inputs), visit, [m.builder.ssa(leaf) for leaf in inputs])
    outputs = [leaf for leaf in region.leaves if is_float(leaf)]
    given = seeds(region, outputs)
    found = inputs if op == "dsl.vjp" else outputs
    wrt = ir.DenseI64ArrayAttr.get(range(len(inputs)), m.builder.context)
    operands = [*(m.builder.ssa(leaf) for leaf in inputs), *given]
    results = emit(m, op, operands, [*types_of(m, region.leaves), *types_of(m, found)], [region], wrt=wrt)
    count = len(region.leaves)
    return filled(m, region.value, results[:count]), results[count:], region


def chosen_arguments(m: Interpreter, function: Value, arguments: Sequence[Value], argnums) -> tuple[list, list[Value]]:
    """The numbers from 0 of the arguments that `argnums` names, and the arguments, these as they are differentiated."""
    numbers, count = [argnums] if isinstance(argnums, int) else list(argnums), len(arguments)
    chosen = [k % count for k in numbers if -count <= k < count]
    if len(chosen) < len(numbers):
        raise Refused(f"argnums {argnums} of a function called with {count} arguments")
    meant = parameter_annotations(function, count)
    return chosen, [as_differentiated(m, a, meant[k]) if k in chosen else a for k, a in enumerate(arguments)]


def parameter_annotations(function: Value, count: int) -> list:
    """What is annotated of the first `count` arguments; None for what is not. A derivative has the parameters of what
    it is the derivative of."""
    if isinstance(function, Native):
        return parameter_annotations(function.base, count) if function.base is not None else [None] * count
    if isinstance(function, Partial):
        first = len(function.arguments)
        return parameter_annotations(function.function, first + count)[first:]
    if isinstance(function, Method):
        return parameter_annotations(function.function, 1 + count)[1:]
    if isinstance(function, Closure):
        names, found = source.argument_names(function.info.node), _annotations_of_closure(function)
    else:
        python = function.value if isinstance(function, Static) else None
        while role_of(python) in ("Gradient", "Jacobian"):
            python = python.base
        python = source.undecorated(python)
        if not isinstance(python, python_types.FunctionType):
            return [None] * count
        names, found = python.__code__.co_varnames[: python.__code__.co_argcount], annotations_of(python)
    return [found.get(names[k]) if k < len(names) else None for k in range(count)]


def _annotations_of_closure(function: Closure) -> dict:
    """The annotations of a function made in the kernel, evaluated in its module where they can be."""
    outer, found = function.frame.outermost().python, {}
    arguments = function.info.node.args
    for argument in [*arguments.posonlyargs, *arguments.args]:
        text = argument.annotation
        if text is None:
            continue
        text = text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else ast.unparse(text)
        try:
            found[argument.arg] = eval(text, dict(outer.__globals__))
        except Exception:  # a name that only the kernel, or a type checker, knows
            continue
    return found


def static_argument(value: Value, what: str):
    """The Python value of an argument of a transform."""
    if isinstance(value, Static):
        return value.value
    if isinstance(value, Scalar) and value.is_constant:
        return value.python()
    if isinstance(value, Tuple):
        return tuple(static_argument(item, what) for item in value.items)
    raise Refused(f"{what} has to be known at compile time, found {value.describe()}")
