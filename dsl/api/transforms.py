"""Derivatives of programs: `grad`, `value_and_grad`, `vjp`, `jvp`, named and used as in JAX.

Each makes a program of a program, so that they nest. A derivative has the structure of what it belongs to: the gradient
with respect to a dataclass is a dataclass of the same type. Integers and booleans carry no derivative: theirs is zero,
of their own type; but an integer that is annotated as a float is one where it is differentiated. The arguments of a
derivative are not changed, also where the function changes its arrays.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dsl.calling import trees
from dsl.calling.kernel_roles import in_kernel
from dsl.calling.lowered import Lowered
from dsl.calling.signature import signature_key
from dsl.calling.tracebacks import for_user
from dsl.calling.trees import Tree, outline
from dsl.passes.ir.diagnostics import CompileError
from dsl.program.program import Program
from dsl.runtime import environment

from .checkpoint_option import parsed
from .kernels import as_program

if TYPE_CHECKING:
    from dsl.program.compilation import Compilation


@in_kernel("grad")
def grad(function: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Program:
    """The gradient of a function that returns one float.

    argnums: the position of the argument to differentiate for, or several. has_aux: the function returns a pair whose
    second part is passed through. Calling the result returns the gradient, in the structure of the argument (a tuple of
    them for several `argnums`), then `aux` if asked for. Raises CompileError where the result is not one float.
    """
    return derivative(Gradient, as_program(function), (fixed(argnums), has_aux, False))


@in_kernel("value_and_grad")
def value_and_grad(function: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Program:
    """Like `grad`; the result returns the pair of the value (with `aux`, a pair) and the gradient."""
    return derivative(Gradient, as_program(function), (fixed(argnums), has_aux, True))


@in_kernel("jvp")
@for_user
def jvp(function: Callable, primals: Sequence, tangents: Sequence) -> tuple:
    """The value of a function and its derivative along `tangents` (forward mode).

    `primals` are its arguments, `tangents` values of the same structure (those of integers are ignored)."""
    _check_sequences(primals=primals, tangents=tangents)
    return as_program(function).derived("jvp", Tangent)(tuple(primals), tuple(tangents))


@in_kernel("vjp")
@for_user
def vjp(function: Callable, *primals) -> tuple[Any, Callable]:
    """The value of a function and its pullback, which takes a cotangent in the structure of the value and returns the
    tuple of cotangents of the arguments (reverse mode).

    The pullback runs the function again, without its prints, on the arguments as they were."""
    program = as_program(function)
    program.check_sharing(primals, {})
    primals, _ = program.with_floats(primals, {})
    kept = trees.deep_copied(primals)
    value = program(*trees.deep_copied(primals))
    return value, functools.partial(program.derived("vjp", Adjoint), kept)


def _check_sequences(**named) -> None:
    for name, value in named.items():
        if not isinstance(value, tuple | list):
            raise TypeError(f"{name} is a tuple with one entry for each argument, not {type(value).__name__}")


def derivative(kind: type[Derived], base: Program, parameters: tuple) -> Program:
    """A derivative of a program, made once in a process: `dsl.grad(f)` in a loop is the same program each time.

    (DSL_DEBUG_NANS is read when it is made.)"""
    name = f"{kind.__name__}{parameters} {environment.flag('DSL_DEBUG_NANS')}"
    return base.derived(name, lambda base: kind(base, *parameters))


def fixed(argnums: int | Sequence[int]) -> int | Sequence[int]:
    """`argnums`, which may be a list that changes later."""
    return tuple(argnums) if isinstance(argnums, list) else argnums


@in_kernel("Derived")
class Derived(Program):
    """Base of the programs made of another one."""

    suffix = ""

    def __init__(self, base: Program):
        super().__init__(base.__name__ + self.suffix, base.options)
        self.base = base
        self.__doc__ = base.__doc__

    def _made_of(self):
        return derivative, (type(self), self.base, self.parameters)

    parameters: tuple = ()  # what it was made with, besides the program

    stage = "adjoint"

    @property
    def derivatives(self) -> tuple[str, ...]:
        return (*self.base.derivatives, self.stage)

    def _mark_segments(self, lowered: Lowered, wrt: Sequence[int], run: Compilation) -> None:
        """Heed the option `checkpoint`, before the reverse for these inputs."""
        plan = parsed(self.options.get("checkpoint"))
        if plan is not None:
            run.request("segments", lowered, wrt=wrt, plan=plan)

    def with_floats(self, args, kwargs, chosen=None):
        return self.base.with_floats(args, kwargs, chosen)

    def signature(self, args, kwargs):
        return self.base.signature(args, kwargs)

    def bind(self, args, kwargs):
        return self.base.bind(args, kwargs)

    def shapes(self, args, kwargs):
        return self.base.shapes(args, kwargs)


class ByPosition(Derived):
    """Base of the derivatives with respect to some of the arguments, `argnums`."""

    argnums: int | Sequence[int]

    def _as_differentiated(self, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        return self.base.with_floats(args, kwargs, [self.argnums] if isinstance(self.argnums, int) else self.argnums)

    def shapes(self, args, kwargs):
        return self.base.shapes(*self._as_differentiated(args, kwargs))


@in_kernel("Gradient")
class Gradient(ByPosition):
    suffix = "_grad"

    def __init__(self, base: Program, argnums, has_aux: bool, with_value: bool):
        super().__init__(base)
        self.argnums, self.has_aux, self.with_value = argnums, has_aux, with_value
        self.parameters = (argnums, has_aux, with_value)

    def _lower(self, args, kwargs, run):
        lowered = run.without_updates(self.base.lower(*self._as_differentiated(args, kwargs), run))
        if lowered.always_fails:
            return lowered
        self._check_result(lowered)
        numbers = argument_numbers(lowered, self.argnums, self.base.__name__)
        self._check_arguments(lowered, numbers)
        wrt = lowered.float_inputs(leaf for k in numbers for leaf in lowered.leaves_of(k))
        self._mark_segments(lowered, wrt, run)
        adjoint = run.request("reverse", lowered, wrt=wrt, used=lowered.float_results[:1])
        values = lowered.returned if self.with_value else lowered.returned[1:] if self.has_aux else []
        count = len(lowered.out_leaves)
        seeds = {len(lowered.in_leaves) + j: float(k == 0) for j, k in enumerate(lowered.float_results)}
        gradients = [*range(count, count + len(wrt))]
        # (gradient, aux) is returned in this order, (value, gradient) in that
        order = [*values, *gradients] if self.with_value else [*gradients, *values]
        gradient = run.request("specialize", adjoint, fixed=seeds, results=order)
        return gradient.as_derivative(out_tree=self._out_tree(lowered, numbers))

    def _check_result(self, lowered: Lowered) -> None:
        tree = lowered.out_tree
        if self.has_aux:
            tree = tree.children[0] if len(tree.children) == 2 else Tree(trees.STATIC)
        if tree.kind == trees.LEAF and trees.is_float_leaf(tree.data) and tree.data.shape is None:
            return
        raise CompileError(
            f"the gradient of {self.base.__name__} needs it to return one float; it returns "
            f"{lowered.describe_result()}", *lowered.place, help="return one float, or use dsl.vjp or dsl.jacrev",
        )  # fmt: skip

    def _check_arguments(self, lowered: Lowered, numbers: list[int]) -> None:
        for k in numbers:
            if not lowered.float_inputs(lowered.leaves_of(k)):
                raise CompileError(
                    f"the gradient of {self.base.__name__} with respect to {lowered.parameters[k]} needs a float in "
                    f"it; it is {outline(lowered.in_tree.children[k])}", *lowered.place,
                    help="pass a float, or choose another argument with argnums",
                )  # fmt: skip

    def _out_tree(self, lowered: Lowered, numbers: list[int]) -> Tree:
        parts = [trees.derivative_tree(lowered.in_tree.children[k]) for k in numbers]
        gradient = parts[0] if isinstance(self.argnums, int) else trees.tuple_of(*parts)
        if self.with_value:
            return trees.tuple_of(lowered.out_tree, gradient)
        return trees.tuple_of(gradient, lowered.out_tree.children[1]) if self.has_aux else gradient


def argument_numbers(lowered: Lowered, argnums: int | Sequence[int], name: str) -> list[int]:
    """`argnums` as numbers from 0, checked."""
    asked = [argnums] if isinstance(argnums, int) else list(argnums)
    count = len(lowered.in_tree.children)
    for k in asked:
        if not isinstance(k, int) or not -count <= k < count:
            raise CompileError(f"argnums names argument {k}; {name} was called with {count}")
    return [k % count for k in asked]


class Tangent(Derived):
    """`(primals, tangents) -> (value, tangent)`."""

    suffix, stage = "_jvp", "tangent"

    def with_floats(self, args, kwargs, chosen=None):
        return args, kwargs

    def signature(self, args, kwargs):
        return (self.base.signature(args[0], {}), self.base.signature(args[1], {}))

    def bind(self, args, kwargs):
        return args

    def shapes(self, args, kwargs):
        primals, _ = self.base.with_floats(args[0], {})
        return self.base.shapes(primals, {}) | {"*tangents": trees.tree_of(args[1], "")}

    def _lower(self, args, kwargs, run):
        (primals, _), tangents = self.base.with_floats(args[0], {}), args[1]
        lowered = run.without_updates(self.base.lower(primals, {}, run))
        if lowered.always_fails:
            return _with_unused_direction(lowered)
        _check_like(lowered.in_tree, tangents, "the tangents", "the arguments")
        tangent = run.request("forward", lowered, wrt=lowered.float_inputs())
        dots = range(len(lowered.out_leaves), len(lowered.out_leaves) + len(lowered.float_results))
        tangent = run.request("specialize", tangent, fixed={}, results=[*lowered.returned, *dots])
        return tangent.as_derivative(
            in_tree=trees.tuple_of(lowered.in_tree, trees.direction(lowered.in_tree)),
            out_tree=trees.tuple_of(lowered.out_tree, trees.derivative_tree(lowered.out_tree)),
            parameters=("primals", "tangents"),
        )


class Adjoint(Derived):
    """`(primals, cotangent) -> cotangents of the primals`, silent. The primals are given as they are differentiated."""

    suffix = "_vjp"

    def with_floats(self, args, kwargs, chosen=None):
        return args, kwargs

    def signature(self, args, kwargs):
        return (self.base.signature(args[0], {}), signature_key((args[1],)))

    def bind(self, args, kwargs):
        return args

    def shapes(self, args, kwargs):
        return self.base.shapes(args[0], {}) | {"*cotangent": trees.tree_of(args[1], "")}

    def _lower(self, args, kwargs, run):
        primals, cotangent = args
        lowered = run.without_updates(self.base.lower(primals, {}, run))
        if lowered.always_fails:
            return _with_unused_direction(lowered)
        _check_like(lowered.out_tree, cotangent, "the cotangent", f"what {self.base.__name__} returns")
        wrt = lowered.float_inputs()
        self._mark_segments(lowered, wrt, run)
        adjoint = run.request("reverse", lowered, wrt=wrt)
        count = len(lowered.out_leaves)
        adjoint = run.request("specialize", adjoint, fixed={}, results=range(count, count + len(wrt)))
        return run.request("silence", adjoint).as_derivative(
            in_tree=trees.tuple_of(lowered.in_tree, trees.direction(lowered.out_tree)),
            out_tree=trees.derivative_tree(lowered.in_tree),
            parameters=("primals", "cotangent"),
        )


def _with_unused_direction(lowered: Lowered) -> Lowered:
    """A program that always fails does so under differentiation too, when it is called."""
    with_direction = trees.tuple_of(lowered.in_tree, Tree(trees.DROPPED))
    return lowered.as_derivative(in_tree=with_direction)


def _check_like(tree: Tree, value: Any, what: str, like: str) -> None:
    found = trees.tree_of(value, "")
    if not trees.same_structure(tree, found):
        raise CompileError(f"{what} must have the structure of {like}: {outline(tree)}, found {outline(found)}")
