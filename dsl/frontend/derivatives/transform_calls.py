"""Derivatives taken inside a kernel, and what a kernel says about its own: `dsl.grad`, `jvp`, `vjp`, `checkpoint`,
`stop_gradient`, `custom_vjp`, `custom_jvp` (`custom_root` is in root_calls.py).

The function concerned is visited into a region of its own, and `passes.autodiff` replaces the operation that holds it.
"""

from __future__ import annotations

import types as python_types
from collections.abc import Callable

from iree.compiler import ir

from dsl.calling.binding import annotations_of
from dsl.calling.kernel_roles import role_of
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.ownership import call_with_copies
from dsl.frontend.function_table import finder
from dsl.frontend.syntax import source
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Native, Scalar, Static, Tuple, Value

from . import root_calls, rule_calls
from .captures import captured, refuse_changes
from .regions import (
    Region,
    as_differentiated,
    emit,
    filled,
    is_float,
    leaves_of,
    rebuilt,
    seeds_like,
    types_of,
    with_ssa,
    zero_like,
    zeroed,
)


@finder
def transform_handler(function) -> Callable | None:
    """The handler of one of the functions above, or of an object that one of them made; None for anything else."""
    role = role_of(function)
    if role is None:
        return None
    if role in _MADE:
        return _MADE[role](function)
    return _FUNCTIONS.get(role) or _refuse(f"{role} inside a kernel")


def _refuse(what: str) -> Callable:
    def handler(m: Interpreter, *arguments: Value, **keywords: Value) -> Value:
        raise Refused(what, "use dsl.grad, dsl.value_and_grad, dsl.jvp or dsl.vjp there")

    return handler


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


# grad, value_and_grad, jvp, vjp


def gradient(function: Value, argnums, has_aux: bool, with_value: bool) -> Callable:
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)

    def handler(m: Interpreter, *arguments: Value) -> Value:
        chosen = [k % len(arguments) for k in numbers if -len(arguments) <= k < len(arguments)]
        if len(chosen) < len(numbers):
            raise Refused(f"argnums {argnums} of a function called with {len(arguments)} arguments")

        def seeds(region, outputs):
            first = region.value.items[0] if has_aux and isinstance(region.value, Tuple) else region.value
            if not (isinstance(first, Scalar) and is_float(first)):
                raise Refused(f"the gradient of a function that returns {first.describe()}",
                              "return one float, or use dsl.vjp")
            one = m.builder.constant(first.dtype, 1.0)
            return [one, *(m.builder.ssa(zero_like(m, leaf)) for leaf in outputs[1:])]

        meant = parameter_annotations(function, len(arguments))
        given = [as_differentiated(m, a, meant[k]) if k in chosen else a for k, a in enumerate(arguments)]
        value, cts, _ = differentiated_call(m, "dsl.vjp", function, arguments, given, chosen, seeds)
        rest, parts = iter(cts), []
        for k in chosen:
            count = sum(is_float(leaf) for leaf in leaves_of(m, given[k]))
            parts.append(zeroed(m, given[k], [next(rest) for _ in range(count)]))
        found = parts[0] if isinstance(argnums, int) else Tuple(tuple(parts))
        if with_value:
            return Tuple((value, found))
        return Tuple((found, value.items[1])) if has_aux else found

    return handler


def parameter_annotations(function: Value, count: int) -> list:
    """What is annotated of the first `count` arguments; None for what is not, and for functions made in a kernel."""
    python = source.undecorated(function.value) if isinstance(function, Static) else None
    if not isinstance(python, python_types.FunctionType):
        return [None] * count
    found, code = annotations_of(python), python.__code__
    names = code.co_varnames[: code.co_argcount]
    return [found.get(names[k]) if k < len(names) else None for k in range(count)]


def static_argument(value: Value, what: str):
    if isinstance(value, Static):
        return value.value
    if isinstance(value, Scalar) and value.is_constant:
        return value.python()
    if isinstance(value, Tuple):
        return tuple(static_argument(item, what) for item in value.items)
    raise Refused(f"{what} has to be known at compile time, found {value.describe()}")


