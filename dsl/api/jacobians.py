"""Jacobians and Hessians: all columns (or rows) by one loop inside one kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dsl.calling import trees
from dsl.calling.kernel_roles import in_kernel
from dsl.calling.lowered import Lowered
from dsl.calling.trees import Leaf, Tree, transform
from dsl.program.program import Program

from .kernels import as_program
from .transforms import ByPosition, argument_numbers, derivative, fixed


@in_kernel("jacfwd")
def jacfwd(function: Callable, argnums: int | Sequence[int] = 0) -> Program:
    """The Jacobian, column by column in forward mode: best where there are fewer inputs than outputs.

    The result has the structure of the function's value, each leaf replaced by the structure of the argument (a tuple
    for several `argnums`), whose leaves have the shape of the output followed by that of the input."""
    return derivative(Jacobian, as_program(function), (fixed(argnums), "forward"))


@in_kernel("jacrev")
def jacrev(function: Callable, argnums: int | Sequence[int] = 0) -> Program:
    """Like `jacfwd`, row by row in reverse mode: best where there are fewer outputs than inputs."""
    return derivative(Jacobian, as_program(function), (fixed(argnums), "reverse"))


@in_kernel("hessian")
def hessian(function: Callable, argnums: int | Sequence[int] = 0) -> Program:
    """Second derivatives of a function of one float: `jacfwd` of `jacrev`, as in JAX."""
    return jacfwd(jacrev(function, argnums), argnums)


@in_kernel("Jacobian")
class Jacobian(ByPosition):
    stage = "jacobian"

    def __init__(self, base: Program, argnums, mode: str):
        super().__init__(base)
        self.argnums, self.mode = argnums, mode
        self.parameters = (argnums, mode)
        self.suffix = "_jac"

    def _lower(self, args, kwargs, run):
        lowered = run.without_updates(self.base.lower(*self._as_differentiated(args, kwargs), run))
        if lowered.always_fails:
            return lowered
        numbers = argument_numbers(lowered, self.argnums, self.base.__name__)
        wrt = lowered.float_inputs(leaf for k in numbers for leaf in lowered.leaves_of(k))
        rows = self.mode == "reverse"
        if rows:
            self._mark_segments(lowered, wrt, run)
        count = len(lowered.out_leaves)
        wanted = range(count, count + len(wrt if rows else lowered.float_results))
        found = run.request("jacobian", lowered, wrt=wrt, wanted=wanted, rows=rows, entry=lowered.entry + self.suffix)
        return found.as_derivative(out_tree=self._out_tree(lowered, numbers))

    def _out_tree(self, lowered: Lowered, numbers: list[int]) -> Tree:
        """The tree of the value, each float replaced by the tree of the arguments; what carries no derivative is a
        zero of the pair's shape."""

        def pair(row: Leaf, column: Leaf) -> Tree:
            shape = (*(row.shape or ()), *(column.shape or ()))
            leaf = Leaf(row.dtype, row.weak and column.weak and not shape, shape or None, row.path + column.path)
            return Tree(trees.LEAF, leaf) if trees.is_float_leaf(column) else Tree(trees.STATIC, trees.zero_of(leaf))

        def block(row: Leaf) -> Tree:
            parts = [transform(lowered.in_tree.children[k], lambda column: pair(row, column)) for k in numbers]
            return parts[0] if isinstance(self.argnums, int) else trees.tuple_of(*parts)

        none = Tree(trees.STATIC, None)
        return transform(lowered.out_tree, lambda row: block(row) if trees.is_float_leaf(row) else none)
