"""Derivatives taken inside a kernel, and what a kernel says about its own: `dsl.grad`, `jvp`, `vjp`, `checkpoint`,
`stop_gradient`, `custom_vjp`, `custom_jvp` (`custom_root` is in implicit.py).

The function concerned is visited into a region of its own, which sees the values around it; `passes.autodiff` replaces
the operation that holds the region. What the region is differentiated for are the arguments of its block.
"""

from __future__ import annotations

from collections.abc import Callable

from iree.compiler import ir

from .alike import alike, without_views
from .arrays import Array
from .heap import Heap
from .machine import Machine
from .scalars import cast
from .signals import Refused
from .values import Native, Scalar, Static, Tensor, Tuple, Value


def handler_of(function) -> Callable | None:
    """The handler of one of the functions above, or of an object that one of them made; None for anything else."""
    from dsl import rules, transforms

    for kind, make in _MADE.items():
        if isinstance(function, getattr(rules, kind, None) or getattr(transforms, kind)):
            return make(function)
    name = getattr(function, "__name__", None)
    if isinstance(name, str) and name in _FUNCTIONS:
        if function in (getattr(rules, name, None), getattr(transforms, name, None)):
            return _FUNCTIONS[name]
    if isinstance(function, transforms.Derived):
        return _refuse(f"{function.__name__} inside a kernel")
    if getattr(function, "__module__", None) == "dsl.jacobians":
        return _refuse(f"dsl.{name} inside a kernel")
    return None


def _refuse(what: str) -> Callable:
    def handler(m: Machine, *arguments: Value, **keywords: Value) -> Value:
        raise Refused(what, "use dsl.grad, dsl.value_and_grad, dsl.jvp or dsl.vjp there")

    return handler


# values around other leaves


def is_float(leaf: Scalar | Tensor) -> bool:
    return leaf.dtype.kind == "float"


def leaves_of(m: Machine, value: Value) -> list:
    """Every number and array inside, those of mutable things included."""
    found: list = []
    rebuilt(m, value, lambda leaf: found.append(leaf) or leaf)
    return found


def rebuilt(m: Machine, value: Value, function: Callable, resized: bool = True) -> Value:
    """A copy of a value with `function` applied to its leaves (with `resized`, to the sizes of arrays that are known
    only at run time too); the copy shares nothing that can change."""
    if isinstance(value, Scalar | Tensor):
        return function(value)
    if isinstance(value, Heap):
        copy = value.like(m.state)
        for key in list(value.slots):
            part = m.state.read(value, key)
            is_size = isinstance(value, Array) and key == "sizes" and not resized
            copy.slots[key] = part if is_size else rebuilt(m, part, function, resized)
        return copy
    parts = value.parts()
    return value.with_parts([rebuilt(m, part, function, resized) for part in parts]) if parts else value


def with_ssa(leaf: Scalar | Tensor, ssa) -> Scalar | Tensor:
    if isinstance(leaf, Tensor):
        return Tensor(leaf.dtype, leaf.shape, ssa)
    return Scalar(leaf.dtype, leaf.weak, ssa)


def filled(m: Machine, value: Value, results, chosen: Callable = lambda leaf: True) -> Value:
    """The value with the leaves that `chosen` accepts taken from `results`, in order."""
    rest = iter(results)
    return rebuilt(m, value, lambda leaf: with_ssa(leaf, next(rest)) if chosen(leaf) else leaf)


def zeroed(m: Machine, value: Value, results) -> Value:
    """A derivative of the value: floats from `results`, zero where there is none."""
    rest = iter(results)

    def leaf(old):
        if is_float(old):
            return with_ssa(old, next(rest))
        if isinstance(old, Tensor):
            zero = m.builder.constant(old.dtype, 0)
            return with_ssa(old, m.builder.apply("tensor.splat", zero, result=m.builder.type_of(old)))
        return Scalar(old.dtype, old.weak, constant=old.dtype.numpy(0).item())

    return rebuilt(m, value, leaf, resized=False)


# regions


class Region:
    """A function visited into a block with the given argument types. `value` is its result, `leaves` what it yields."""

    def __init__(self, m: Machine, types: list, visit: Callable):
        b = m.builder
        mark = m.state.begin()
        try:
            with b.aside(*types) as block:
                self.value = without_views(m, visit(list(block.arguments)))
                self.leaves = leaves_of(m, self.value)
                b.emit("dsl.yield", [b.ssa(leaf) for leaf in self.leaves])
        finally:
            changed = m.state.take_back(mark)
        if changed:
            raise Refused(
                "a function that is differentiated, checkpointed or has a rule of its own changes a value around it",
                "return the new value instead",
            )
        self.block = block


def emit(m: Machine, name: str, operands: list, results: list, regions: list[Region], **attributes) -> list:
    op = m.builder.emit(name, operands, results, attributes, regions=len(regions))
    for region, place in zip(regions, op.regions):
        region.block.append_to(place)
    return list(op.results)


