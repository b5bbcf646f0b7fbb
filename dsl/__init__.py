"""A differentiable language inside Python.

    @dsl.kernel
    def f(x): ...

    f(1.0); dsl.grad(f)(1.0); print(f.ir(1.0, stage="adjoint"))

Names are imported when they are first used: importing the package loads no compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

_HOME = {
    "Error": "passes.diagnostics",
    "CompileError": "passes.diagnostics",
    "kernel": "kernels",
    "Kernel": "kernels",
    "grad": "transforms",
    "value_and_grad": "transforms",
    "vjp": "transforms",
    "jvp": "transforms",
    "jacfwd": "jacobians",
    "jacrev": "jacobians",
    "hessian": "jacobians",
    "checkpoint": "rules",
    "custom_jvp": "rules",
    "custom_root": "rules",
    "custom_vjp": "rules",
    "stop_gradient": "rules",
    "check_grads": "checking",
    "compile": "ahead",
    "load": "ahead",
    "targets": "ahead",
    "devices": "ahead",
    **dict.fromkeys(("f64", "f32", "f16", "i64", "i32", "bool_"), "types"),
}

__version__ = "0.1.0"
__all__ = sorted(_HOME)

if TYPE_CHECKING:
    from .ahead import compile, devices, load, targets
    from .checking import check_grads
    from .jacobians import hessian, jacfwd, jacrev
    from .kernels import Kernel, kernel
    from .rules import checkpoint, custom_jvp, custom_root, custom_vjp, stop_gradient
    from .transforms import grad, jvp, value_and_grad, vjp
    from .types import bool_, f16, f32, f64, i32, i64


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'dsl' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *_HOME])
