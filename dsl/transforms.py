"""Derivatives of programs: `grad`, `value_and_grad`, `vjp`, `jvp`, named and used as in JAX.

Each makes a program of a program, so that they nest. A derivative has the structure of what it belongs to: the gradient
with respect to a dataclass is a dataclass of the same type. Integers and booleans carry no derivative: theirs is zero,
of their own type. The arguments of a derivative are not changed, also where the function changes its arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import trees
from .kernel import as_program
from .lowered import LeafType, Lowered
from .passes.diagnostics import CompileError
from .program import Program
from .trees import Tree


def grad(function: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Program:
    """The gradient of a function that returns one float.

    argnums: the position of the argument to differentiate for, or several. has_aux: the function returns a pair whose
    second part is passed through. Calling the result returns the gradient, in the structure of the argument (a tuple of
    them for several `argnums`), then `aux` if asked for. Raises CompileError where the result is not one float.
    """
    return Gradient(as_program(function), argnums, has_aux, with_value=False)


def value_and_grad(function: Callable, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Program:
    """Like `grad`; the result returns the pair of the value (with `aux`, a pair) and the gradient."""
    return Gradient(as_program(function), argnums, has_aux, with_value=True)


def jvp(function: Callable, primals: Sequence, tangents: Sequence) -> tuple:
    """The value of a function and its derivative along `tangents` (forward mode).

    `primals` are its arguments, `tangents` values of the same structure (those of integers are ignored)."""
    _check_sequences(primals=primals, tangents=tangents)
    program = as_program(function)
    return program.derived("jvp", Tangent)(tuple(primals), tuple(tangents))


def vjp(function: Callable, *primals) -> tuple[Any, Callable]:
    """The value of a function and its pullback, which takes a cotangent in the structure of the value and returns the
    tuple of cotangents of the arguments (reverse mode).

    The pullback runs the function again, without its prints, on the arguments as they were."""
    program = as_program(function)
    kept = trees.map_leaves(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, primals)
    value = program(*trees.map_leaves(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, primals))
    adjoint = program.derived("vjp", Adjoint)
    return value, lambda cotangent: adjoint(kept, cotangent)


def _check_sequences(**named) -> None:
    for name, value in named.items():
        if not isinstance(value, tuple | list):
            raise TypeError(f"{name} is a tuple with one entry for each argument, not {type(value).__name__}")


class Derived(Program):
    """Base of the programs made of another one."""

    suffix = ""

    def __init__(self, base: Program):
        super().__init__(base.__name__ + self.suffix, base.options)
        self.base = base
        self.__doc__ = base.__doc__

    @property
    def front_stages(self):
        return (*self.base.front_stages[:2], *self._own_stages())

    def _own_stages(self) -> tuple[str, ...]:
        inner = self.base._own_stages() if isinstance(self.base, Derived) else ()
        stage = self.stage if self.stage not in inner else f"{self.stage}.{len(inner) + 1}"
        return (*inner, stage)

    stage = "adjoint"

    def signature(self, args, kwargs):
        return self.base.signature(args, kwargs)


def float_leaves(lowered: Lowered, positions: Sequence[int]) -> list[int]:
    return [k for k in positions if lowered.in_types[k].dtype.kind == "float"]


def float_outputs(lowered: Lowered) -> list[int]:
    """The positions of the float results that the caller gets."""
    return [k for k in lowered.returned if lowered.out_types[k].dtype.kind == "float"]


def unused_seeds(lowered: Lowered, outputs: Sequence[int]) -> dict[int, float]:
    """The cotangents of an adjoint that are zero because their results are not among `outputs`, by argument."""
    floats = [k for k, t in enumerate(lowered.out_types) if t.dtype.kind == "float"]
    return {len(lowered.in_types) + j: 0.0 for j, k in enumerate(floats) if k not in outputs}


def derivative_tree(tree: Tree, types: Sequence[LeafType], shape: Callable[[LeafType], LeafType] = lambda t: t) -> Tree:
    """The tree of a derivative: leaves without one become zeros of their type (or of what `shape` makes of it)."""
    index = iter(types)

    def build(node: Tree) -> Tree:
        if node.kind != "leaf":
            return Tree(node.kind, tuple(build(c) for c in node.children), node.keys, node.constant)
        leaf = next(index)
        return node if leaf.dtype.kind == "float" else Tree("constant", constant=shape(leaf).zero())

    return build(tree)


class Gradient(Derived):
    suffix = "_grad"

    def __init__(self, base: Program, argnums, has_aux: bool, with_value: bool):
        super().__init__(base)
        self.argnums, self.has_aux, self.with_value = argnums, has_aux, with_value

    def lower(self, args, kwargs, observe=lambda stage, text: None):
        from .passes import interface
        from .passes.autodiff import reverse

        lowered = self.base.lower(args, kwargs, observe)
        self._check_result(lowered)
        numbers = self._numbers(lowered)
        chosen = [lowered.leaves_of(k) for k in numbers]
        wrt = float_leaves(lowered, [leaf for leaves in chosen for leaf in leaves])
        self._check_arguments(lowered, numbers, chosen)
        lowered.mark_checkpoints(self.options.get("checkpoint"))
        name = reverse(lowered.module, lowered.entry, wrt)
        count = len(lowered.out_types)
        values = list(range(len(lowered.out_types) - len(lowered.mutated))) if self.with_value else self._aux(lowered)
        fixed = {len(lowered.in_types) + k: float(k == 0) for k in range(lowered.float_results)}
        name = interface.specialize(lowered.module, name, fixed, [*values, *range(count, count + len(wrt))])
        observe(self._own_stages()[-1], (lowered.module, name))
        types = [lowered.out_types[k] for k in values] + [lowered.in_types[k] for k in wrt]
        return lowered.replace(name, out_tree=self._out_tree(lowered, numbers, chosen), out_types=types)

    def _numbers(self, lowered: Lowered) -> list[int]:
        asked = [self.argnums] if isinstance(self.argnums, int) else list(self.argnums)
        count = len(lowered.in_tree.children)
        for k in asked:
            if not isinstance(k, int) or not -count <= k < count:
                raise CompileError(f"argnums names argument {k}; {self.base.__name__} was called with {count}")
        return [k % count for k in asked]

    def _check_result(self, lowered: Lowered) -> None:
        tree = lowered.out_tree.children[0] if self.has_aux and lowered.out_tree.children else lowered.out_tree
        first = lowered.out_types[0] if lowered.out_types else None
        if tree.kind == "leaf" and first is not None and first.dtype.kind == "float" and not first.shape:
            return
        raise CompileError(
            f"the gradient of {self.base.__name__} needs it to return one float; it returns {lowered.describe_result()}",
            *lowered.place, help="return one float, or use dsl.vjp or dsl.jacrev",
        )  # fmt: skip

    def _check_arguments(self, lowered: Lowered, numbers, chosen) -> None:
        for k, leaves in zip(numbers, chosen):
            if not float_leaves(lowered, leaves):
                kinds = ", ".join(sorted({lowered.in_types[leaf].describe() for leaf in leaves})) or "no number"
                raise CompileError(
                    f"the gradient of {self.base.__name__} with respect to argument {k} needs a float in it; it holds "
                    f"{kinds}", *lowered.place, help="pass a float, or choose another argument with argnums",
                )  # fmt: skip

    def _aux(self, lowered: Lowered) -> list[int]:
        return list(range(1, lowered.out_tree.leaf_count)) if self.has_aux else []

    def _out_tree(self, lowered: Lowered, numbers, chosen) -> Tree:
        parts = [
            derivative_tree(lowered.in_tree.children[k], [lowered.in_types[leaf] for leaf in leaves])
            for k, leaves in zip(numbers, chosen)
        ]
        gradient = parts[0] if isinstance(self.argnums, int) else Tree(tuple, tuple(parts))
        if self.with_value:
            return Tree(tuple, (lowered.out_tree, gradient))
        if self.has_aux:
            # the auxiliary results come first from the kernel, but second to the user
            return Tree(trees.SWAPPED, (lowered.out_tree.children[1], gradient))
        return gradient


class Tangent(Derived):
    """`(primals, tangents) -> (value, tangent)`."""

    suffix, stage = "_jvp", "tangent"

    def signature(self, args, kwargs):
        return (self.base.signature(args[0], {}), trees.structure(args[1]) == trees.structure(args[0]))

    def lower(self, args, kwargs, observe=lambda stage, text: None):
        from .passes import interface
        from .passes.autodiff import forward

        primals, tangents = args
        lowered = self.base.lower(primals, {}, observe)
        _check_like(lowered.in_tree, tangents, "the tangents", "the arguments")
        wrt = float_leaves(lowered, range(len(lowered.in_types)))
        name = forward(lowered.module, lowered.entry, wrt)
        observe(self._own_stages()[-1], (lowered.module, name))
        returned = lowered.returned
        floats = [k for k, t in enumerate(lowered.out_types) if t.dtype.kind == "float"]
        dots = [len(lowered.out_types) + floats.index(k) for k in returned if k in floats]
        name = interface.specialize(lowered.module, name, {}, [*returned, *dots])
        out = lowered.out_tree
        types = [lowered.out_types[k] for k in returned]
        return lowered.replace(
            name,
            in_tree=Tree(tuple, (lowered.in_tree, _only(lowered.in_tree, lowered.in_types))),
            in_types=[*lowered.in_types, *(lowered.in_types[k] for k in wrt)],
            out_tree=Tree(tuple, (out, derivative_tree(out, types))),
            out_types=[*types, *(t for t in types if t.dtype.kind == "float")],
        )


class Adjoint(Derived):
    """`(primals, cotangent) -> cotangents of the primals`, silent."""

    suffix = "_vjp"

    def signature(self, args, kwargs):
        return (self.base.signature(args[0], {}), trees.structure(args[1]))

    def lower(self, args, kwargs, observe=lambda stage, text: None):
        from .passes import interface
        from .passes.autodiff import reverse

        primals, cotangent = args
        lowered = self.base.lower(primals, {}, observe)
        _check_like(lowered.out_tree, cotangent, "the cotangent", f"what {self.base.__name__} returns")
        wrt = float_leaves(lowered, range(len(lowered.in_types)))
        lowered.mark_checkpoints(self.options.get("checkpoint"))
        name = reverse(lowered.module, lowered.entry, wrt)
        observe(self._own_stages()[-1], (lowered.module, name))
        count, returned = len(lowered.out_types), lowered.returned
        unused = unused_seeds(lowered, returned)
        name = interface.specialize(lowered.module, name, unused, range(count, count + len(wrt)))
        interface.silence(lowered.module, name)
        types = [lowered.out_types[k] for k in returned]
        return lowered.replace(
            name,
            in_tree=Tree(tuple, (lowered.in_tree, _only(lowered.out_tree, types))),
            in_types=[*lowered.in_types, *(t for t in types if t.dtype.kind == "float")],
            out_tree=derivative_tree(lowered.in_tree, lowered.in_types),
            out_types=[lowered.in_types[k] for k in wrt],
        )


def _only(tree: Tree, types: Sequence) -> Tree:
    """The tree of a tangent or cotangent argument: what belongs to an integer is accepted and dropped."""
    index = iter(range(len(types)))

    def build(node: Tree) -> Tree:
        if node.kind != "leaf":
            return Tree(node.kind, tuple(build(c) for c in node.children), node.keys, node.constant)
        return node if types[next(index)].dtype.kind == "float" else Tree("dropped")

    return build(tree)


def _check_like(tree: Tree, value: Any, what: str, like: str) -> None:
    found = trees.structure(value)
    if not _same_shape(tree, found):
        raise CompileError(
            f"{what} must have the structure of {like}: {trees.outline(tree)}, found {trees.outline(found)}"
        )


def _same_shape(a: Tree, b: Tree) -> bool:
    if a.kind == "constant":
        return True
    return a.kind == b.kind and a.keys == b.keys and len(a.children) == len(b.children) and all(
        _same_shape(x, y) for x, y in zip(a.children, b.children)
    )