def types_of(m: Machine, leaves: list) -> list:
    return [m.builder.type_of(leaf) for leaf in leaves]


def derivative(m: Machine, op: str, function: Value, arguments: list[Value], chosen: list[int], seeds) -> tuple:
    """A `dsl.vjp` or `dsl.jvp` of a call. `seeds(region)` gives the cotangents or tangents.

    Returns the value of the call, the results that are derivatives, and the leaves that were differentiated for."""
    inputs = [leaf for k in chosen for leaf in leaves_of(m, arguments[k]) if is_float(leaf)]

    def visit(block_arguments):
        rest = iter(block_arguments)
        inner = [
            rebuilt(m, a, lambda leaf: with_ssa(leaf, next(rest)) if is_float(leaf) else leaf) if k in chosen else a
            for k, a in enumerate(arguments)
        ]
        return m.call(function, inner, {})

    region = Region(m, types_of(m, inputs), visit)
    outputs = [leaf for leaf in region.leaves if is_float(leaf)]
    given = seeds(region, outputs)
    found = inputs if op == "dsl.vjp" else outputs
    wrt = ir.DenseI64ArrayAttr.get(range(len(inputs)), m.builder.context)
    operands = [*(m.builder.ssa(leaf) for leaf in inputs), *given]
    results = emit(m, op, operands, [*types_of(m, region.leaves), *types_of(m, found)], [region], wrt=wrt)
    count = len(region.leaves)
    return filled(m, region.value, results[:count]), results[count:], region


def seeds_like(m: Machine, value: Value, given: Value, what: str) -> list:
    """The float leaves of a tangent or cotangent, as SSA values of the types of those of `value`."""
    expected, found = leaves_of(m, value), leaves_of(m, alike(m, value, given))
    if len(expected) != len(found):
        raise Refused(f"{what} has {len(found)} numbers where {len(expected)} are needed", "give it the same structure")
    return [typed(m, new, old, what) for old, new in zip(expected, found) if is_float(old)]


def typed(m: Machine, new: Scalar | Tensor, like: Scalar | Tensor, what: str):
    if isinstance(new, Tensor) or isinstance(like, Tensor):
        if not (isinstance(new, Tensor) and isinstance(like, Tensor) and new.key() == like.key()):
            raise Refused(f"{what} has {new.describe()} where {like.describe()} is needed")
        return m.builder.ssa(new)
    return m.builder.ssa(cast(m.builder, new, like.dtype, like.weak))


# grad, value_and_grad, jvp, vjp


def gradient(function: Value, argnums, has_aux: bool, with_value: bool) -> Callable:
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)

    def handler(m: Machine, *arguments: Value) -> Value:
        chosen = [k % len(arguments) for k in numbers if -len(arguments) <= k < len(arguments)]
        if len(chosen) < len(numbers):
            raise Refused(f"argnums {argnums} of a function called with {len(arguments)} arguments")

        def seeds(region, outputs):
            first = region.value.items[0] if has_aux and isinstance(region.value, Tuple) else region.value
            if not (isinstance(first, Scalar) and is_float(first)):
                raise Refused(f"the gradient of a function that returns {first.describe()}",
                              "return one float, or use dsl.vjp")
            one = m.builder.constant(first.dtype, 1.0)
            zero = lambda leaf: m.builder.constant(leaf.dtype, 0.0)
            return [one, *(zero(leaf) for leaf in outputs[1:])]

        given = [without_views(m, a) if k in chosen else a for k, a in enumerate(arguments)]
        value, cts, _ = derivative(m, "dsl.vjp", function, given, chosen, seeds)
        rest, parts = iter(cts), []
        for k in chosen:
            count = sum(is_float(leaf) for leaf in leaves_of(m, given[k]))
            parts.append(zeroed(m, given[k], [next(rest) for _ in range(count)]))
        found = parts[0] if isinstance(argnums, int) else Tuple(tuple(parts))
        if with_value:
            return Tuple((value, found))
        return Tuple((found, value.items[1])) if has_aux else found

    return handler


def known(value: Value, what: str):
    if isinstance(value, Static):
        return value.value
    if isinstance(value, Scalar) and value.is_constant:
        return value.python()
    if isinstance(value, Tuple):
        return tuple(known(item, what) for item in value.items)
    raise Refused(f"{what} has to be known at compile time, found {value.describe()}")


def make_gradient(with_value: bool) -> Callable:
    name = "value_and_grad" if with_value else "grad"

    def handler(m: Machine, function: Value, argnums: Value | None = None, has_aux: Value | None = None) -> Value:
        numbers = 0 if argnums is None else known(argnums, "argnums")
        aux = False if has_aux is None else bool(known(has_aux, "has_aux"))
        return Native(gradient(function, numbers, aux, with_value), name)

    return handler


