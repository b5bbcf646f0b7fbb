"""What a program says about its own derivatives: rules of its own, values held fixed, memory traded for time.

Outside of a kernel these are plain functions; inside, and under `dsl.grad` and its kin, they mean what they say.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from dsl.calling.kernel_roles import in_kernel
from dsl.calling.references import ByReference


@in_kernel("stop_gradient")
def stop_gradient(x):
    """The value `x`, with derivative zero."""
    return x


@in_kernel("Checkpointed")
class Checkpointed(ByReference):
    """What `dsl.checkpoint` makes; calling it calls the function."""

    def __init__(self, function: Callable):
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)


@in_kernel("checkpoint")
def checkpoint(function: Callable) -> Checkpointed:
    """A function whose reverse derivative stores only its arguments and computes the rest again."""
    return Checkpointed(function)


class Custom(ByReference):
    """Base of functions with a derivative rule; calling one calls the function."""

    def __init__(self, function: Callable):
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self, *args):
        return self.function(*args)


@in_kernel("custom_vjp")
class custom_vjp(Custom):
    """A function with a reverse rule of its own; used as in JAX:

        @dsl.custom_vjp
        def f(x, y): ...
        def f_fwd(x, y): return f(x, y), residuals
        def f_bwd(residuals, ct): return x_bar, y_bar
        f.defvjp(f_fwd, f_bwd)

    It has no forward derivative; what it uses from around it must not be differentiated (pass it as an argument)."""

    fwd: Callable | None = None
    bwd: Callable | None = None

    def defvjp(self, fwd: Callable, bwd: Callable) -> None:
        """Set the rule: `fwd(*args) -> (value, residuals)`, `bwd(residuals, ct) -> tuple of cotangents`."""
        self.fwd, self.bwd = fwd, bwd


@in_kernel("custom_jvp")
class custom_jvp(Custom):
    """A function with a forward rule of its own, which serves both modes; used as in JAX:

        @dsl.custom_jvp
        def f(x, y): ...
        @f.defjvp
        def f_jvp(primals, tangents): return value, tangent
    """

    jvp: Callable | None = None

    def defjvp(self, jvp: Callable) -> Callable:
        """Set the rule: `jvp(primals, tangents) -> (value, tangent)`, linear in the tangents."""
        self.jvp = jvp
        return jvp


@in_kernel("Root")
class Root(Custom):
    """What `dsl.custom_root` makes; calling it runs the solver."""

    def __init__(self, residual: Callable, solve: Callable):
        super().__init__(solve)
        self.residual = residual


@in_kernel("custom_root")
def custom_root(residual: Callable, solve: Callable | None = None):
    """A function that returns the solution of an equation and is differentiated as such, not through its iterations.

    residual: `residual(x, *args)`, which is zero at the solution; x is a float or a tuple of floats, and there are as
    many equations. solve: `solve(*args) -> x`, any program that finds it; left out, the result decorates it:

        @dsl.custom_root(lambda x, a: x * x - a)
        def root(a): ...                           # Newton, bisection, …

    Derivatives of every order, in both modes, follow from the residual's at the solution (the implicit function
    theorem): exact when the solution is, infinite where the residual's derivative with respect to x is singular.
    Whatever either function uses from around it must not be differentiated (pass it as an argument)."""
    if solve is None:
        return functools.partial(Root, residual)
    return Root(residual, solve)
