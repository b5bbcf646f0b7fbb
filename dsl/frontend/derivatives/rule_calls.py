"""Functions with a rule of their own, `custom_vjp` and `custom_jvp` (`custom_root` is in root_calls.py).

A rule may call its function: there it has its rule again, for derivatives of a higher order, and so on
`MOST_RULE_LEVELS` deep. Further inside it is the function as it stands.
"""

from __future__ import annotations

from collections.abc import Callable

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.ownership import call_unchanging
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Static, Tuple, Value
from dsl.passes.ir.limits import MOST_RULE_LEVELS

from .regions import (
    Region,
    emit,
    filled,
    is_float,
    leaves_of,
    seeds_like,
    types_of,
    with_ssa,
    without_views,
    zero_like,
    zeroed,
)


def custom(name: str, rule: Callable) -> Callable:
    """The handler of a function with a rule: `rule(m, made, arguments, primal)` gives the further regions."""

    def make(made) -> Callable:
        def handler(m: Interpreter, *given: Value) -> Value:
            if m.rules.count(made) == MOST_RULE_LEVELS:
                return m.call(Static(made.function), list(given), {})
            arguments = [without_views(m, x) for x in given]
            inputs = leaves_of(m, Tuple(tuple(arguments)))
            types = types_of(m, inputs)
            around = lambda values: filled(m, Tuple(tuple(arguments)), values).items
            operands = [m.builder.ssa(leaf) for leaf in inputs]
            function = Static(made.function)
            primal = Region(m, types, lambda a: call_unchanging(m, function, list(around(a))), operands)
            m.rules.append(made)
            try:
                regions = [primal, *rule(m, made, arguments, inputs, around, primal)]
            finally:
                m.rules.pop()
            results = emit(m, name, operands, types_of(m, primal.leaves), regions)
            return filled(m, primal.value, results)

        return handler

    return make


def vjp_rule(m: Interpreter, made, arguments, inputs, around, primal: Region) -> list[Region]:
    if made.fwd is None or made.bwd is None:
        raise Refused(f"{made.__name__} has no rule yet", "call defvjp(fwd, bwd) before it is used")
    fwd = Region(m, types_of(m, inputs), lambda a: checked_pair(m.call(Static(made.fwd), list(around(a)), {}), "fwd"))
    same_types(m, fwd.value.items[0], primal, "fwd")
    residuals = leaves_of(m, fwd.value.items[1])
    outputs = [leaf for leaf in primal.leaves if is_float(leaf)]

    def visit(values):
        kept = filled(m, fwd.value.items[1], values[: len(residuals)])
        ct = zeroed(m, primal.value, values[len(residuals):])
        returned = m.call(Static(made.bwd), [kept, ct], {})
        if not isinstance(returned, Tuple) or len(returned.items) != len(arguments):
            raise Refused(f"bwd returned {returned.describe()}; it needs a tuple of {len(arguments)} cotangents, "
                          "one for each argument")
        found = [s for a, r in zip(arguments, returned.items) for s in cotangents(m, a, r)]
        return Tuple(tuple(found))

    return [fwd, Region(m, types_of(m, [*residuals, *outputs]), visit)]


def cotangents(m: Interpreter, argument: Value, given: Value) -> list:
    """The cotangents of the floats of one argument; None stands for zero."""
    floats = [leaf for leaf in leaves_of(m, argument) if is_float(leaf)]
    if isinstance(given, Static) and given.value is None:
        return [zero_like(m, leaf) for leaf in floats]
    seeds = seeds_like(m, argument, given, "a cotangent that bwd returned") if floats else []
    return [with_ssa(leaf, ssa) for leaf, ssa in zip(floats, seeds)]


def jvp_rule(m: Interpreter, made, arguments, inputs, around, primal: Region) -> list[Region]:
    if made.jvp is None:
        raise Refused(f"{made.__name__} has no rule yet", "call defjvp before it is used")
    floats = [leaf for leaf in inputs if is_float(leaf)]

    def visit(values):
        primals = Tuple(tuple(around(values[: len(inputs)])))
        tangents = zeroed(m, Tuple(tuple(arguments)), values[len(inputs):])
        value, dot = checked_pair(m.call(Static(made.jvp), [primals, tangents], {}), "the rule").items
        same_types(m, value, primal, "the rule")
        dots = seeds_like(m, value, dot, "the tangent that the rule returned")
        outputs = [leaf for leaf in leaves_of(m, value) if is_float(leaf)]
        return Tuple((value, Tuple(tuple(with_ssa(leaf, ssa) for leaf, ssa in zip(outputs, dots)))))

    return [Region(m, types_of(m, [*inputs, *floats]), visit)]


def checked_pair(value: Value, what: str) -> Tuple:
    if not isinstance(value, Tuple) or len(value.items) != 2:
        raise Refused(f"{what} returned {value.describe()}; it needs a pair")
    return value


def same_types(m: Interpreter, value: Value, primal: Region, what: str) -> None:
    found, expected = (types_of(m, leaves) for leaves in (leaves_of(m, value), primal.leaves))
    if found != expected:
        raise Refused(f"{what} returns a value of other types than the function")