def call_jvp(m: Machine, function: Value, primals: Value, tangents: Value) -> Value:
    if not (isinstance(primals, Tuple) and isinstance(tangents, Tuple)):
        raise Refused("jvp takes tuples of primals and of tangents, one entry for each argument")
    given = without_views(m, primals)
    arguments = given.parts()
    seeds = lambda region, outputs: seeds_like(m, given, tangents, "the tangent")
    value, dots, _ = derivative(m, "dsl.jvp", function, arguments, list(range(len(arguments))), seeds)
    return Tuple((value, zeroed(m, value, dots)))


def call_vjp(m: Machine, function: Value, *given: Value) -> Value:
    primals = [without_views(m, x) for x in given]
    value = m.call(function, [rebuilt(m, p, lambda leaf: leaf) for p in primals], {})

    def pullback(m: Machine, cotangent: Value) -> Value:
        seeds = lambda region, outputs: seeds_like(m, region.value, cotangent, "the cotangent")
        _, cts, _ = derivative(m, "dsl.vjp", function, primals, list(range(len(primals))), seeds)
        return zeroed(m, Tuple(tuple(primals)), cts)

    return Tuple((value, Native(pullback, "pullback")))


# stop_gradient and checkpoint


def call_stop_gradient(m: Machine, x: Value) -> Value:
    def stop(leaf):
        if not is_float(leaf) or (isinstance(leaf, Scalar) and leaf.is_constant):
            return leaf
        return with_ssa(leaf, m.builder.apply("dsl.stop_gradient", m.builder.ssa(leaf)))

    return rebuilt(m, x, stop)


def checkpointed(function: Value) -> Callable:
    def handler(m: Machine, *arguments: Value, **keywords: Value) -> Value:
        region = Region(m, [], lambda _: m.call(function, list(arguments), dict(keywords)))
        results = emit(m, "dsl.checkpoint", [], types_of(m, region.leaves), [region])
        return filled(m, region.value, results)

    return handler


def make_checkpoint(m: Machine, function: Value) -> Value:
    return Native(checkpointed(function), "checkpoint")


# custom rules


def custom(name: str, rule: Callable) -> Callable:
    """The handler of a function with a rule: `rule(m, made, arguments, primal)` gives the further regions."""

    def make(made) -> Callable:
        def handler(m: Machine, *given: Value) -> Value:
            arguments = [without_views(m, x) for x in given]
            inputs = leaves_of(m, Tuple(tuple(arguments)))
            types = types_of(m, inputs)
            around = lambda values: filled(m, Tuple(tuple(arguments)), values).items
            primal = Region(m, types, lambda a: m.call(Static(made.function), list(around(a)), {}))
            regions = [primal, *rule(m, made, arguments, inputs, around, primal)]
            operands = [m.builder.ssa(leaf) for leaf in inputs]
            results = emit(m, name, operands, types_of(m, primal.leaves), regions)
            return filled(m, primal.value, results)

        return handler

    return make


def vjp_rule(m: Machine, made, arguments, inputs, around, primal: Region) -> list[Region]:
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


def cotangents(m: Machine, argument: Value, given: Value) -> list:
    """The cotangents of the floats of one argument; None stands for zero."""
    floats = [leaf for leaf in leaves_of(m, argument) if is_float(leaf)]
    if isinstance(given, Static) and given.value is None:
        return [Scalar(leaf.dtype, leaf.weak, constant=0.0) for leaf in floats]
    seeds = seeds_like(m, argument, given, "a cotangent that bwd returned") if floats else []
    return [with_ssa(leaf, ssa) for leaf, ssa in zip(floats, seeds)]


def jvp_rule(m: Machine, made, arguments, inputs, around, primal: Region) -> list[Region]:
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


def same_types(m: Machine, value: Value, primal: Region, what: str) -> None:
    found, expected = (types_of(m, leaves) for leaves in (leaves_of(m, value), primal.leaves))
    if found != expected:
        raise Refused(f"{what} returns a value of other types than the function")


def from_gradient(made) -> Callable:
    return gradient(Static(made.base), made.argnums, made.has_aux, made.with_value)


def from_equation(made) -> Callable:
    from .implicit import custom_root

    return custom_root(made.__name__, Static(made.function), Static(made.residual))


def make_root(m: Machine, residual: Value, solve: Value | None = None) -> Value:
    from . import implicit

    return implicit.make_root(m, residual, solve)


_FUNCTIONS = {
    "grad": make_gradient(False), "value_and_grad": make_gradient(True), "jvp": call_jvp, "vjp": call_vjp,
    "stop_gradient": call_stop_gradient, "checkpoint": make_checkpoint,
    "custom_root": make_root,
}  # fmt: skip
_MADE: dict[str, Callable] = {
    "Gradient": from_gradient,
    "Checkpointed": lambda made: checkpointed(Static(made.function)),
    "custom_vjp": custom("dsl.custom_vjp", vjp_rule),
    "custom_jvp": custom("dsl.custom_jvp", jvp_rule),
    "Root": from_equation,
}
