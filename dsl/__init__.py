"""A differentiable language inside Python.

    @dsl.kernel
    def f(x): ...

    f(1.0); dsl.grad(f)(1.0); print(f.ir(1.0, stage="adjoint"))

Names are imported when they are first used: importing the package loads no compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

_HOME = {
    "Error": "passes.ir.diagnostics",
    "CompileError": "passes.ir.diagnostics",
    "CheckpointWarning": "passes.ir.diagnostics",
    "RecompilationWarning": "passes.ir.diagnostics",
    "kernel": "api.kernels",
    "Kernel": "api.kernels",
    "grad": "api.transforms",
    "value_and_grad": "api.transforms",
    "vjp": "api.transforms",
    "jvp": "api.transforms",
    "jacfwd": "api.jacobians",
    "jacrev": "api.jacobians",
    "hessian": "api.jacobians",
    "checkpoint": "api.custom_rules",
    "custom_jvp": "api.custom_rules",
    "custom_root": "api.custom_rules",
    "custom_vjp": "api.custom_rules",
    "stop_gradient": "api.custom_rules",
    "cache": "api.cache",
    "check_grads": "api.checking",
    "compile": "api.ahead_of_time",
    "load": "api.ahead_of_time",
    "targets": "api.ahead_of_time",
    "devices": "api.ahead_of_time",
    **dict.fromkeys(("f64", "f32", "f16", "i64", "i32", "bool_"), "types"),
}

__version__ = "0.1.0"
__all__ = sorted(_HOME)

if TYPE_CHECKING:
    from dsl.api.ahead_of_time import compile, devices, load, targets
    from dsl.api.cache import cache
    from dsl.api.checking import check_grads
    from dsl.api.custom_rules import checkpoint, custom_jvp, custom_root, custom_vjp, stop_gradient
    from dsl.api.jacobians import hessian, jacfwd, jacrev
    from dsl.api.kernels import Kernel, kernel
    from dsl.api.transforms import grad, jvp, value_and_grad, vjp
    from dsl.types import bool_, f16, f32, f64, i32, i64


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'dsl' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *_HOME])
