"""How a program is run and differentiated: as kernels on a target, or by the MLIR interpreter without IREE."""

import ast
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.fuzz.program import ENTRY, OBJECTIVE, Program, materialise


@dataclass(frozen=True)
class Engine:
    name: str
    bits: int  # of the floats it computes with
    primal: Callable  # program -> callable(*args)
    gradient: Callable  # program -> callable(args) -> (value, gradient to each float argument)
    jvp: Callable  # program -> callable(args, tangent) -> (value, derivative)
    hvp: Callable  # program -> callable(args, tangent) -> derivative of the gradient, forward over reverse
    hvp_reverse: Callable  # the same, reverse over forward
    errors: Callable[[], tuple]  # exceptions that mean: refused


def kernels(target: str, bits: int) -> Engine:
    """Through the public interface."""
    import dsl

    def compiled(program, name):
        if bits == 24:
            program = program.with_source(without_annotations(program.source))
        return dsl.kernel(program.namespace()[name], target=target)

    def given(args):
        """Arguments for one call, of the type that the engine computes in."""
        return tuple(map(single, materialise(args))) if bits == 24 else materialise(args)

    def spread(kernel) -> Callable:
        return lambda args: kernel(*given(args))

    def gradient(program):
        return dsl.value_and_grad(compiled(program, OBJECTIVE), argnums=program.wrt)

    def jvp(program):
        kernel = compiled(program, OBJECTIVE)
        return lambda args, tangent: dsl.jvp(kernel, given(args), tangents(program, args, tangent))

    def tangents(program, args, tangent):
        return given(full(program, args, tangent))

    def hvp(program):
        kernel = dsl.grad(compiled(program, OBJECTIVE), argnums=program.wrt)
        return lambda args, tangent: dsl.jvp(kernel, given(args), tangents(program, args, tangent))[1]

    def hvp_reverse(program):
        kernel = compiled(program, OBJECTIVE)

        def run(args, tangent):
            along = tangents(program, args, tangent)
            return dsl.grad(lambda *a: dsl.jvp(kernel, a, along)[1], argnums=program.wrt)(*given(args))

        return run

    return Engine(
        target,
        bits,
        primal=lambda program: compiled(program, ENTRY) if bits == 53 else narrowed(compiled(program, ENTRY)),
        gradient=lambda program: spread(gradient(program)),
        jvp=jvp,
        hvp=hvp,
        hvp_reverse=hvp_reverse,
        errors=lambda: (dsl.Error,),
    )


def single(value):
    if isinstance(value, np.ndarray):
        return value.astype(np.float32)
    return np.float32(value) if isinstance(value, float) else value


def narrowed(kernel):
    """The kernel on f32 arguments; arrays come back into the caller's."""

    def call(*args):
        given = tuple(map(single, args))
        result = kernel(*given)
        for mine, theirs in zip(given, args):
            if isinstance(mine, np.ndarray):
                theirs[:] = mine
        return result

    return call


class Unannotated(ast.NodeTransformer):
    """`x: float = 1.0` says f64; without annotations a program takes the types of its arguments."""

    def visit_arg(self, node):
        return ast.arg(node.arg)

    def visit_AnnAssign(self, node):
        if isinstance(node.target, ast.Name) and node.value is not None:
            return ast.Assign([node.target], node.value)
        return node


def without_annotations(source: str) -> str:
    return ast.unparse(ast.fix_missing_locations(Unannotated().visit(ast.parse(source)))) + "\n"


def full(program: Program, args, tangent: dict) -> tuple:
    """Tangents of all arguments; those of integers are zero."""
    out = [np.zeros(len(a)) if isinstance(a, tuple) else type(a)(0) for a in args]
    for (k, i), value in tangent.items():
        if i is None:
            out[k] = value
        else:
            out[k][i] = value
    return tuple(out)


def engine(name: str) -> Engine:
    if name == "interpret":
        from tests.fuzz.interpreted import interpreted

        return interpreted()
    return kernels(name, 53 if name == "cpu" else 24)