def make_gradient(with_value: bool) -> Callable:
    name = "value_and_grad" if with_value else "grad"

    def handler(m: Interpreter, function: Value, argnums: Value | None = None, has_aux: Value | None = None) -> Value:
        numbers = 0 if argnums is None else static_argument(argnums, "argnums")
        aux = False if has_aux is None else bool(static_argument(has_aux, "has_aux"))
        return Native(gradient(function, numbers, aux, with_value), name)

    return handler


def call_jvp(m: Interpreter, function: Value, primals: Value, tangents: Value) -> Value:
    if not (isinstance(primals, Tuple) and isinstance(tangents, Tuple)):
        raise Refused("jvp takes tuples of primals and of tangents, one entry for each argument")
    meant = parameter_annotations(function, len(primals.items))
    given = Tuple(tuple([as_differentiated(m, x, a) for x, a in zip(primals.items, meant)]))
    parts = given.parts()
    seeds = lambda region, outputs: seeds_like(m, given, tangents, "the tangent")
    value, dots, _ = differentiated_call(m, "dsl.jvp", function, primals.items, parts, list(range(len(parts))), seeds)
    return Tuple((value, zeroed(m, value, dots)))


def call_vjp(m: Interpreter, function: Value, *given: Value) -> Value:
    primals = [as_differentiated(m, x, a) for x, a in zip(given, parameter_annotations(function, len(given)))]
    copies = [rebuilt(m, p, lambda leaf: leaf) for p in primals]
    # the pullback is of the arguments as they are now, whatever becomes of them
    kept = [rebuilt(m, p, lambda leaf: leaf) for p in primals]
    uses = captured(m, function)
    value = call_with_copies(m, function, given, copies)

    def pullback(m: Interpreter, cotangent: Value) -> Value:
        refuse_changes(m, function, uses)
        seeds = lambda region, outputs: seeds_like(m, region.value, cotangent, "the cotangent")
        _, cts, _ = differentiated_call(m, "dsl.vjp", function, kept, kept, list(range(len(kept))), seeds)
        return zeroed(m, Tuple(tuple(kept)), cts)

    return Tuple((value, Native(pullback, "pullback")))


# stop_gradient and checkpoint


def call_stop_gradient(m: Interpreter, x: Value) -> Value:
    def stop(leaf):
        if not is_float(leaf) or (isinstance(leaf, Scalar) and leaf.is_constant):
            return leaf
        return with_ssa(leaf, m.builder.apply("dsl.stop_gradient", m.builder.ssa(leaf)))

    return rebuilt(m, x, stop)


def checkpointed(function: Value) -> Callable:
    def handler(m: Interpreter, *arguments: Value, **keywords: Value) -> Value:
        region = Region(m, [], lambda _: m.call(function, list(arguments), dict(keywords)), [])
        results = emit(m, "dsl.checkpoint", [], types_of(m, region.leaves), [region])
        return filled(m, region.value, results)

    return handler


def make_checkpoint(m: Interpreter, function: Value) -> Value:
    return Native(checkpointed(function), "checkpoint")


def from_gradient(made) -> Callable:
    return gradient(Static(made.base), made.argnums, made.has_aux, made.with_value)


def from_equation(made) -> Callable:
    return root_calls.root_handler(made.__name__, Static(made.function), Static(made.residual))


_FUNCTIONS = {
    "grad": make_gradient(False), "value_and_grad": make_gradient(True), "jvp": call_jvp, "vjp": call_vjp,
    "stop_gradient": call_stop_gradient, "checkpoint": make_checkpoint,
    "custom_root": root_calls.make_root,
}  # fmt: skip
_MADE: dict[str, Callable] = {
    "Gradient": from_gradient,
    "Checkpointed": lambda made: checkpointed(Static(made.function)),
    "custom_vjp": rule_calls.custom("dsl.custom_vjp", rule_calls.vjp_rule),
    "custom_jvp": rule_calls.custom("dsl.custom_jvp", rule_calls.jvp_rule),
    "Root": from_equation,
    "Derived": lambda made: _refuse(f"{made.__name__} inside a kernel"),
}
