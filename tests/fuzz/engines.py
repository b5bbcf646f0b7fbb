"""How a program is run and differentiated: as kernels on a target, or by the MLIR interpreter without IREE."""

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


def kernels(target: str, bits: int, transform=lambda program: program) -> Engine:
    """Through the public interface."""
    import dsl

    def compiled(program, name):
        program = transform(program)
        return dsl.kernel(program.namespace()[name], target=target)

    def gradient(program):
        return dsl.value_and_grad(compiled(program, OBJECTIVE), argnums=program.wrt)

    def jvp(program):
        kernel = compiled(program, OBJECTIVE)
        return lambda args, tangent: dsl.jvp(kernel, materialise(args), full(program, args, tangent))

    def hvp(program):
        kernel = dsl.grad(compiled(program, OBJECTIVE), argnums=program.wrt)
        return lambda args, tangent: dsl.jvp(kernel, materialise(args), full(program, args, tangent))[1]

    def hvp_reverse(program):
        kernel = compiled(program, OBJECTIVE)

        def run(args, tangent):
            tangents = full(program, args, tangent)
            return dsl.grad(lambda *a: dsl.jvp(kernel, a, tangents)[1], argnums=program.wrt)(*materialise(args))

        return run

    return Engine(
        target,
        bits,
        primal=lambda program: compiled(program, ENTRY),
        gradient=lambda program: spread(gradient(program)),
        jvp=jvp,
        hvp=hvp,
        hvp_reverse=hvp_reverse,
        errors=lambda: (dsl.Error,),
    )


def spread(kernel) -> Callable:
    return lambda args: kernel(*materialise(args))


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
