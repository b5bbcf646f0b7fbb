"""Derivatives taken inside a kernel, and what a kernel says about its own: `dsl.grad`, `jvp`, `vjp`, `checkpoint`,
`stop_gradient`, `custom_vjp`, `custom_jvp` (`custom_root` is in root_calls.py, Jacobians in jacobian_calls.py).

The function concerned is visited into a region of its own, and `passes.autodiff` replaces the operation that holds it.
"""

from __future__ import annotations

from collections.abc import Callable

from dsl.calling.kernel_roles import role_of
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.ownership import call_with_copies
from dsl.frontend.function_table import finder
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Native, Scalar, Static, Tuple, Value

from . import root_calls, rule_calls
from .captures import captured, refuse_changes
from .checkpoint_calls import checkpointed
from .differentiated import chosen_arguments, differentiated_call, parameter_annotations, static_argument
from .jacobian_calls import jacobian, make_jacobian
from .regions import (
    as_differentiated,
    is_float,
    leaves_of,
    rebuilt,
    seeds_like,
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


# grad, value_and_grad, jvp, vjp


def gradient(function: Value, argnums, has_aux: bool, with_value: bool) -> Native:
    """The function that `dsl.grad` or `dsl.value_and_grad` makes of another."""

    def handler(m: Interpreter, *arguments: Value) -> Value:
        def seeds(region, outputs):
            first = region.value.items[0] if has_aux and isinstance(region.value, Tuple) else region.value
            if not (isinstance(first, Scalar) and is_float(first)):
                raise Refused(f"the gradient of a function that returns {first.describe()}",
                              "return one float, or use dsl.vjp or dsl.jacrev")
            one = m.builder.constant(first.dtype, 1.0)
            return [one, *(m.builder.ssa(zero_like(m, leaf)) for leaf in outputs[1:])]

        chosen, given = chosen_arguments(m, function, arguments, argnums)
        value, cts, _ = differentiated_call(m, "dsl.vjp", function, arguments, given, chosen, seeds)
        rest, parts = iter(cts), []
        for k in chosen:
            count = sum(is_float(leaf) for leaf in leaves_of(m, given[k]))
            parts.append(zeroed(m, given[k], [next(rest) for _ in range(count)]))
        found = parts[0] if isinstance(argnums, int) else Tuple(tuple(parts))
        if with_value:
            return Tuple((value, found))
        return Tuple((found, value.items[1])) if has_aux else found

    return Native(handler, "value_and_grad" if with_value else "grad", function)


def make_gradient(with_value: bool) -> Callable:
    def handler(m: Interpreter, function: Value, argnums: Value | None = None, has_aux: Value | None = None) -> Value:
        numbers = 0 if argnums is None else static_argument(argnums, "argnums")
        aux = False if has_aux is None else bool(static_argument(has_aux, "has_aux"))
        return gradient(function, numbers, aux, with_value)

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


# stop_gradient and checkpoint (checkpoint_calls.py)


def call_stop_gradient(m: Interpreter, x: Value) -> Value:
    def stop(leaf):
        if not is_float(leaf) or (isinstance(leaf, Scalar) and leaf.is_constant):
            return leaf
        return with_ssa(leaf, m.builder.apply("dsl.stop_gradient", m.builder.ssa(leaf)))

    return rebuilt(m, x, stop)


def make_checkpoint(m: Interpreter, function: Value) -> Value:
    return Native(checkpointed(function), "checkpoint")


def from_gradient(made) -> Callable:
    return gradient(Static(made.base), made.argnums, made.has_aux, made.with_value).call


def from_equation(made) -> Callable:
    return root_calls.root_handler(made.__name__, Static(made.function), Static(made.residual))


_FUNCTIONS = {
    "grad": make_gradient(False), "value_and_grad": make_gradient(True), "jvp": call_jvp, "vjp": call_vjp,
    "jacfwd": make_jacobian(False), "jacrev": make_jacobian(True), "hessian": make_jacobian(True, False),
    "stop_gradient": call_stop_gradient, "checkpoint": make_checkpoint,
    "custom_root": root_calls.make_root,
}  # fmt: skip
_MADE: dict[str, Callable] = {
    "Gradient": from_gradient,
    "Jacobian": lambda made: jacobian(Static(made.base), made.argnums, made.mode == "reverse").call,
    "Checkpointed": lambda made: checkpointed(Static(made.function)),
    "custom_vjp": rule_calls.custom("dsl.custom_vjp", rule_calls.vjp_rule),
    "custom_jvp": rule_calls.custom("dsl.custom_jvp", rule_calls.jvp_rule),
    "Root": from_equation,
    "Derived": lambda made: _refuse(f"{made.__name__} inside a kernel"),
}
