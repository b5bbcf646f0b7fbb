"""Jacobians and Hessians: all columns (or rows) by one loop inside one kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .kernel import as_program
from .lowered import LeafType, Lowered
from .program import Program
from .transforms import Derived, derivative_tree, float_leaves, float_outputs, unused_seeds
from .trees import Tree


def jacfwd(function: Callable, argnums: int | Sequence[int] = 0) -> Program:
    """The Jacobian, column by column in forward mode: best where there are fewer inputs than outputs.

    The result has the structure of the function's value, each leaf replaced by the structure of the argument (a tuple
    for several `argnums`), whose leaves have the shape of the output followed by that of the input."""
    return Jacobian(as_program(function), argnums, "forward")


def jacrev(function: Callable, argnums: int | Sequence[int] = 0) -> Program:
    """Like `jacfwd`, row by row in reverse mode: best where there are fewer outputs than inputs."""
    return Jacobian(as_program(function), argnums, "reverse")


def hessian(function: Callable, argnums: int | Sequence[int] = 0) -> Program:
    """Second derivatives of a function of one float: `jacfwd` of `jacrev`, as in JAX."""
    return jacfwd(jacrev(function, argnums), argnums)


class Jacobian(Derived):
    stage = "jacobian"

    def __init__(self, base: Program, argnums, mode: str):
        super().__init__(base)
        self.argnums, self.mode = argnums, mode
        self.suffix = "_jac"

    def lower(self, args, kwargs, observe=lambda stage, text: None) -> Lowered:
        from .passes.jacobian import jacobian

        lowered = self.base.lower(args, kwargs, observe)
        numbers = self._numbers(lowered)
        wrt = float_leaves(lowered, [leaf for k in numbers for leaf in lowered.leaves_of(k)])
        outputs = float_outputs(lowered)
        make = self._tangent if self.mode == "forward" else self._adjoint
        name, wanted = make(lowered, wrt, outputs)
        new_name = lowered.entry + self.suffix
        jacobian(lowered.module, name, len(lowered.in_types), wanted, self.mode == "reverse", new_name)
        observe(self._own_stages()[-1], (lowered.module, new_name))
        return self._outputs(lowered, new_name, numbers, wrt, outputs)

    def _tangent(self, lowered: Lowered, wrt: list[int], outputs: list[int]) -> tuple[str, list[int]]:
        from .passes.autodiff import forward

        name = forward(lowered.module, lowered.entry, wrt)
        floats = [k for k, t in enumerate(lowered.out_types) if t.dtype.kind == "float"]
        return name, [len(lowered.out_types) + floats.index(k) for k in outputs]

    def _adjoint(self, lowered: Lowered, wrt: list[int], outputs: list[int]) -> tuple[str, list[int]]:
        from .passes.autodiff import reverse
        from .passes.interface import specialize

        count = len(lowered.out_types)
        lowered.mark_checkpoints(self.options.get("checkpoint"))
        name = reverse(lowered.module, lowered.entry, wrt)
        name = specialize(lowered.module, name, unused_seeds(lowered, outputs), range(count + len(wrt)))
        return name, list(range(count, count + len(wrt)))

    def _numbers(self, lowered: Lowered) -> list[int]:
        asked = [self.argnums] if isinstance(self.argnums, int) else list(self.argnums)
        return [k % len(lowered.in_tree.children) for k in asked]

    def _outputs(self, lowered: Lowered, name: str, numbers, wrt: list[int], outputs: list[int]) -> Lowered:
        def pair(row: LeafType, column: LeafType) -> LeafType:
            shape = (*row.shape, *column.shape)
            return LeafType(row.dtype, row.weak and column.weak and not shape, shape, bool(shape))

        types = [pair(lowered.out_types[o], lowered.in_types[i]) for o in outputs for i in wrt]
        columns = [
            (lowered.in_tree.children[k], [lowered.in_types[leaf] for leaf in lowered.leaves_of(k)]) for k in numbers
        ]

        def block(row: LeafType) -> Tree:
            parts = [derivative_tree(tree, kinds, lambda column: pair(row, column)) for tree, kinds in columns]
            return parts[0] if isinstance(self.argnums, int) else Tree(tuple, tuple(parts))

        rows = [lowered.out_types[k] for k in lowered.returned]
        return lowered.replace(name, out_tree=graft(lowered.out_tree, rows, block), out_types=types)


def graft(tree: Tree, types: Sequence[LeafType], block: Callable[[LeafType], Tree]) -> Tree:
    """The tree with each float leaf replaced by a block, in order; integers have no derivative, shown as None."""
    kinds = iter(types)

    def build(node: Tree) -> Tree:
        if node.kind == "leaf":
            kind = next(kinds)
            return block(kind) if kind.dtype.kind == "float" else Tree("constant")
        return Tree(node.kind, tuple(build(c) for c in node.children), node.keys, node.constant)

    return build(tree)
